"""How the sources of a town are doing: when each was looked at, what comes, what fails, how fast it is forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from records.ledger_removals import CLASSES
from records.ledger_tables import State, entries, sources
from records.removal_tables import deletions
from records.reports.counting import counted, found, source_names
from records.reports.holdings import records_by_source
from records.reports.months import Months, first_day, last_day, starts_at
from records.reports.suppression import SMALL, Figure, parted
from records.reports.values import Column, Row, Table, row

_COLUMNS = (
    Column("source", "Quelle"),
    Column("kind", "Art"),
    Column("state", "Letzter Abgleich"),
    Column("last_sync", "Zuletzt abgeglichen"),
    Column("records", "Unterlagen", "records"),
    Column("added", "Im letzten vollen Monat hinzugekommen", "records"),
    Column("a_day", "davon je Tag", "records"),
    Column("errors", "Nicht gelesene Dateien", "files"),
    Column("gone", "Zeit bis zur Löschung (95 von 100)", "seconds"),
)
_NOTE = "Auf fünf abgerundet; die Zeit bis zur Löschung ab fünf Löschungen."
_OFTEN = 95
_HUNDRED = 100


def source_figures(connection: sa.Connection, tenant: str, months: Months) -> tuple[Table, ...]:
    """Return the one table of the report; it tells how things are now."""
    names = source_names(connection, tenant)
    held = records_by_source(connection, tenant)
    mine = (entries.c.tenant == tenant) & (entries.c.state == State.QUARANTINED)
    errors = _parts(names, counted(connection, entries.c.source_id, mine))
    month = months.running - 1
    came = (entries.c.created_at >= starts_at(month)) & (entries.c.created_at < starts_at(month + 1))
    added = _parts(names, counted(connection, entries.c.source_id, found(tenant) & came))
    days = (last_day(month) - first_day(month)).days + 1
    rows: list[Row] = []
    for line in connection.execute(sa.select(sources).where(sources.c.tenant == tenant).order_by(sources.c.id)):
        name, new = names[line.id], added[line.id].in_steps()
        rows.append(
            row(
                _COLUMNS,
                name,
                line.kind,
                _state(line),
                _moment(line.last_sync_at),
                held[name][0].in_steps(),
                new,
                Figure(new.value // days) if new.value is not None else new,
                errors[line.id].in_steps(),
                _gone(connection, tenant, line.id),
            )
        )
    return (Table("source", "Quellen", _COLUMNS, tuple(rows), _NOTE),)


def _parts(names: dict[int, str], counts: dict[int, tuple[int, ...]]) -> dict[int, Figure]:
    told = parted({name: counts.get(number, (0,))[0] for number, name in names.items()})
    return {number: told.parts[name] for number, name in names.items()}


def _state(line: Any) -> str:
    # SECURITY: why a run broke off can name files and machines; that it did is told.
    if line.paused:
        return "angehalten"
    if line.last_sync_at is None:
        return "noch nie"
    return "abgebrochen" if line.last_error else "vollständig"


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="minutes")


def _gone(connection: sa.Connection, tenant: str, source: int) -> int | None:
    """Return within how many seconds most deletions were done, as the end of a class; None for fewer than five."""
    took = deletions.c.erased_at - deletions.c.left_at
    done = (deletions.c.tenant == tenant) & (deletions.c.source_id == source) & deletions.c.erased_at.is_not(None)
    classes = [sa.func.count(sa.case((took <= most, 1))) for most in CLASSES]
    number, *within = connection.execute(sa.select(sa.func.count(), *classes).where(done)).one()
    # SECURITY: a few deletions are a few records.
    if number < SMALL:
        return None
    return next((int(most) for most, so in zip(CLASSES, within, strict=True) if so * _HUNDRED >= number * _OFTEN), None)
