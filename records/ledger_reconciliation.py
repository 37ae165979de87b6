"""The part of the ledger that says what the index should hold, and has it written again where it does not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from records.access import Principal, ReadAccess
from records.ledger_connection import pieces
from records.ledger_managed import managed_tenant
from records.ledger_released import LedgerReleased, beyond
from records.ledger_tables import State, VectorState, entries
from records.ledger_values import access_from_json
from records.reconciliation import Comparison
from records.reconciliation_tables import reconciliations

_PAGE = 5_000
#: results kept of each tenant: a quarter of a year of nights, and what people asked for
_KEPT = 120
_OPEN = (State.PENDING, State.REMOVING)


@dataclass(frozen=True)
class Expected:
    """A record that the index should hold."""

    record_id: str
    version: int
    access: ReadAccess


@dataclass(frozen=True)
class Standing:
    """Where the entry of a record stands; two that are equal saw no change in between."""

    id: int
    record_id: str
    sequence: int
    state: State
    indexed_version: int | None
    access: ReadAccess
    vectors: VectorState
    #: somebody is working on it, or will: the index may be behind or ahead
    moving: bool


@dataclass(frozen=True)
class Latest:
    """The newest results, and how old the oldest of them is."""

    results: tuple[dict[str, Any], ...]
    age_seconds: float


class LedgerReconciliation(LedgerReleased):
    """What a reconciliation asks and tells the ledger."""

    def expected(self, tenant: str) -> Iterator[Expected]:
        """Yield what the index should hold of a tenant, a page at a time; ids are ASCII, so any collation will do."""
        # ten thousand records with the same rights need their rights read once
        known: dict[str, ReadAccess] = {}
        after = ""
        while True:
            asked = (
                sa.select(
                    entries.c.record_id,
                    entries.c.indexed_version,
                    sa.cast(entries.c.access, sa.Text).label("access"),
                )
                .where(
                    (entries.c.tenant == tenant)
                    & (entries.c.record_id > after)
                    & entries.c.indexed_version.is_not(None)
                )
                .order_by(entries.c.record_id)
                .limit(_PAGE)
            )
            with self._reading() as connection:
                rows = connection.execute(asked).all()
            for row in rows:
                access = known.setdefault(row.access, access_from_json(json.loads(row.access)))
                yield Expected(row.record_id, row.indexed_version, access)
            if len(rows) < _PAGE:
                return
            after = rows[-1].record_id

    def standing(self, tenant: str, record_ids: Sequence[str]) -> dict[str, Standing]:
        """Return where the entries of these records stand; without those that the ledger does not know."""
        leased = (entries.c.lease_until > self._clock) | (entries.c.vectors_until > self._clock)
        moving = entries.c.state.in_(_OPEN) | sa.func.coalesce(leased, sa.false())
        found: dict[str, Standing] = {}
        with self._reading() as connection:
            for some in pieces(record_ids):
                asked = sa.select(entries, moving.label("moving")).where(
                    (entries.c.tenant == tenant) & entries.c.record_id.in_(some)
                )
                for row in connection.execute(asked):
                    found[row.record_id] = Standing(
                        row.id,
                        row.record_id,
                        row.sequence,
                        State(row.state),
                        row.indexed_version,
                        access_from_json(row.access),
                        VectorState(row.vectors),
                        bool(row.moving),
                    )
        return found

    def write_again(self, found: Mapping[int, tuple[int, int]]) -> tuple[int, ...]:
        """Let entries be written anew; returns the ids of those that nobody changed meanwhile.

        `found` holds by entry the sequence it had, and the version that the index held (0 for none). Nothing is read
        or embedded again where text and vectors are kept.
        """
        changed: list[int] = []
        with self._writing() as connection:
            for entry_id, (sequence, seen) in found.items():
                changed += connection.execute(
                    entries.update()
                    .where(
                        (entries.c.id == entry_id)
                        & (entries.c.sequence == sequence)
                        & (entries.c.state == State.INDEXED)
                    )
                    .values(
                        state=State.PENDING,
                        sequence=beyond(sequence, seen),
                        attempts=0,
                        rights_only=True,
                        vectors=VectorState.NONE,
                        lease_owner=None,
                        lease_until=None,
                        queued_at=self._clock,
                        changed_at=time.time(),
                    )
                    .returning(entries.c.id)
                ).scalars()
        return tuple(changed)

    def outgrow(self, found: Mapping[int, tuple[int, int]]) -> None:
        """Let the sequences of tombstones be higher than what the index held, so that a return is not refused."""
        with self._writing() as connection:
            for entry_id, (sequence, seen) in found.items():
                connection.execute(
                    entries.update()
                    .where((entries.c.id == entry_id) & (entries.c.sequence == sequence))
                    .values(sequence=beyond(sequence, seen))
                )

    def keep(self, comparison: Comparison) -> None:
        """Keep a result; the oldest of the tenant goes when there are many."""
        with self._writing() as connection:
            connection.execute(
                reconciliations.insert().values(
                    tenant=comparison.tenant,
                    ended_at=comparison.ended_at.timestamp(),
                    result=comparison.as_json(),
                )
            )
            mine = reconciliations.c.tenant == comparison.tenant
            kept = sa.select(reconciliations.c.id).where(mine).order_by(reconciliations.c.id.desc()).limit(_KEPT)
            connection.execute(reconciliations.delete().where(mine & reconciliations.c.id.not_in(kept)))

    def results(self, principal: Principal, *, size: int) -> tuple[dict[str, Any], ...]:
        """Return the results for the principal's tenant, newest first; NotVisibleError unless a records manager."""
        tenant = managed_tenant(principal)
        asked = (
            sa.select(reconciliations.c.result)
            .where(reconciliations.c.tenant == tenant)
            .order_by(reconciliations.c.id.desc())
            .limit(size)
        )
        with self._reading() as connection:
            return tuple(connection.execute(asked).scalars())

    def latest(self) -> Latest:
        """Return the newest result of each town, for figures over all of them."""
        newest = sa.select(sa.func.max(reconciliations.c.id)).group_by(reconciliations.c.tenant)
        asked = sa.select(reconciliations.c.result, (self._clock - reconciliations.c.ended_at).label("age")).where(
            reconciliations.c.id.in_(newest)
        )
        with self._reading() as connection:
            rows = connection.execute(asked).all()
        return Latest(tuple(row.result for row in rows), max((max(0.0, row.age) for row in rows), default=0.0))
