"""What the API tells records managers of sources, quarantine and what leaves, as values; asked by `ui.api.Api`."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Source(_Answer):
    """A source, and how it is."""

    name: str
    kind: str
    location: str
    state: str = "idle"
    counts: dict[str, int] = Field(default_factory=dict)
    errors: dict[str, int] = Field(default_factory=dict)
    last_sync_at: dt.datetime | None = None
    last_error: str | None = None
    held: int = 0
    removal_agreed: bool = False
    rate_per_minute: int = 0
    remaining_seconds: float | None = None

    @property
    def pending(self) -> int:
        """Files that the workers have not come to."""
        return self.counts.get("pending", 0) + self.counts.get("removing", 0)


class Jobs(_Answer):
    """How far the indexer has come."""

    pending: int = 0
    indexed: int = 0
    quarantined: int = 0
    vectors_pending: int = 0


class QuarantinedFile(_Answer):
    """A file that could not be taken in."""

    record_id: str
    path: str
    source: str
    reason: str
    advice: str
    code: str
    since: dt.datetime
    can_retry: bool = False


class MissingFile(_Answer):
    """A file that its source no longer shows."""

    record_id: str
    path: str


class Finding(_Answer):
    """A record about which ledger and index differ."""

    record_id: str
    difference: str
    in_ledger: int | None = None
    in_index: int | None = None


class Side(_Answer):
    """How much one side holds."""

    count: int
    hash: str


class Repair(_Answer):
    """What was done about findings."""

    written_again: int = 0
    taken_out: int = 0
    left: int = 0


class ReleasesCompared(_Answer):
    """How ledger and index agreed about what is shown to other towns."""

    agrees: bool
    missing: int
    extra: int
    stale: int
    ledger: Side
    index: Side
    findings: tuple[Finding, ...] = ()
    repair: Repair | None = None


class Comparison(_Answer):
    """How ledger and index agreed."""

    by: str
    ended_at: dt.datetime
    seconds: float
    agrees: bool
    missing: int
    extra: int
    stale: int
    in_flight: int = 0
    ledger: Side
    index: Side
    findings: tuple[Finding, ...] = ()
    repair: Repair | None = None
    releases: ReleasesCompared | None = None


class Receipt(_Answer):
    """When a record left its source, the index, and altogether."""

    record_id: str
    source: str
    left_at: dt.datetime
    unindexed_at: dt.datetime | None = None
    erased_at: dt.datetime | None = None
    returned_at: dt.datetime | None = None
    seconds_to_gone: float | None = None
    held: bool = False


class Receipts(_Answer):
    """One page of receipts."""

    deletions: tuple[Receipt, ...] = ()
    cursor: str | None = None


class Due(_Answer):
    """A record that is to be offered to the archive."""

    record_id: str
    source: str
    retention_end: dt.date
    held: bool = False
    title: str | None = None
    file_reference: str | None = None


class DueRecords(_Answer):
    """One page of them."""

    total: int = 0
    records: tuple[Due, ...] = ()
    cursor: str | None = None


class Hold(_Answer):
    """A record that must not be erased."""

    hold_id: str
    record_id: str
    reason: str
    placed_by: str
    placed_at: dt.datetime
    at_source: bool = True
    lifted_by: str | None = None
    lifted_at: dt.datetime | None = None


class Holds(_Answer):
    """The holds of the town."""

    holds: tuple[Hold, ...] = ()


class Retry(_Answer):
    """What is read again."""

    retried: int
    not_read: int
