"""Holds the index against the ledger: what is missing, what is too much, what is not as it should be.

Both sides are cut into parts by the beginning of the id, and each part is compared by count and hash; only parts that
differ are listed one by one. What differs is looked at again until it stays, because work goes on meanwhile: what is on
its way is no finding. A repair writes again from the ledger, and takes out what the ledger does not want there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from indexer.queue import Queue, batches
from indexer.settings import IndexerSettings
from records.audit import AuditLog
from records.index import Outcome, RecordWriter, Removal
from records.index_versions import IndexVersions
from records.ledger_reconciliation import LedgerReconciliation, Standing
from records.ledger_tables import State, VectorState
from records.opensearch.rights import rights_digest
from records.reconciliation import EXTRA, NAMED, Comparison, Difference, Finding, Repair, Side
from records.system import Held, Holdings, SystemDoor

_log = logging.getLogger(__name__)

#: how many letters of an id name its part: a thousand parts, some thousand records in each where there are millions
_PART = 2
#: looks at what differs, and the pause between them: the engine shows a write after a second
_LOOKS, _PAUSE = 4, 1.5
_IDS = 1_000

#: as with a source: when more than this share, and at least that many, are unknown to the ledger, it is not followed
_BRAKE_SHARE, _BRAKE_COUNT = 0.05, 10


@dataclass(frozen=True)
class _Line:
    """What is compared of a record."""

    record_id: str
    version: int
    rights: str


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
        """Compare a tenant's ledger and index, keep the result, and return it; `by` is who asked for it."""
        began = time.monotonic()
        purpose = "Abgleich mit dem Hauptbuch (reconcile)"
        with self._door.opened(tenant, by=by, purpose=purpose) as holdings:
            self._writer.refresh(tenant)
            expected, held = _Parts(self._expected(tenant)), _Parts(_lines(holdings))
            differing = expected.other_than(held)
            suspects = self._suspects(tenant, holdings, differing) if differing else []
            findings, standing, in_flight = self._settled(tenant, holdings, suspects)
            done = self._repair(tenant, findings, standing, held.side.count) if repair else None
        comparison = Comparison(
            tenant=tenant,
            by=by,
            ended_at=dt.datetime.now(dt.UTC),
            seconds=time.monotonic() - began,
            ledger=expected.side,
            index=held.side,
            buckets=len(expected.names | held.names),
            listed=len(differing),
            counts=Counter(one.difference for one in findings),
            findings=_named(findings),
            in_flight=in_flight,
            repair=done,
        )
        self._ledger.keep(comparison)
        _log.log(
            logging.INFO if comparison.agrees else logging.WARNING,
            "reconciled %s: %d missing, %d extra, %d stale of %d",
            *(tenant, comparison.missing, comparison.extra, comparison.stale, expected.side.count),
        )
        return comparison

    def _expected(self, tenant: str) -> Iterator[_Line]:
        digests: dict[object, str] = {}
        for one in self._ledger.expected(tenant):
            rights = digests.get(one.access)
            if rights is None:
                rights = digests[one.access] = rights_digest(one.access)
            yield _Line(one.record_id, one.version, rights)

    def _suspects(self, tenant: str, holdings: Holdings, differing: frozenset[str]) -> list[str]:
        """Return the ids in these parts about which the two sides differ."""
        here = {line.record_id: line for line in self._expected(tenant) if line.record_id[:_PART] in differing}
        there = {line.record_id: line for line in _lines(holdings) if line.record_id[:_PART] in differing}
        return sorted(i for i in here.keys() | there.keys() if here.get(i) != there.get(i))

    def _settled(
        self, tenant: str, holdings: Holdings, suspects: Sequence[str]
    ) -> tuple[list[Finding], dict[str, Standing], int]:
        """Look at records until what is said of them stays the same; returns also how many are being worked on."""
        said: dict[str, tuple[Finding | None, Standing | None]] = {}
        settled: dict[str, Finding] = {}
        standing: dict[str, Standing] = {}
        left = list(suspects)
        for look in range(_LOOKS):
            if not left:
                break
            if look:
                self._pause(_PAUSE)
                self._writer.refresh(tenant)
            now = dict(self._look(tenant, holdings, left))
            again = []
            for record_id in left:
                finding, place = now[record_id]
                moving = place is not None and place.moving
                if not moving and finding is None:
                    continue
                if not moving and said.get(record_id) == (finding, place) and finding is not None:
                    settled[record_id] = finding
                    if place is not None:
                        standing[record_id] = place
                    continue
                again.append(record_id)
            said, left = now, again
        return list(settled.values()), standing, len(left)

    def _look(
        self, tenant: str, holdings: Holdings, record_ids: Sequence[str]
    ) -> Iterator[tuple[str, tuple[Finding | None, Standing | None]]]:
        for start in range(0, len(record_ids), _IDS):
            some = record_ids[start : start + _IDS]
            # the ledger first: what is written between the two looks makes a record seem newer, and settles later
            standing, held = self._ledger.standing(tenant, some), holdings.of(some)
            for record_id in some:
                place = standing.get(record_id)
                yield record_id, (judged(record_id, place, held.get(record_id)), place)

    def _repair(self, tenant: str, findings: Sequence[Finding], standing: dict[str, Standing], indexed: int) -> Repair:
        extra = [one for one in findings if one.difference in EXTRA]
        unknown = [one for one in extra if one.difference is Difference.UNKNOWN]
        left = 0
        if len(unknown) >= _BRAKE_COUNT and len(unknown) > _BRAKE_SHARE * indexed:
            # a ledger that was set back, or the wrong one, must not empty the index
            left = len(unknown)
            extra = [one for one in extra if one.difference is not Difference.UNKNOWN]
        wrong = {
            standing[one.record_id].id: (standing[one.record_id].sequence, one.in_index or 0)
            for one in findings
            if one.difference not in EXTRA
        }
        again = self._ledger.write_again(wrong)
        for batch in batches(again):
            self._queue.send(batch)
        return Repair(len(again), self._taken_out(tenant, extra, standing), left)

    def _taken_out(self, tenant: str, extra: Sequence[Finding], standing: dict[str, Standing]) -> int:
        removals = [Removal(tenant, one.record_id, (one.in_index or 0) + 1) for one in extra]
        results = self._writer.remove(removals) if removals else ()
        # the removal was given a version that no sequence stands for: a return of the record must go beyond it
        known = [one for one in extra if one.record_id in standing]
        self._ledger.outgrow(
            {standing[o.record_id].id: (standing[o.record_id].sequence, (o.in_index or 0) + 1) for o in known}
        )
        self._writer.refresh(tenant)
        return sum(result.outcome is Outcome.WRITTEN for result in results)


