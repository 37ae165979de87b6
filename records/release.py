"""What an owner shows to other municipalities, and who sees it. Pure: no engine, no ledger, no clock of its own.

A release is a copy with an id of its own, never the record itself. It is shown to a principal when

1. the principal belongs to another tenant than its owner, who reads the record itself;
2. its end has not passed;
3. for each asking party (the clerk, and the software acting for them) it names one of the party's readers, or the
   reader `TENANT/alle` of the principal's tenant, or everybody. Readers and deny list of the record play no part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from records.access import EVERYBODY, Principal, Reader, read_filter
from records.errors import InvalidInputError
from records.record import Metadata, Original, Page, Passage, TextState

#: the end of a release that has none: the last second of the year 9999
NO_END = 253_402_300_799

#: how "every other tenant" is written
ALL_PARTNERS = "*"

MAX_WORDS = 200
MAX_TITLE = 1_000
MAX_PAGES = 500
MAX_CHARACTERS = 500_000
_MAX_PARTNERS = 100
_DAY_ENDS_IN = ZoneInfo("Europe/Berlin")


class ReleaseForm(StrEnum):
    """How much a release shows."""

    #: title, description, text and file
    WHOLE = "whole"
    #: a title and pages that the owner wrote for it, and the fields that were ticked
    REDACTED = "redacted"
    #: that there is such a record, and the fields that were ticked
    EXISTENCE = "existence"


class ShownField(StrEnum):
    """What an owner can tick; everything else of a record stays where it is."""

    FILE_PLAN = "file_plan"
    DOCUMENT_TYPE = "document_type"
    YEAR = "year"
    DEPARTMENT = "department"
    CASE_TYPE = "case_type"


class ReleaseState(StrEnum):
    """Where a release stands."""

    #: granted, and not in the index as it should be
    PENDING = "pending"
    SHOWN = "shown"
    #: withdrawn, and may still be in the index
    RECALLING = "recalling"
    #: the tombstone
    RECALLED = "recalled"


class RecallReason(StrEnum):
    """Why a release is shown no longer."""

    RECALLED = "recalled"
    ENDED = "ended"
    #: the record has left its source, or can no longer be read
    RECORD_GONE = "record_gone"
    #: the record has become one that must not be shown
    REFUSED = "refused"
    #: the rule that gave it was recalled, or no longer means this record
    RULE = "rule"


@dataclass(frozen=True)
class ReleaseAccess:
    """To whom a release of this owner is shown, and until when (in seconds since 1970, that second included)."""

    owner: str
    partners: frozenset[Reader] = frozenset()
    to_all: bool = False
    until: int = NO_END

    def __post_init__(self) -> None:
        # SECURITY: what is shown to nobody in particular is not shown to everybody.
        if self.to_all == bool(self.partners):
            raise InvalidInputError("partners", "nenne entweder „*“ für alle oder einzelne Kommunen und Ämter")
        if any(reader.tenant == self.owner for reader in self.partners):
            raise InvalidInputError("partners", "die eigene Kommune braucht keine Freigabe")

    @property
    def partner_names(self) -> tuple[str, ...]:
        """The partners as text, in order."""
        return (ALL_PARTNERS,) if self.to_all else tuple(sorted(str(reader) for reader in self.partners))


def shows(principal: Principal, access: ReleaseAccess, now: int) -> bool:
    """Say whether a release with this access is shown to this principal at this time (whole seconds since 1970)."""
    # SECURITY: the rule of the module's docstring, sentence by sentence.
    rule = read_filter(principal)
    if access.owner == rule.tenant or access.until < now:
        return False
    if access.to_all or rule.everybody in access.partners:
        return True
    return all(bool(party & access.partners) for party in rule.parties)


def parse_access(owner: str, partners: Iterable[str], until: dt.date | None, tenants: Sequence[str]) -> ReleaseAccess:
    """Read partners (`*`, `tenant` for the whole town, `tenant/group`); only tenants of this installation are known."""
    named = list(dict.fromkeys(partners))
    if not named or len(named) > _MAX_PARTNERS:
        raise InvalidInputError("partners", f"nenne 1 bis {_MAX_PARTNERS} Partner")
    end = end_of(until) if until is not None else NO_END
    if named == [ALL_PARTNERS]:
        return ReleaseAccess(owner, to_all=True, until=end)
    readers = frozenset(_partner(text, tenants) for text in named)
    return ReleaseAccess(owner, readers, until=end)


def _partner(text: str, tenants: Sequence[str]) -> Reader:
    tenant, slash, group = text.partition("/")
    try:
        reader = Reader(tenant, group if slash else EVERYBODY)
    except InvalidInputError as error:
        raise InvalidInputError("partners", f"{text[:80]!r} ist kein Partner") from error
    # SECURITY: a name that no tenant has yet would open the release to whoever takes it later.
    if reader.tenant not in tenants:
        raise InvalidInputError("partners", f"{text[:80]!r}: diese Kommune ist hier nicht bekannt")
    return reader


def end_of(day: dt.date) -> int:
    """Return the last second of a day where the municipalities are."""
    try:
        next_day = day + dt.timedelta(days=1)
    except OverflowError:
        return NO_END
    midnight = dt.datetime.combine(next_day, dt.time(), _DAY_ENDS_IN)
    return min(int(midnight.timestamp()) - 1, NO_END)


def day_of(until: int) -> dt.date | None:
    """Undo `end_of`; None where there is no end."""
    return None if until >= NO_END else dt.datetime.fromtimestamp(until, _DAY_ENDS_IN).date()


@dataclass(frozen=True)
class Redaction:
    """The title and the pages that an owner wrote for others to read. Nothing of it is taken from the record."""

    title: str
    pages: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > MAX_TITLE:
            raise InvalidInputError("redacted.title", f"fehlt oder ist länger als {MAX_TITLE} Zeichen")
        if not self.pages or len(self.pages) > MAX_PAGES:
            raise InvalidInputError("redacted.pages", f"1 bis {MAX_PAGES} Seiten sind möglich")
        if sum(len(page) for page in self.pages) > MAX_CHARACTERS:
            raise InvalidInputError("redacted.pages", f"mehr als {MAX_CHARACTERS} Zeichen")


@dataclass(frozen=True)
class Shown:
    """What of a record is shown: a form, and what belongs to that form."""

    form: ReleaseForm
    redaction: Redaction | None = None
    fields: frozenset[ShownField] = frozenset()

    def __post_init__(self) -> None:
        # SECURITY: text that was handed in for a redacted copy must never go out, or be lost, under another form.
        if (self.form is ReleaseForm.REDACTED) != (self.redaction is not None):
            raise InvalidInputError("redacted", "gehört zu einer geschwärzten Freigabe, und nur zu ihr")
        if self.form is ReleaseForm.WHOLE and self.fields:
            raise InvalidInputError("shown_fields", "bei einer Freigabe im Ganzen gibt es nichts anzukreuzen")
        if self.form is ReleaseForm.EXISTENCE and not self.fields:
            raise InvalidInputError(
                "shown_fields", "kreuze wenigstens eine Angabe an, sonst findet niemand den Hinweis"
            )


@dataclass(frozen=True)
class Grounds:
    """Why something is shown to others: for what, and what allows it."""

    purpose: str
    legal_basis: str

    def __post_init__(self) -> None:
        _check_words("purpose", self.purpose)
        _check_words("legal_basis", self.legal_basis)


def _check_words(name: str, text: str) -> None:
    if not text.strip() or len(text) > MAX_WORDS:
        raise InvalidInputError(name, f"fehlt oder ist länger als {MAX_WORDS} Zeichen")
    if not text.isprintable():
        raise InvalidInputError(name, "enthält Zeichen, die niemand lesen kann")


@dataclass(frozen=True)
class ReleaseDraft:
    """A release that somebody wants to give."""

    record_id: str
    shown: Shown
    access: ReleaseAccess
    grounds: Grounds


@dataclass(frozen=True)
class Release:
    """A release as a records manager of its owner sees it; record and title only where that one may read the record."""

    release_id: str
    record_id: str | None
    title: str | None
    shown: Shown
    access: ReleaseAccess
    grounds: Grounds
    state: ReleaseState
    reason: RecallReason | None
    rule_id: str | None
    created_by: str
    created_at: dt.datetime
    recalled_by: str | None
    recalled_at: dt.datetime | None


@dataclass(frozen=True)
class RuleDraft:
    """A standing release of all records of a type, of a part of the file plan, or of both; always as a whole.

    `source` names a source of public records; only the installation's file of sources gives such a rule.
    """

    file_plan: str | None
    document_type: str | None
    access: ReleaseAccess
    grounds: Grounds
    source: str | None = None

    def __post_init__(self) -> None:
        # SECURITY: a rule that names nothing would show everything.
        if not any((text or "").strip() for text in (self.file_plan, self.document_type, self.source)):
            raise InvalidInputError("document_type", "nenne eine Art der Unterlage, einen Aktenplan oder beides")
        for name, text in (("file_plan", self.file_plan), ("document_type", self.document_type)):
            if text is not None:
                _check_words(name, text)

    def means(self, metadata: Metadata) -> bool:
        """Say whether the rule is about a record: the file plan begins with its own, the type is the same."""
        if self.file_plan is not None and not (metadata.file_plan or "").startswith(self.file_plan):
            return False
        return self.document_type is None or metadata.document_type == self.document_type


@dataclass(frozen=True)
class ReleaseRule:
    """A standing release as its owner's records managers see it; `releases` counts what it shows now."""

    rule_id: str
    draft: RuleDraft
    created_by: str
    created_at: dt.datetime
    recalled_by: str | None
    recalled_at: dt.datetime | None
    releases: int


@dataclass(frozen=True)
class ReleasedRecord:
    """What the index of releases holds of a record, ready to be written; it carries no id of the record itself."""

    release_id: str
    form: ReleaseForm
    access: ReleaseAccess
    metadata: Metadata
    year: str | None
    text_state: TextState
    version: int
    original: Original | None = None
    pages: tuple[Page, ...] = ()
    passages: tuple[Passage, ...] = ()
    vectors: tuple[bytes, ...] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.vectors is not None and len(self.vectors) != len(self.passages):
            raise ValueError(f"release {self.release_id}: {len(self.vectors)} vectors, {len(self.passages)} passages")
        # SECURITY: only a whole release carries the file, and one of mere existence carries no words.
        if self.original is not None and self.form is not ReleaseForm.WHOLE:
            raise ValueError(f"release {self.release_id}: the file belongs to whole releases only")
        if self.form is ReleaseForm.EXISTENCE and (self.pages or self.passages or self.metadata.title):
            raise ValueError(f"release {self.release_id}: a release of mere existence holds no words")
