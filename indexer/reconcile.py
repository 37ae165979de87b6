"""Holds the indexes of a tenant against the ledger: what is missing, what is too much, what is not as it should be.

Two indexes are looked at: that of its records, and that of what it shows to other towns (indexer.reconcile_releases).
A repair writes again from the ledger, and takes out what the ledger does not want there.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator, Sequence

from indexer.comparing import Compared, Wanted, compare, judged
from indexer.queue import Queue, batches
from indexer.reconcile_releases import ReleasesCompared
from indexer.settings import IndexerSettings
from records.audit import AuditLog
from records.index import Outcome, RecordWriter, Removal
from records.index_versions import IndexVersions
from records.ledger_reconciliation import LedgerReconciliation, Standing
from records.ledger_released import ReleaseStanding
from records.ledger_tables import State, VectorState
from records.opensearch.rights import rights_digest
from records.reconciliation import EXTRA, Comparison, Difference, Finding, Repair
from records.system import Held, Holdings, SystemDoor

_log = logging.getLogger(__name__)

_PURPOSE = "Abgleich mit dem Hauptbuch (reconcile)"
_PURPOSE_RELEASES = "Abgleich der Freigaben mit dem Hauptbuch (reconcile)"

#: as with a source: when more than this share, and at least that many, are unknown to the ledger, it is not followed
_BRAKE_SHARE, _BRAKE_COUNT = 0.05, 10


class Reconciliation:
    """Compares and repairs; holds what that needs."""

    def __init__(
        self,
        *,
        ledger: LedgerReconciliation,
        door: SystemDoor,
        writer: RecordWriter,
        queue: Queue,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._ledger, self._door, self._writer, self._queue, self._pause = ledger, door, writer, queue, pause

    def run(self, tenant: str, *, by: str, repair: bool) -> Comparison:
        """Compare a tenant's ledger and indexes, keep the result, and return it; `by` is who asked for it."""
        began = time.monotonic()
        with self._door.opened(tenant, by=by, purpose=_PURPOSE) as holdings:
            records = compare(_Records(tenant, self._ledger, self._writer, holdings), pause=self._pause)
            done = self._repair(tenant, records) if repair else None
        middle = time.monotonic()
        with self._door.releases_opened(tenant, by=by, purpose=_PURPOSE_RELEASES) as holdings:
            sides = ReleasesCompared(tenant, self._ledger, self._writer, holdings)
            releases = compare(sides, pause=self._pause)
            shown = sides.repair(releases) if repair else None
        of_releases = _comparison(tenant, by, releases, time.monotonic() - middle, shown)
        comparison = _comparison(tenant, by, records, middle - began, done, releases=of_releases)
        self._ledger.keep(comparison)
        for what, found in (("records", comparison), ("releases", of_releases)):
            _log.log(
                logging.INFO if not any(found.counts.values()) else logging.WARNING,
                "reconciled %s of %s: %d missing, %d extra, %d stale of %d",
                *(what, tenant, found.missing, found.extra, found.stale, found.ledger.count),
            )
        return comparison

    def _repair(self, tenant: str, found: Compared[Standing]) -> Repair:
        standing = found.standing
        extra = [one for one in found.findings if one.difference in EXTRA]
        unknown = [one for one in extra if one.difference is Difference.UNKNOWN]
        left = 0
        if len(unknown) >= _BRAKE_COUNT and len(unknown) > _BRAKE_SHARE * found.index.count:
            # a ledger that was set back, or the wrong one, must not empty the index
            left = len(unknown)
            extra = [one for one in extra if one.difference is not Difference.UNKNOWN]
        wrong = {
            standing[one.record_id].id: (standing[one.record_id].sequence, one.in_index or 0)
            for one in found.findings
            if one.difference not in EXTRA
        }
        again = self._ledger.write_again(wrong)
        for batch in batches(again):
            self._queue.send(batch)
        return Repair(len(again), self._taken_out(tenant, extra, found), left)

    def _taken_out(self, tenant: str, extra: Sequence[Finding], found: Compared[Standing]) -> int:
        removals = [Removal(tenant, one.record_id, (one.in_index or 0) + 1) for one in extra]
        results = self._writer.remove(removals) if removals else ()
        # the removal was given a version that no sequence stands for: a return of the record must go beyond it
        known = [(one, found.standing[one.record_id]) for one in extra if one.record_id in found.standing]
        self._ledger.outgrow({place.id: (place.sequence, (one.in_index or 0) + 1) for one, place in known})
        self._writer.refresh(tenant)
        return sum(result.outcome is Outcome.WRITTEN for result in results)


class _Records:
    """The records of a tenant, in the ledger and in its index."""

    def __init__(self, tenant: str, ledger: LedgerReconciliation, writer: RecordWriter, holdings: Holdings) -> None:
        self._tenant, self._ledger, self._writer, self._holdings = tenant, ledger, writer, holdings

    def wanted(self) -> Iterator[Wanted]:
        digests: dict[object, str] = {}
        for one in self._ledger.expected(self._tenant):
            rights = digests.get(one.access)
            if rights is None:
                rights = digests[one.access] = rights_digest(one.access)
            yield Wanted(one.record_id, one.version, rights)

    def held(self) -> Iterator[Held]:
        return iter(self._holdings)

    def look(self, ids: Sequence[str]) -> Iterator[tuple[str, Finding | None, Standing | None]]:
        # the ledger first: what is written between the two looks makes a record seem newer, and settles later
        standing, held = self._ledger.standing(self._tenant, ids), self._holdings.of(ids)
        for record_id in ids:
            place = standing.get(record_id)
            ahead = place is not None and place.vectors is VectorState.PENDING
            wanted = _wanted(record_id, place)
            yield record_id, judged(record_id, wanted, held.get(record_id), known=place is not None, ahead=ahead), place

    def refresh(self) -> None:
        self._writer.refresh(self._tenant)


def _wanted(record_id: str, place: Standing | None) -> Wanted | None:
    if place is None or place.state is not State.INDEXED or place.indexed_version is None:
        return None
    return Wanted(record_id, place.indexed_version, rights_digest(place.access))


def reconciliation(
    settings: IndexerSettings,
    *,
    ledger: LedgerReconciliation,
    audit: AuditLog,
    versions: IndexVersions,
    writer: RecordWriter,
    queue: Queue,
) -> Reconciliation:
    """Return a reconciliation with the unfiltered door opened for nobody else."""
    door = SystemDoor(settings.opensearch, settings.tenants, audit, versions)
    return Reconciliation(ledger=ledger, door=door, writer=writer, queue=queue)


def _comparison(
    tenant: str,
    by: str,
    found: Compared[Standing] | Compared[ReleaseStanding],
    seconds: float,
    done: Repair | None,
    *,
    releases: Comparison | None = None,
) -> Comparison:
    return Comparison(
        tenant=tenant,
        by=by,
        ended_at=dt.datetime.now(dt.UTC),
        seconds=seconds,
        ledger=found.ledger,
        index=found.index,
        buckets=found.buckets,
        listed=found.listed,
        counts=found.counts,
        findings=found.named,
        in_flight=found.in_flight,
        repair=done,
        releases=releases,
    )
