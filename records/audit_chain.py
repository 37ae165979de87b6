r"""What an entry of the audit log is, and how each holds on to the one before. Pure: knows no database.

There is one chain for each tenant. The hash of an entry is the SHA-256, in lower-case hexadecimal, of this JSON list
in ASCII (other characters as `\uXXXX`), without spaces:

    ["aktensuche-audit-1", tenant, sequence, time, subject, software, kind, purpose, detail, [record ids], previous]

`sequence` counts from 1 without gaps; `time` is microseconds since 1970 in UTC; what is not known is null; `previous`
is the hash of the entry before, and of the list ["aktensuche-audit-1", tenant] for the first one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from records.access import Principal
from records.errors import InvalidInputError

_FORM = "aktensuche-audit-1"
MAX_PURPOSE = 200


class Kind(StrEnum):
    """How a record was shown; the last two are entries of the log about itself."""

    SEARCH = "search"
    EXPORT = "export"
    RECORD = "record"
    TEXT = "text"
    PAGE = "page"
    IMAGE = "image"
    ORIGINAL = "original"
    SIMILAR = "similar"
    PRECEDENTS = "precedents"
    #: as what cites something, or for what it cites itself
    CITATIONS = "citations"
    EXPLAIN = "explain"
    RELEASES = "releases"
    #: in the list of pages that text recognition is unsure of
    RECOGNITION = "recognition"
    #: named among what is to be offered to the archive
    RETENTION = "retention"
    #: the system itself looked past all rights: ids, versions and rights, no word; `purpose` says what for
    SYSTEM = "system"
    #: somebody read this log
    AUDIT = "audit"
    #: entries older than the retention were taken away; `detail` names the last of them
    PRUNED = "pruned"


@dataclass(frozen=True)
class Event:
    """What is to be written down: who was shown which records how, for whom and what for. Never what was asked."""

    tenant: str
    subject: str
    software: str | None
    kind: Kind
    record_ids: tuple[str, ...] = ()
    purpose: str | None = None
    detail: str | None = None

    def __post_init__(self) -> None:
        for name, text in (("subject", self.subject), ("software", self.software), ("purpose", self.purpose)):
            # SECURITY: what a database refuses to keep would take the entries of others, written with it, along.
            if text is not None and ("\0" in text or any("\ud800" <= c <= "\udfff" for c in text)):
                raise InvalidInputError(name, "holds characters that cannot be written down")

    @classmethod
    def of(
        cls,
        principal: Principal,
        kind: Kind,
        record_ids: Iterable[str] = (),
        *,
        purpose: str | None = None,
        detail: str | None = None,
    ) -> Event:
        """Return the event for what this principal is shown."""
        software = principal.software.name if principal.software else None
        return cls(principal.tenant, principal.subject, software, kind, tuple(record_ids), purpose, detail)


@dataclass(frozen=True)
class Entry:
    """An event in its place in the chain."""

    sequence: int
    time: int
    event: Event
    previous: str
    hash: str


def beginning(tenant: str) -> str:
    """Return what the first entry of a tenant holds on to."""
    return _hash([_FORM, tenant])


def link(sequence: int, time: int, event: Event, previous: str) -> Entry:
    """Return the event as the next entry of its chain."""
    return Entry(sequence, time, event, previous, hash_of(sequence, time, event, previous))


def hash_of(sequence: int, time: int, event: Event, previous: str) -> str:
    """Return the hash that an entry with this content has."""
    e = event
    return _hash(
        [_FORM, e.tenant, sequence, time, e.subject, e.software, e.kind, e.purpose, e.detail, [*e.record_ids], previous]
    )


def _hash(values: list[object]) -> str:
    return hashlib.sha256(json.dumps(values, separators=(",", ":")).encode("ascii")).hexdigest()
