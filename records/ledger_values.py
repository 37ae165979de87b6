"""The values that go into the ledger and come out of it, and their JSON. Pure: no connection, no clock."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass, field, fields
from typing import Any

from records.access import Confidentiality, PrivacyClass, ReadAccess, Reader
from records.ledger_tables import AccessSource, Again, State, VectorState
from records.record import Metadata, TextState

#: stands in a path between a file and what came out of it; no file of a source has it in its own path
MEMBER = "!/"

_DATES = ("date", "retention_end")


@dataclass(frozen=True)
class Source:
    """A place that records come from."""

    id: int
    tenant: str
    kind: str
    location: str
    removal_agreed: bool = False

    @property
    def name(self) -> str:
        """The source as records name it; the location stays inside, it tells about the machine."""
        return f"{self.kind}-{self.id}"


@dataclass(frozen=True)
class Fault:
    """Why a file went to quarantine: a code of indexer.reasons, and what exactly was found."""

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Seen:
    """A file as a source showed it. `metadata.title` is empty where the file itself has to give it."""

    path: str
    file_name: str
    fingerprint: str | None
    sha256: str | None
    size: int | None
    modified_at: float | None
    metadata: Metadata
    #: None where it could not be read who may read: what the ledger holds stays, the file goes to quarantine
    access: ReadAccess | None
    fault: Fault | None = None
    access_source: AccessSource = AccessSource.SIDECAR
    #: see indexer.sources.protocol.Item
    identity: str | None = None

    def __post_init__(self) -> None:
        if self.access is None and self.fault is None:
            raise ValueError(f"{self.path!r} can be read and says nothing about its readers")


@dataclass(frozen=True)
class Known:
    """What the ledger remembers of a file, as far as a comparison needs it."""

    id: int
    path: str
    fingerprint: str | None
    sha256: str | None
    state: State
    reason: str | None
    detail: str | None
    metadata: dict[str, Any]
    access: dict[str, Any]
    file_name: str
    identity: str | None
    missing: bool

    @classmethod
    def of(cls, row: Any) -> Known:
        """Make it of its row."""
        return cls(
            id=row.id,
            path=row.path,
            fingerprint=row.fingerprint,
            sha256=row.sha256,
            state=State(row.state),
            reason=row.reason,
            detail=row.reason_detail,
            metadata=row.metadata,
            access=row.access,
            file_name=row.file_name,
            identity=row.identity,
            missing=row.missing,
        )


@dataclass(frozen=True)
class Entry:
    """One file of a source, or one member of an archive or mail, as a worker holds it under a lease."""

    id: int
    record_id: str
    source: Source
    tenant: str
    path: str
    parent_id: int | None
    parent_record_id: str | None
    sequence: int
    sha256: str | None
    size: int
    modified_at: float | None
    file_name: str
    metadata: Metadata
    access: ReadAccess
    state: State
    attempts: int
    rights_only: bool = False

    @property
    def version(self) -> int:
        """The engine's version of this entry without vectors; one more is the same with vectors."""
        return self.sequence * 2


@dataclass(frozen=True)
class Done:
    """What became of a claimed entry; exactly one of indexed, fault and removed holds."""

    entry: Entry
    fault: Fault | None = None
    removed: bool = False
    media_type: str | None = None
    record_date: dt.date | None = None
    text_state: TextState | None = None
    page_count: int = 0
    passage_count: int = 0
    vectors: VectorState = VectorState.NONE
    #: number and confidence in percent of each page that was a picture
    recognised: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Content:
    """What a record was made from."""

    sha256: str
    media_type: str
    page_count: int


@dataclass(frozen=True)
class RecognisedPage:
    """A page that was a picture, and how sure text recognition is of it, in percent."""

    record_id: str
    source_id: str | None
    title: str
    path: str
    page: int
    confidence: int
    #: what became of it when somebody wanted it read anew; None where nobody did
    again: Again | None = None


@dataclass(frozen=True)
class Work:
    """What is left to do for a source."""

    pending: int
    quarantined: int
    vectors_pending: int


@dataclass(frozen=True)
class QuarantinedFile:
    """A file that could not be taken in."""

    source: str
    source_id: str | None
    path: str
    reason: str
    advice: str
    since: dt.datetime
    code: str
    record_id: str = ""
    #: whether reading again can help; otherwise its source has to change first
    can_retry: bool = False


@dataclass(frozen=True)
class MissingFile:
    """A file that its source no longer shows, and that is kept until a person agrees."""

    record_id: str
    path: str


@dataclass(frozen=True)
class SourceState:
    """A source with what the ledger counts in it."""

    id: int
    tenant: str
    kind: str
    location: str
    name: str
    counts: dict[str, int] = field(default_factory=dict)
    last_sync_at: dt.datetime | None = None
    last_sync: dict[str, int] | None = None
    #: running (a run is under way), held (a person is asked), error (the last run broke off), paused, working (the
    #: workers are behind) or idle
    state: str = "idle"
    #: why the last run broke off
    last_error: str | None = None
    paused: bool = False
    #: entries in quarantine, by reason
    errors: dict[str, int] = field(default_factory=dict)
    #: records that are missing in the source and kept until a person agrees
    held: int = 0
    #: a person has agreed: the next run removes them
    removal_agreed: bool = False
    #: records that became findable in the last minute
    rate_per_minute: int = 0
    #: until nothing is pending, at that rate; None where nothing is, or nothing moves
    remaining_seconds: float | None = None


@dataclass(frozen=True)
class JobFigures:
    """How far the indexer has come with the records of a tenant."""

    pending: int
    indexed: int
    quarantined: int
    removing: int
    vectors_pending: int
    vectors_done: int


def record_id_of(tenant: str, location: str, path: str, turn: int = 0) -> str:
    """Return the opaque name of a record: it tells nothing and stays the same as long as the file stays.

    `turn` counts on where the name is in use: by a file that was here and has moved.
    """
    said = f"{tenant}\0{location}\0{path}" + (f"\0{turn}" if turn else "")
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest)[:26].decode("ascii").lower()


def metadata_to_json(metadata: Metadata) -> dict[str, Any]:
    """Return the fields that are set."""
    values = {f.name: getattr(metadata, f.name) for f in fields(metadata)}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in values.items()
        if value not in (None, {})
    }


def metadata_from_json(value: dict[str, Any]) -> Metadata:
    """Undo `metadata_to_json`."""
    dates = {name: dt.date.fromisoformat(value[name]) for name in _DATES if name in value}
    return Metadata(**{**value, **dates})


def access_to_json(access: ReadAccess) -> dict[str, Any]:
    """Return an access as JSON, the same for equal accesses."""
    said: dict[str, Any] = {
        "tenant": access.tenant,
        "readers": sorted(str(r) for r in access.readers),
        "deny": sorted(str(r) for r in access.deny),
        "confidentiality": access.confidentiality.value,
    }
    if access.privacy_class is not PrivacyClass.NORMAL:
        # left out where it is normal: what was noted before there were classes has not changed
        said["privacy_class"] = access.privacy_class.value
    return said


def access_from_json(value: dict[str, Any]) -> ReadAccess:
    """Undo `access_to_json`."""
    tenant = value["tenant"]
    return ReadAccess(
        tenant=tenant,
        readers=frozenset(Reader.parse(r, own_tenant=tenant) for r in value["readers"]),
        deny=frozenset(Reader.parse(r, own_tenant=tenant) for r in value["deny"]),
        confidentiality=Confidentiality(value["confidentiality"]),
        privacy_class=PrivacyClass(value.get("privacy_class", PrivacyClass.NORMAL)),
    )
