"""What a store of records promises; the engine's is in records.opensearch, the one for unit tests in records.testing.

Every read takes the principal first. There is no default and no None: nobody reads everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from records.access import Principal
from records.citations import Citation
from records.query import After, FilterField, Mode, Search, Sort, Words
from records.record import Metadata, Original, Page, Record, TextState
from records.release import ReleasedRecord, ReleaseForm


@dataclass(frozen=True)
class Snippet:
    """A piece of a page that shows why a record was found; highlights are offsets into `text`, end exclusive."""

    page: int
    text: str
    highlights: tuple[tuple[int, int], ...] = ()
    #: how sure text recognition is of this page, in percent; None where the text stood in the file
    confidence: int | None = None


@dataclass(frozen=True)
class Found:
    """A record as a principal may see it, without its text.

    Of a release `record_id` is the release's own id, `tenant` its owner, and None is what the owner does not show.
    """

    record_id: str
    tenant: str
    source: str | None
    metadata: Metadata
    original: Original | None
    page_count: int
    text_state: TextState
    confidentiality: str | None
    privacy_class: str | None
    parent_id: str | None
    has_vectors: bool
    #: how much is shown, None for a record of the own tenant
    released: ReleaseForm | None = None


class MatchedBy(StrEnum):
    """Which half of a search found the hit."""

    WORD = "word"
    MEANING = "meaning"


@dataclass(frozen=True)
class Hit:
    """A found record with what it was found by."""

    found: Found
    matched_by: tuple[MatchedBy, ...]
    snippets: tuple[Snippet, ...]
    #: where the next page begins after this hit (keyword search)
    after: After | None = None


@dataclass(frozen=True)
class FacetValue:
    """A value and how many of the records found carry it."""

    value: str
    count: int


Facets = dict[FilterField, tuple[FacetValue, ...]]


@dataclass(frozen=True)
class WordResult:
    """One page of a search by words; `total` is exact."""

    hits: tuple[Hit, ...]
    total: int
    facets: Facets


@dataclass(frozen=True)
class Coverage:
    """How many of the records a principal may read have text, and how many of those meaning search knows."""

    with_text: int
    with_vectors: int


@dataclass(frozen=True)
class Rankings:
    """Record ids by words and by meaning, best first, each filtered by the same rights; and the coverage.

    A score can be compared with others of its half and with nothing else; no answer shows it.
    """

    by_words: tuple[str, ...]
    by_meaning: tuple[str, ...]
    coverage: Coverage
    word_scores: tuple[float, ...]
    meaning_scores: tuple[float, ...]

    @property
    def scored_words(self) -> tuple[tuple[str, float], ...]:
        """The ids found by words, each with its score."""
        return tuple(zip(self.by_words, self.word_scores, strict=True))

    @property
    def scored_meaning(self) -> tuple[tuple[str, float], ...]:
        """The ids found by meaning, each with its score."""
        return tuple(zip(self.by_meaning, self.meaning_scores, strict=True))


class RecordIndex(Protocol):
    """Reads, each under the rights of the principal: records of the own tenant, and what others released to it."""

    def search_words(
        self, principal: Principal, search: Search, *, sort: Sort, size: int, after: After | None
    ) -> WordResult:
        """Search by words; `after` of the last hit gives the next page, ties broken by record id."""
        ...

    def rank(self, principal: Principal, search: Search, *, mode: Mode, depth: int) -> Rankings:
        """Rank up to `depth` records by words and by meaning in one round trip (the half not asked for is empty)."""
        ...

    def holds(self, principal: Principal, record_id: str, words: Sequence[Words]) -> dict[str, bool]:
        """Say of each word whether title, description or text of a record hold it, in any of its readings.

        Function words are left out; all words are where the principal may not read the record.
        """
        ...

    def fetch(
        self, principal: Principal, search: Search, record_ids: Sequence[str], *, facets_over: Sequence[str]
    ) -> tuple[tuple[Hit, ...], Facets]:
        """Return the hits for these ids in this order, and count facet values over `facets_over`.

        An id that the principal may not read (any more) is left out.
        """
        ...

    def order(self, principal: Principal, record_ids: Sequence[str], *, sort: Sort) -> tuple[str, ...]:
        """Return these ids ordered by a field; those the principal may not read are left out."""
        ...

    def scan(self, principal: Principal, search: Search, *, sort: Sort) -> Iterator[Hit]:
        """Yield every hit of a search by words, without snippets, in constant memory."""
        ...

    def record(self, principal: Principal, record_id: str) -> Found:
        """Return one record; NotVisibleError where there is none for this principal."""
        ...

    def cites(self, principal: Principal, record_id: str) -> tuple[Citation, ...]:
        """Return what title and text of a record cite, each once; NotVisibleError as for `record`.

        Not named is the record itself: its own file and its own case. What only exists cites nothing.
        """
        ...

    def page(self, principal: Principal, record_id: str, number: int) -> tuple[Page, int]:
        """Return one page and how many there are; NotVisibleError as for `record`, also for a page too high."""
        ...

    def pages(self, principal: Principal, record_id: str) -> tuple[Page, ...]:
        """Return all pages; NotVisibleError as for `record`, also where only the existence is released."""
        ...

    def beginnings(self, principal: Principal, record_ids: Sequence[str]) -> dict[str, str]:
        """Return how the texts of these records begin: their first three pages, less of very long ones.

        Left out is what the principal may not read, and what shows no text.
        """
        ...

    def complete(self, principal: Principal, beginning: str, *, size: int) -> tuple[str, ...]:
        """Return words that begin like this in titles the principal may read, most frequent first."""
        ...

    def correct(self, principal: Principal, word: str, *, size: int) -> tuple[str, ...]:
        """Return words that occur in records the principal may read and are nearly written like this one."""
        ...

    def ready(self) -> None:
        """Return if searches work; EngineUnavailableError or LedgerUnavailableError if not. Reads no record."""
        ...


class Outcome(StrEnum):
    """What became of one write of a batch."""

    WRITTEN = "written"
    #: the engine already holds this version or a newer one: as good as written
    SUPERSEDED = "superseded"
    #: the engine refused this record for good
    REFUSED = "refused"
    #: not written now; to be tried again
    RETRY = "retry"


@dataclass(frozen=True)
class WriteResult:
    """The outcome for one record, with the engine's reason where it refused."""

    record_id: str
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True)
class Removal:
    """A record to be removed; `version` must be higher than that of any write before it."""

    tenant: str
    record_id: str
    version: int


class RecordWriter(Protocol):
    """Writes; used by the indexer alone. It reads nothing."""

    def ensure_index(self, tenant: str) -> None:
        """Create the tenant's indexes, of records and of releases, if there are none; safe to call at the same time."""
        ...

    def put(self, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        """Write records with external versions; one result for each, in order.

        EngineUnavailableError if the engine could not be asked: nothing is known then, and all is to be sent again.
        """
        ...

    def remove(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        """Remove records with external versions; removing what is not there is written."""
        ...

    def put_releases(self, releases: Sequence[ReleasedRecord]) -> tuple[WriteResult, ...]:
        """Write releases as `put` writes records; the id in the result is that of the release."""
        ...

    def remove_releases(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        """Remove releases as `remove` removes records; `record_id` is the id of the release, `tenant` its owner."""
        ...

    def refresh(self, tenant: str) -> None:
        """Return when everything written before is found."""
        ...
