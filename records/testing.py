"""A store of records in memory and an embedder without a model, for unit tests only; import-linter keeps them there.

The store keeps the promises of `RecordIndex` with the rule of `records.access` itself. It stems nothing.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from records.access import Principal, Role, admits
from records.audit import Question
from records.audit_chain import Entry, Event, Kind, link
from records.citations import Citation, places
from records.errors import (
    AuditUnavailableError,
    EmbeddingUnavailableError,
    EngineUnavailableError,
    LedgerUnavailableError,
    NotVisibleError,
)
from records.index import (
    Coverage,
    Facets,
    FacetValue,
    Found,
    Hit,
    MatchedBy,
    Outcome,
    Rankings,
    Removal,
    Snippet,
    WordResult,
    WriteResult,
)
from records.query import After, FilterField, InField, Mode, Narrowing, Search, Sort, Words
from records.record import Page, Record
from records.release import ReleasedRecord, shows
from records.testing_query import FUNCTION_WORDS, Matching, cited_in, key_of, spelled_out, texts_of, words_in
from records.testing_releases import ReadRelease, found, page_count, pages_of
from records.usage import Count, Miss, ZeroHitTerm

_WORD = re.compile(r"\w+")


class FakeAuditLog:
    """Remembers what was written down; `down` makes it unavailable."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.down = False

    def commit(self, event: Event) -> None:
        """Remember an event."""
        if self.down:
            raise AuditUnavailableError("down for a test")
        self.events.append(event)

    def read(self, principal: Principal, question: Question, *, before: int | None, size: int) -> tuple[Entry, ...]:
        """Return what was remembered, for whoever may read the log."""
        if Role.PRIVACY not in principal.roles or principal.software is not None:
            raise NotVisibleError("no officer")
        self.commit(Event.of(principal, Kind.AUDIT, purpose=question.reason))
        entries = [link(n, n, event, "") for n, event in enumerate(self.events, start=1)]
        mine = [e for e in entries if e.event.tenant == principal.tenant and (before is None or e.sequence < before)]
        return tuple(reversed(mine))[:size]


class FakeFigures:
    """Remembers figures of use; `down` makes them unavailable."""

    def __init__(self) -> None:
        self.counts: Counter[Count] = Counter()
        self.misses: list[Miss] = []
        self.down = False

    def add(self, counts: Counter[Count], misses: list[Miss]) -> None:
        """Remember figures."""
        if self.down:
            raise LedgerUnavailableError("down for a test")
        self.counts += counts
        self.misses += misses

    def tidy(self) -> None:
        """Forget nothing."""

    def zero_hits(self, principal: Principal) -> tuple[ZeroHitTerm, ...]:
        """Return nothing to whoever may ask."""
        if Role.REPORTS not in principal.roles or principal.software is not None:
            raise NotVisibleError("no reports")
        return ()


class FakeEmbedder:
    """Vectors by hashing words: texts that share words are near. `down` makes it unavailable."""

    def __init__(self, dimension: int = 64) -> None:
        self.model = "fake"
        self.dimension = dimension
        self.down = False

    def embed_query(self, text: str) -> bytes:
        """Return the vector of a question."""
        return self._embed(text)

    def embed_passages(self, texts: Sequence[str]) -> tuple[bytes, ...]:
        """Return the vectors of passages."""
        return tuple(self._embed(text) for text in texts)

    def ready(self) -> None:
        """Return unless told to be down."""
        if self.down:
            raise EmbeddingUnavailableError("told to be down")

    def _embed(self, text: str) -> bytes:
        self.ready()
        numbers = [0.0] * self.dimension
        for word in words_in(text):
            digest = hashlib.sha256(word.encode()).digest()
            numbers[digest[0] % self.dimension] += 1.0 if digest[1] % 2 else -1.0
        if not any(numbers):
            numbers[0] = 1.0  # no model gives a vector of nothing but zeros, and the engine refuses one
        length = math.sqrt(sum(n * n for n in numbers))
        return struct.pack(f"<{self.dimension}f", *(n / length for n in numbers))


class HiddenRecords:
    """Revocations that hide what they are told to, from everybody. `down` makes them unavailable."""

    def __init__(self) -> None:
        self.record_ids: set[str] = set()
        self.down = False

    def hidden(self, principal: Principal) -> frozenset[str]:  # noqa: ARG002
        """Return what was told."""
        self.ready()
        return frozenset(self.record_ids)

    def ready(self) -> None:
        """Return unless told to be down."""
        if self.down:
            raise LedgerUnavailableError("told to be down")