def judged(record_id: str, place: Standing | None, held: Held | None) -> Finding | None:
    """Say how the index is wrong about a record that nobody is working on; None if it is right."""
    wanted = place.indexed_version if place is not None and place.state is State.INDEXED else None
    difference: Difference | None = None
    if held is None:
        difference = Difference.MISSING if wanted is not None else None
    elif place is None:
        difference = Difference.UNKNOWN
    elif wanted is None:
        difference = Difference.REMOVED
    elif held.version < wanted:
        difference = Difference.OLDER
    # vectors may be written and not noted yet: the same record, one version on
    elif held.version > wanted + (place.vectors is VectorState.PENDING):
        difference = Difference.NEWER
    elif held.rights != rights_digest(place.access):
        difference = Difference.RIGHTS
    if difference is None:
        return None
    return Finding(record_id, difference, wanted, held.version if held is not None else None)


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


class _Parts:
    """One side, cut into parts: how many records, and what they hash to."""

    def __init__(self, lines: Iterable[_Line]) -> None:
        self._sums: dict[str, tuple[int, int]] = {}
        for line in lines:
            # added up, so that no order has to be agreed on; 256 bits leave no room for chance
            count, value = self._sums.get(line.record_id[:_PART], (0, 0))
            said = f"{line.record_id} {line.version} {line.rights}".encode()
            value = (value + int.from_bytes(hashlib.sha256(said).digest())) % (1 << 256)
            self._sums[line.record_id[:_PART]] = (count + 1, value)

    @property
    def names(self) -> frozenset[str]:
        """The parts that hold something."""
        return frozenset(self._sums)

    @property
    def side(self) -> Side:
        """All parts together."""
        whole = sum(value for _, value in self._sums.values()) % (1 << 256)
        return Side(sum(count for count, _ in self._sums.values()), f"{whole:064x}")

    def other_than(self, theirs: _Parts) -> frozenset[str]:
        """Return the parts that are not the same on both sides."""
        return frozenset(n for n in self.names | theirs.names if self._sums.get(n) != theirs._sums.get(n))


def _lines(holdings: Iterable[Held]) -> Iterator[_Line]:
    return (_Line(held.record_id, held.version, held.rights) for held in holdings)


def _named(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the first of each kind."""
    counted: Counter[Difference] = Counter()
    named = []
    for one in sorted(findings, key=lambda f: f.record_id):
        counted[one.difference] += 1
        if counted[one.difference] <= NAMED:
            named.append(one)
    return tuple(named)
