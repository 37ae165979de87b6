"""What is to be offered to the archive, when the rest will be, and what a legal hold keeps."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from records.ledger_holds import held_entries
from records.ledger_retention import due
from records.ledger_tables import State, entries
from records.removal_tables import holds
from records.reports.counting import by_name, counted, stock_table
from records.reports.months import Months
from records.reports.values import Column, Table

_RECORDS = Column("records", "Unterlagen", "records")
_DUE = {"held": "fällig, unter einer Löschsperre", "free": "fällig, dem Archiv anzubieten"}
_HOLDS = {
    "alone": "besteht, die Quelle hat die Unterlage nicht mehr",
    "lifted": "aufgehoben",
    "there": "besteht",
}


def retention(connection: sa.Connection, tenant: str, months: Months) -> tuple[Table, ...]:
    """Return the tables of the report; they tell how things are today."""
    return _due(connection, tenant, months.today), _years(connection, tenant), _holds(connection, tenant)


def _due(connection: sa.Connection, tenant: str, today: dt.date) -> Table:
    held = held_entries()
    kept = sa.case(
        (entries.c.id.in_(sa.select(held.c.id)), sa.literal_column("'held'")), else_=sa.literal_column("'free'")
    )
    counts = by_name(counted(connection, kept, due(tenant, today)))
    columns = (Column("due", "Aufbewahrung abgelaufen"), _RECORDS)
    return stock_table("due", "Dem Archiv anzubieten", columns, {key: counts.get(key, 0) for key in _DUE}, _DUE)


def _years(connection: sa.Connection, tenant: str) -> Table:
    ends = due(tenant, dt.date.max)
    counts = by_name(counted(connection, sa.func.substr(entries.c.retention_end, 1, 4), ends))
    columns = (Column("year", "Ende der Aufbewahrung"), _RECORDS)
    return stock_table("year", "Ende der Aufbewahrung nach Jahr", columns, dict(sorted(counts.items())), {})


def _holds(connection: sa.Connection, tenant: str) -> Table:
    gone = entries.c.state.in_((State.REMOVING, State.REMOVED))
    how = sa.case(
        (holds.c.lifted_at.is_not(None), sa.literal_column("'lifted'")),
        (
            holds.c.entry_id.in_(sa.select(entries.c.id).where((entries.c.tenant == tenant) & gone)),
            sa.literal_column("'alone'"),
        ),
        else_=sa.literal_column("'there'"),
    )
    counts = by_name(counted(connection, how, holds.c.tenant == tenant))
    columns = (Column("hold", "Löschsperre"), Column("holds", "Löschsperren", "holds"))
    return stock_table("hold", "Löschsperren", columns, {key: counts.get(key, 0) for key in _HOLDS}, _HOLDS)
