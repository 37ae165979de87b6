"""What comparing ledger and index can find: values, and their JSON. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

#: findings of one kind that are named one by one; the rest is counted
NAMED = 200


class Difference(StrEnum):
    """How index and ledger can differ about a record."""

    #: the ledger says indexed, the index does not hold it: nobody finds it
    MISSING = "missing"
    #: the index holds what the ledger never knew
    UNKNOWN = "unknown"
    #: the index still holds, or holds again, what was removed or is in quarantine
    REMOVED = "removed"
    #: the index holds an earlier version than the ledger
    OLDER = "older"
    #: the index holds a version that the ledger never gave out: written by somebody else, or the ledger was set back
    NEWER = "newer"
    #: the index goes by other rights than the ledger; of a release also: another form, or a trace of the original
    RIGHTS = "rights"


MISSING = frozenset({Difference.MISSING})
EXTRA = frozenset({Difference.UNKNOWN, Difference.REMOVED})
STALE = frozenset({Difference.OLDER, Difference.NEWER, Difference.RIGHTS})


@dataclass(frozen=True)
class Finding:
    """One record about which index and ledger differ; no word of it."""

    record_id: str
    difference: Difference
    #: the versions on both sides, None where it is not there
    in_ledger: int | None
    in_index: int | None


@dataclass(frozen=True)
class Side:
    """What one side holds: how many, and a hash over ids, versions and rights."""

    count: int
    hash: str


@dataclass(frozen=True)
class Repair:
    """What was done about findings."""

    #: to be written again from kept text and vectors
    written_again: int = 0
    #: taken out of the index
    taken_out: int = 0
    #: unknown to the ledger, and so many that nothing was taken out
    left: int = 0


@dataclass(frozen=True)
class Comparison:
    """How a tenant's ledger and index agree."""

    tenant: str
    by: str
    ended_at: dt.datetime
    seconds: float
    ledger: Side
    index: Side
    #: parts that were compared by hash, and those of them that were listed one by one
    buckets: int
    listed: int
    counts: Mapping[Difference, int]
    findings: tuple[Finding, ...]
    #: records that are being worked on: neither right nor wrong at the moment
    in_flight: int
    repair: Repair | None = None
    #: the same of what the tenant shows to others; None where this is that
    releases: Comparison | None = None

    def of(self, kinds: frozenset[Difference]) -> int:
        """Count the findings of these kinds."""
        return sum(number for kind, number in self.counts.items() if kind in kinds)

    @property
    def missing(self) -> int:
        """Records that nobody finds."""
        return self.of(MISSING)

    @property
    def extra(self) -> int:
        """Records that nobody should find."""
        return self.of(EXTRA)

    @property
    def stale(self) -> int:
        """Records that are found as they no longer are."""
        return self.of(STALE)

    @property
    def agrees(self) -> bool:
        """Whether nothing differs, in releases neither."""
        return not any(self.counts.values()) and (self.releases is None or self.releases.agrees)

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as people and programs read it."""
        return {
            "tenant": self.tenant,
            "by": self.by,
            "ended_at": self.ended_at.isoformat(),
            "seconds": round(self.seconds, 2),
            "agrees": self.agrees,
            "missing": self.missing,
            "extra": self.extra,
            "stale": self.stale,
            "in_flight": self.in_flight,
            "ledger": asdict(self.ledger),
            "index": asdict(self.index),
            "buckets": self.buckets,
            "listed": self.listed,
            "counts": {str(kind): number for kind, number in self.counts.items() if number},
            "findings": [{**asdict(one), "difference": str(one.difference)} for one in self.findings],
            "repair": asdict(self.repair) if self.repair is not None else None,
            **({"releases": self.releases.as_json()} if self.releases is not None else {}),
        }
