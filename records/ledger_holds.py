"""Legal holds: while one lasts, nothing of a record is erased, even when its source loses it.

A hold is no right to read. What leaves its source leaves every search at once, held or not; file, text and words then
stay where only whoever may end the hold gets at them, until it is lifted (docs/decisions/0021-legal-hold.md).
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

import sqlalchemy as sa

from records.access import Principal
from records.errors import InvalidInputError, NotVisibleError
from records.ledger_connection import LedgerConnection
from records.ledger_managed import managed_tenant
from records.ledger_tables import State, entries
from records.removal_tables import holds

MAX_REASON = 500
_MAX_DIGITS = 9


@dataclass(frozen=True)
class Hold:
    """A record that must not be erased; no word of it, beside the reason that was written for the hold."""

    hold_id: str
    record_id: str
    reason: str
    placed_by: str
    placed_at: dt.datetime
    #: whether the source still has the record; otherwise the hold alone keeps it
    at_source: bool
    lifted_by: str | None = None
    lifted_at: dt.datetime | None = None


def held_entries() -> sa.CTE:
    """Return the ids of all entries under a hold, with what came out of them, as a part of a query."""
    placed = sa.select(holds.c.entry_id.label("id")).where(holds.c.lifted_at.is_(None)).cte("held", recursive=True)
    return placed.union(sa.select(entries.c.id).join(placed, entries.c.parent_id == placed.c.id))


def held_content() -> sa.Select[tuple[str]]:
    """Return the contents that records had when a hold was placed on them."""
    return sa.select(holds.c.sha256).where(holds.c.lifted_at.is_(None) & holds.c.sha256.is_not(None))


class LedgerHolds(LedgerConnection):
    """What records managers decide about holds; NotVisibleError unless one of the record's town asks."""

    def place(self, principal: Principal, record_id: str, reason: str) -> Hold:
        """Put a record under a hold; a record that is under one keeps it as it was placed."""
        tenant = managed_tenant(principal)
        reason = " ".join(reason.split())
        if not 0 < len(reason) <= MAX_REASON:
            raise InvalidInputError("reason", f"must have 1 to {MAX_REASON} characters")
        with self._writing() as connection:
            # SECURITY: a record of another town is as unknown as none at all; what is erased cannot be held any more.
            row = connection.execute(
                sa.select(entries).where(
                    (entries.c.tenant == tenant)
                    & (entries.c.record_id == record_id)
                    & ((entries.c.state != State.REMOVED) | (entries.c.file_name != ""))
                )
            ).first()
            if row is None:
                raise NotVisibleError("no such record")
            mine = (holds.c.entry_id == row.id) & holds.c.lifted_at.is_(None)
            known = connection.execute(sa.select(holds.c.id).where(mine)).scalar()
            if known is None:
                known = connection.execute(
                    holds.insert()
                    .values(
                        tenant=tenant,
                        entry_id=row.id,
                        record_id=row.record_id,
                        reason=reason,
                        placed_by=principal.subject,
                        placed_at=time.time(),
                        sha256=row.sha256,
                        file_name=row.file_name,
                        metadata=row.metadata,
                        access=row.access,
                    )
                    .returning(holds.c.id)
                ).scalar_one()
            return self._hold(connection, tenant, int(known))

    def lift(self, principal: Principal, hold_id: str) -> Hold:
        """End a hold; what its record has lost meanwhile is erased in the usual way. Again changes nothing."""
        tenant = managed_tenant(principal)
        number = _number(hold_id)
        with self._writing() as connection:
            connection.execute(
                holds.update()
                .where((holds.c.id == number) & (holds.c.tenant == tenant) & holds.c.lifted_at.is_(None))
                .values(lifted_by=principal.subject, lifted_at=time.time())
            )
            return self._hold(connection, tenant, number)

    def hold(self, principal: Principal, hold_id: str) -> Hold:
        """Return one hold of the town."""
        tenant = managed_tenant(principal)
        with self._reading() as connection:
            return self._hold(connection, tenant, _number(hold_id))

    def of(self, principal: Principal, *, size: int = 100) -> tuple[Hold, ...]:
        """Return the holds of the town: those that last first, each kind newest first."""
        tenant = managed_tenant(principal)
        asked = _asked(tenant).order_by(holds.c.lifted_at.is_not(None), holds.c.id.desc()).limit(size)
        with self._reading() as connection:
            return tuple(_hold(row) for row in connection.execute(asked))

    def _hold(self, connection: sa.Connection, tenant: str, number: int) -> Hold:
        row = connection.execute(_asked(tenant).where(holds.c.id == number)).first()
        if row is None:
            raise NotVisibleError("no such hold")
        return _hold(row)


def _number(hold_id: str) -> int:
    return int(hold_id) if hold_id.isdecimal() and len(hold_id) <= _MAX_DIGITS else 0


def _asked(tenant: str) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(*holds.c, entries.c.state)
        .join(entries, entries.c.id == holds.c.entry_id)
        .where(holds.c.tenant == tenant)
    )


def _hold(row: sa.Row[tuple[object, ...]]) -> Hold:
    of = row._mapping  # noqa: SLF001  the public name of it
    lifted = of["lifted_at"]
    return Hold(
        hold_id=str(of["id"]),
        record_id=of["record_id"],
        reason=of["reason"],
        placed_by=of["placed_by"],
        placed_at=dt.datetime.fromtimestamp(of["placed_at"], dt.UTC),
        at_source=of["state"] not in {State.REMOVING, State.REMOVED},
        lifted_by=of["lifted_by"],
        lifted_at=dt.datetime.fromtimestamp(lifted, dt.UTC) if lifted is not None else None,
    )
