"""How the tables of reports are counted and laid out: what they have in common. Every question names its town first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from records.ledger_tables import State, entries, sources
from records.reports.months import Months, said
from records.reports.suppression import Figure, Parted, alone, parted, summed
from records.reports.values import Column, Table, row

MONTH = Column("month", "Monat")
NOT_NAMED = "ohne Angabe"
OTHERS = "Übrige"
TOTAL = "Summe"
STEPS = "Stand jetzt, auf ein Vielfaches von fünf abgerundet."
RUNS = "Der laufende Monat ist auf ein Vielfaches von fünf abgerundet."
_MEGA = 1_000_000


def found(tenant: str) -> sa.ColumnElement[bool]:
    """Return the condition of records of a town that searches find."""
    there = entries.c.state.in_((State.INDEXED, State.PENDING)) & entries.c.indexed_version.is_not(None)
    return (entries.c.tenant == tenant) & there


def month_in(connection: sa.Connection, seconds: sa.ColumnElement[float]) -> sa.ColumnElement[str]:
    """Return the month (`2026-03`, UTC) of a moment, as a part of a question."""
    if connection.dialect.name == "sqlite":
        return sa.func.strftime("%Y-%m", seconds, "unixepoch")
    return sa.func.to_char(sa.func.timezone("UTC", sa.func.to_timestamp(seconds)), "YYYY-MM")


def counted(
    connection: sa.Connection, key: sa.ColumnElement[Any], condition: sa.ColumnElement[bool], *sums: sa.Column[Any]
) -> dict[Any, tuple[int, ...]]:
    """Return by key how many rows there are, and what the given columns sum up to."""
    chosen = sa.select(key.label("k"), *(column.label(f"s{n}") for n, column in enumerate(sums))).where(condition)
    inner = chosen.subquery()
    summing = [sa.func.coalesce(sa.func.sum(inner.c[f"s{n}"]), 0) for n in range(len(sums))]
    asked = sa.select(inner.c.k, sa.func.count(), *summing).group_by(inner.c.k)
    return {line[0]: tuple(int(number) for number in line[1:]) for line in connection.execute(asked)}


def by_name(counts: Mapping[Any, tuple[int, ...]]) -> dict[str, int]:
    """Return what `counted` found, without sums, by name; what has none is called so."""
    return {str(key) if key is not None else NOT_NAMED: numbers[0] for key, numbers in counts.items()}


def source_names(connection: sa.Connection, tenant: str) -> dict[int, str]:
    """Return the sources of a town by number."""
    asked = sa.select(sources.c.id, sources.c.kind).where(sources.c.tenant == tenant).order_by(sources.c.id)
    return {line.id: f"{line.kind}-{line.id}" for line in connection.execute(asked)}


def settled(months: Months, month: int, figure: Figure) -> Figure:
    """Return a month's figure: as it is once the month is over, the least it is while it runs."""
    return figure.at_least() if month == months.running else figure


def monthly(months: Months, numbers: Mapping[str, int]) -> list[Figure]:
    """Return how much each of these months had, each for itself."""
    return [settled(months, month, alone(numbers.get(said(month), 0))) for month in months]


def monthly_parts(months: Months, numbers: Mapping[str, Mapping[str, int]], names: Sequence[str]) -> list[Parted]:
    """Return the parts of each month; how one is told never depends on the months beside it."""
    told = []
    for month in months:
        one = parted({name: numbers.get(said(month), {}).get(name, 0) for name in names})
        parts = {name: settled(months, month, figure) for name, figure in one.parts.items()}
        told.append(Parted(parts, settled(months, month, one.total)))
    return told


def month_table(
    name: str, title: str, months: Months, columns: Sequence[tuple[Column, Sequence[Figure]]], note: str = RUNS
) -> Table:
    """Lay columns of months out, with what their shown figures come to; no row where nothing was."""
    heads = (MONTH, *(column for column, _ in columns))
    if all(figure == Figure(0) for _, figures in columns for figure in figures):
        return Table(name, title, heads, (), note)
    lines = zip(months, *(figures for _, figures in columns), strict=True)
    rows = [row(heads, said(month), *figures) for month, *figures in lines]
    rows.append(row(heads, TOTAL, *(summed(figures) for _, figures in columns), total=True))
    return Table(name, title, heads, tuple(rows), note)


def stock_table(
    name: str, title: str, columns: tuple[Column, Column], counts: Mapping[str, int], titles: Mapping[str, str]
) -> Table:
    """Lay out how much there is of each of some known kinds, in steps of five; kinds of nothing are left out."""
    told = parted({key: count for key, count in counts.items() if count})
    rows = [row(columns, titles.get(key, key), figure.in_steps()) for key, figure in told.parts.items()]
    if rows:
        rows.append(row(columns, TOTAL, told.total.in_steps(), total=True))
    return Table(name, title, columns, tuple(rows), STEPS)


def measures(name: str, title: str, lines: Mapping[str, tuple[Figure, str]], note: str = STEPS) -> Table:
    """Lay out single numbers, each with its unit; no row where all are nothing."""
    columns = (Column("measure", "Kennzahl"), Column("value", "Wert"), Column("unit", "Einheit"))
    if all(figure == Figure(0) for figure, _ in lines.values()):
        return Table(name, title, columns, (), note)
    return Table(name, title, columns, tuple(row(columns, said_so, *line) for said_so, line in lines.items()), note)


def as_shown_as(files: Figure, number: int) -> Figure:
    """Return a sum over files, in steps of five; hidden where the files are too few to be counted."""
    # SECURITY: what single files come to is not told where their number is not.
    return Figure(number).in_steps() if files.shown else files


def megabytes(files: Figure, number: int) -> Figure:
    """Return bytes by the million; hidden as above."""
    # SECURITY: see as_shown_as.
    return Figure(number // _MEGA) if files.shown else files
