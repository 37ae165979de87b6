"""How the sources of a town are doing: when each was looked at, how fast, what comes, fails, and is forgotten."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import sqlalchemy as sa

from records.ledger_removals import CLASSES
from records.ledger_tables import State, entries, sources, sync_months
from records.removal_tables import deletions
from records.reports.counting import MONTH, counted, found, source_names
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
_RUNS = (
    MONTH,
    Column("source", "Quelle"),
    Column("runs", "Vollständige Läufe"),
    Column("seconds", "Sekunden je Lauf"),
    Column("longest", "Längster Lauf in Sekunden"),
    Column("a_minute", "Dateien je Minute"),
)
_NOTE_ON_RUNS = (
    "Ein Lauf stellt fest, was die Quelle zeigt, und übernimmt Neues und Geändertes; gelesen wird es danach. Dateien "
    "je Lauf auf fünf abgerundet, Sekunden aufgerundet. Abgebrochene Läufe zählen nicht."
)
_MINUTE = 60
#: shorter than this no run is
_SHORTEST = 0.001
_OFTEN = 95
_HUNDRED = 100


def source_figures(connection: sa.Connection, tenant: str, months: Months) -> tuple[Table, ...]:
    """Return the tables of the report: how things are now, and how long runs took, month by month."""
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
    return Table("source", "Quellen", _COLUMNS, tuple(rows), _NOTE), _speed(connection, names, months)


def _speed(connection: sa.Connection, names: dict[int, str], months: Months) -> Table:
    """How fast runs were. They are the machine's, not of people; files they looked at are noted in steps of five."""
    first, last = months.asked
    asked = (
        sa.select(sync_months)
        .where(sync_months.c.source_id.in_(names) & sync_months.c.month.between(first, last))
        .order_by(sync_months.c.month, sync_months.c.source_id)
    )
    rows = [
        row(
            _RUNS,
            line.month,
            names[line.source_id],
            line.runs,
            math.ceil(line.seconds / line.runs),
            math.ceil(line.longest),
            math.floor(line.files * _MINUTE / max(line.seconds, _SHORTEST)) if line.files else None,
        )
        for line in connection.execute(asked)
    ]
    return Table("speed", "Dauer der Läufe", _RUNS, tuple(rows), _NOTE_ON_RUNS)


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