class InMemoryRecordIndex:
    """RecordIndex and RecordWriter in a dictionary. `down` makes it unavailable."""

    def __init__(self) -> None:
        self.revocations = HiddenRecords()
        self._records: dict[tuple[str, str], Record] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self.releases: dict[str, ReleasedRecord] = {}
        self.down = False

    # --- writes ---------------------------------------------------------------------------------------------------

    def ensure_index(self, tenant: str) -> None:
        """Do nothing: a dictionary needs no index."""

    def put(self, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        """Write records; see RecordWriter."""
        self.ready()
        return tuple(self._write(r.access.tenant, r.record_id, r.version, r) for r in records)

    def remove(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        """Remove records; see RecordWriter."""
        self.ready()
        return tuple(self._write(r.tenant, r.record_id, r.version, None) for r in removals)

    def put_releases(self, releases: Sequence[ReleasedRecord]) -> tuple[WriteResult, ...]:
        """Write releases; see RecordWriter."""
        self.ready()
        return tuple(self._write_release(r.access.owner, r.release_id, r.version, r) for r in releases)

    def remove_releases(self, removals: Sequence[Removal]) -> tuple[WriteResult, ...]:
        """Remove releases; see RecordWriter."""
        self.ready()
        return tuple(self._write_release(r.tenant, r.record_id, r.version, None) for r in removals)

    def refresh(self, tenant: str) -> None:
        """Do nothing: what was written is found."""

    def _write_release(self, owner: str, release_id: str, version: int, release: ReleasedRecord | None) -> WriteResult:
        key = (f"released by {owner}", release_id)
        if version < self._versions.get(key, -1):
            return WriteResult(release_id, Outcome.SUPERSEDED)
        self._versions[key] = version
        if release is None:
            self.releases.pop(release_id, None)
        else:
            self.releases[release_id] = release
        return WriteResult(release_id, Outcome.WRITTEN)

    def _write(self, tenant: str, record_id: str, version: int, record: Record | None) -> WriteResult:
        key = (tenant, record_id)
        if version < self._versions.get(key, -1):
            return WriteResult(record_id, Outcome.SUPERSEDED)
        self._versions[key] = version
        if record is None:
            self._records.pop(key, None)
        else:
            self._records[key] = record
        return WriteResult(record_id, Outcome.WRITTEN)

    # --- reads ----------------------------------------------------------------------------------------------------

    def search_words(
        self, principal: Principal, search: Search, *, sort: Sort, size: int, after: After | None
    ) -> WordResult:
        """Search by words; see RecordIndex."""
        matching = self._sorted(self._matching(principal, search), sort)
        rows = [row for row in matching if after is None or _key(sort, row[0]) > _key(sort, after.values)]
        hits = tuple(
            Hit(found(record), (MatchedBy.WORD,), _snippets(record, search), After(values))
            for values, record in rows[:size]
        )
        return WordResult(hits, len(matching), _facets([r for _, r in matching], search.facets))

    def rank(self, principal: Principal, search: Search, *, mode: Mode, depth: int) -> Rankings:
        """Rank by words and by meaning; see RecordIndex."""
        readable = self._readable(principal)
        by_words: tuple[str, ...] = ()
        by_meaning: tuple[str, ...] = ()
        word_scores: tuple[float, ...] = ()
        meaning_scores: tuple[float, ...] = ()
        if mode is not Mode.SEMANTIC:
            rows = self._sorted(self._matching(principal, search), Sort.RELEVANCE)
            by_words = tuple(record.record_id for _, record in rows[:depth])
            word_scores = tuple(float(values[0]) for values, _ in rows[:depth])
        if mode is not Mode.KEYWORD and search.vector is not None:
            asked = (search.vector, *search.more_vectors)
            near = [
                (-sum(max(_cosine(a, v) for v in record.vectors) for a in asked) / len(asked), record.record_id)
                for record in readable
                if record.vectors
                and _narrowed(record, search.narrowing)
                and Matching(record, _value).binds(search.query)
            ]
            by_meaning = tuple(record_id for _, record_id in sorted(near)[:depth])
            meaning_scores = tuple(-distance for distance, _ in sorted(near)[:depth])
        with_text = [record for record in readable if record.passages]
        coverage = Coverage(len(with_text), sum(bool(r.vectors) for r in with_text))
        return Rankings(by_words, by_meaning, coverage, word_scores, meaning_scores)

    def holds(self, principal: Principal, record_id: str, words: Sequence[Words]) -> dict[str, bool]:
        """Say which words, or synonyms of them, stand in a record as they are written; see RecordIndex."""
        found = next((record for record in self._readable(principal) if record.record_id == record_id), None)
        if found is None:
            return {}
        held = {word for text in texts_of(found) for word in words_in(text)}
        meant = {one.text: [one.text, *(o for s in one.synonyms for o in s.others)] for one in words}
        return {
            text: any(held.issuperset(words_in(other)) for other in others)
            for text, others in meant.items()
            if text.lower() not in FUNCTION_WORDS
        }

    def fetch(
        self, principal: Principal, search: Search, record_ids: Sequence[str], *, facets_over: Sequence[str]
    ) -> tuple[tuple[Hit, ...], Facets]:
        """Return hits for ids; see RecordIndex."""
        readable = {record.record_id: record for record in self._readable(principal)}
        hits = tuple(
            Hit(found(readable[i]), (MatchedBy.WORD,), _snippets(readable[i], search))
            for i in record_ids
            if i in readable
        )
        return hits, _facets([readable[i] for i in facets_over if i in readable], search.facets)

    def order(self, principal: Principal, record_ids: Sequence[str], *, sort: Sort) -> tuple[str, ...]:
        """Order ids; see RecordIndex."""
        readable = {record.record_id: record for record in self._readable(principal)}
        rows = self._sorted([(0.0, readable[i]) for i in record_ids if i in readable], sort)
        return tuple(record.record_id for _, record in rows)

    def scan(self, principal: Principal, search: Search, *, sort: Sort) -> Iterator[Hit]:
        """Yield every hit; see RecordIndex."""
        for values, record in self._sorted(self._matching(principal, search), sort):
            yield Hit(found(record), (MatchedBy.WORD,), (), After(values))

    def record(self, principal: Principal, record_id: str) -> Found:
        """Return one record; see RecordIndex."""
        return found(self._one(principal, record_id))

    def cites(self, principal: Principal, record_id: str) -> tuple[Citation, ...]:
        """Return what a record cites; see RecordIndex."""
        return cited_in(self._one(principal, record_id))

    def page(self, principal: Principal, record_id: str, number: int) -> tuple[Page, int]:
        """Return one page; see RecordIndex."""
        record = self._one(principal, record_id)
        for page in record.pages:
            if page.number == number:
                return page, page_count(record)
        raise NotVisibleError(f"no page {number}")

    def pages(self, principal: Principal, record_id: str) -> tuple[Page, ...]:
        """Return all pages; see RecordIndex."""
        pages = pages_of(self._one(principal, record_id))
        if pages is None:
            raise NotVisibleError("no text is released")
        return pages

    def beginnings(self, principal: Principal, record_ids: Sequence[str]) -> dict[str, str]:
        """Return how texts begin; see RecordIndex."""
        shown = ((r.record_id, pages_of(r)) for r in self._readable(principal) if r.record_id in record_ids)
        return {record_id: " ".join(page.text for page in pages[:3]) for record_id, pages in shown if pages}

    def complete(self, principal: Principal, beginning: str, *, size: int) -> tuple[str, ...]:
        """Return words of readable titles; see RecordIndex."""
        if not beginning.strip():
            return ()
        titles = [set(words_in(record.metadata.title)) for record in self._readable(principal)]
        counted = Counter(w for words in titles for w in words if spelled_out(w).startswith(spelled_out(beginning)))
        return tuple(sorted(counted, key=lambda w: (-counted[w], w))[:size])

    def correct(self, principal: Principal, word: str, *, size: int) -> tuple[str, ...]:
        """Return words that differ in one or two letters; see RecordIndex."""
        known = {w for r in self._readable(principal) for text in texts_of(r) for w in words_in(text)}
        near = sorted((_distance(word.lower(), w), w) for w in known if abs(len(w) - len(word)) <= _FAR)
        return tuple(w for distance, w in near if distance <= _FAR)[:size]

    def ready(self) -> None:
        """Return unless told to be down."""
        if self.down:
            raise EngineUnavailableError("told to be down")
        self.revocations.ready()

    def _readable(self, principal: Principal) -> list[Record]:
        self.ready()
        hidden = self.revocations.hidden(principal)
        # SECURITY: the rules themselves, for every read.
        own = [record for record in self._records.values() if admits(principal, record.access)]
        now = int(time.time())
        others = [ReadRelease.of(one) for one in self.releases.values() if shows(principal, one.access, now)]
        return [record for record in (*own, *others) if record.record_id not in hidden]

    def _one(self, principal: Principal, record_id: str) -> Record:
        for record in self._readable(principal):
            if record.record_id == record_id:
                return record
        raise NotVisibleError("no such record")

    def _matching(self, principal: Principal, search: Search) -> list[tuple[float, Record]]:
        scored = [
            (Matching(record, _value).score(search.query), record)
            for record in self._readable(principal)
            if _fits(record, search)
        ]
        return [(score, record) for score, record in scored if score is not None]

    @staticmethod
    def _sorted(rows: Sequence[tuple[float, Record]], sort: Sort) -> list[tuple[tuple[Any, ...], Record]]:
        valued = [(_values(sort, score, record), record) for score, record in rows]
        return sorted(valued, key=lambda row: _key(sort, row[0]))


_FAR = 2


def _values(sort: Sort, score: float, record: Record) -> tuple[Any, ...]:
    day = record.metadata.date
    match sort:
        case Sort.RELEVANCE:
            return (score, record.record_id)
        case Sort.TITLE:
            return (record.metadata.title.lower(), record.record_id)
    return (day.toordinal() if day else None, record.record_id)


def _key(sort: Sort, values: tuple[Any, ...]) -> tuple[Any, ...]:
    first, record_id = values
    match sort:
        case Sort.RELEVANCE:
            return (-first, record_id)
        case Sort.TITLE:
            return (first, record_id)
        case Sort.DATE:
            return (first is None, first or 0, record_id)
    return (first is None, -(first or 0), record_id)


def _fits(record: Record, search: Search) -> bool:
    return _narrowed(record, search.narrowing) and Matching(record, _value).binds(search.query)


def _narrowed(record: Record, narrowing: Narrowing) -> bool:
    day = record.metadata.date
    if narrowing.date_from and (day is None or day < narrowing.date_from):
        return False
    if narrowing.date_to and (day is None or day > narrowing.date_to):
        return False
    return all(_is_one_of(record, field, values) for field, values in narrowing.fields)


def _is_one_of(record: Record, field: FilterField, values: Sequence[str]) -> bool:
    value = _value(record, field)
    if value is not None and field in {FilterField.FILE_REFERENCE, FilterField.CASE_REFERENCE}:
        return key_of(value) in {key_of(one) for one in values}
    return value in values


def _value(record: Record, field: FilterField) -> str | None:  # noqa: PLR0911 - one line a field
    meta = record.metadata
    if isinstance(record, ReadRelease) and (field is FilterField.YEAR or not record.holds(field)):
        return record.shown.year if field is FilterField.YEAR else None
    match field:
        case FilterField.TENANT:
            return record.access.tenant
        case FilterField.YEAR:
            return f"{meta.date.year:04}" if meta.date else None
        case FilterField.MEDIA_TYPE:
            return record.original.media_type
        case FilterField.TEXT:
            return record.text_state.value
        case FilterField.CONFIDENTIALITY:
            return record.access.confidentiality.value
        case FilterField.SOURCE:
            return record.source
        case FilterField.PARENT_ID:
            return record.parent_id
    value: str | None = getattr(meta, str(field))
    return value


def _facets(records: Sequence[Record], fields: Sequence[FilterField]) -> Facets:
    facets: Facets = {}
    for field in fields:
        counted = Counter(value for r in records if (value := _value(r, field)) is not None)
        facets[field] = tuple(FacetValue(v, counted[v]) for v in sorted(counted, key=lambda v: (-counted[v], v)))
    return facets


def _snippets(record: Record, search: Search) -> tuple[Snippet, ...]:
    wanted = {w for p in search.query.wanted if not isinstance(p, InField) for w in words_in(p.text)}
    shown = []
    for page in record.pages:
        cited = [one for one in places(page.text) if one.citation.key in search.query.cited]
        marks = tuple((one.start, one.end) for one in cited)
        marks = marks or tuple(m.span() for m in _WORD.finditer(page.text) if m.group().lower() in wanted)
        if marks:
            shown.append(Snippet(page.number, page.text, marks, page.confidence))
    return tuple(shown[:3])


def _cosine(one: bytes, other: bytes) -> float:
    return float(
        sum(a * b for (a,), (b,) in zip(struct.iter_unpack("<f", one), struct.iter_unpack("<f", other), strict=True))
    )


def _distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        above, row = row, [i]
        for j, b in enumerate(other, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
    return row[-1]
