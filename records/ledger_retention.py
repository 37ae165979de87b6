"""Records whose retention has ended: they are to be offered to the archive. Nothing is removed by that.

A municipality must offer what it no longer needs to the archive before it may destroy it. Whether a record goes is
decided where it is kept, and reaches us as its leaving the source; here it is only said that its time has come.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from records.access import Principal, read_filter
from records.ledger_connection import LedgerConnection
from records.ledger_holds import held_entries
from records.ledger_managed import managed_tenant
from records.ledger_tables import State, entries, sources
from records.ledger_values import access_from_json

_THERE = entries.c.state.in_((State.INDEXED, State.PENDING, State.QUARANTINED)) & entries.c.parent_id.is_(None)


@dataclass(frozen=True)
class Due:
    """A record that is to be offered to the archive; its words only where the principal may read it."""

    record_id: str
    source: str
    retention_end: dt.date
    held: bool
    title: str | None
    file_reference: str | None


class LedgerRetention(LedgerConnection):
    """What a town is to offer to the archive; NotVisibleError unless a records manager asks."""

    def count(self, principal: Principal, day: dt.date) -> int:
        """Count records whose retention ended before `day`."""
        asked = sa.select(sa.func.count()).select_from(entries).where(due(managed_tenant(principal), day))
        with self._reading() as connection:
            return int(connection.execute(asked).scalar_one())

    def due(
        self, principal: Principal, day: dt.date, *, size: int, after: tuple[str, str] = ("", "")
    ) -> tuple[Due, ...]:
        """Return them, the longest overdue first; `after` is the end and the id of the last one seen."""
        tenant, rule = managed_tenant(principal), read_filter(principal)
        held = held_entries()
        later = (entries.c.retention_end > after[0]) | (
            (entries.c.retention_end == after[0]) & (entries.c.record_id > after[1])
        )
        asked = (
            sa.select(entries, sources.c.kind, entries.c.id.in_(sa.select(held.c.id)).label("held"))
            .join(sources, sources.c.id == entries.c.source_id)
            .where(due(tenant, day) & later)
            .order_by(entries.c.retention_end, entries.c.record_id)
            .limit(size)
        )
        found = []
        with self._reading() as connection:
            for row in connection.execute(asked):
                # SECURITY: that its time has come is for records managers; what it is, for whoever may read it.
                said = row.metadata if rule.admits(access_from_json(row.access)) else {}
                found.append(
                    Due(
                        record_id=row.record_id,
                        source=f"{row.kind}-{row.source_id}",
                        retention_end=dt.date.fromisoformat(row.retention_end),
                        held=bool(row.held),
                        title=said.get("title"),
                        file_reference=said.get("file_reference"),
                    )
                )
        return tuple(found)


def due(tenant: str, day: dt.date) -> sa.ColumnElement[bool]:
    """Return the condition of a town's records whose retention ended before a day."""
    return (entries.c.tenant == tenant) & (entries.c.retention_end < day.isoformat()) & _THERE
