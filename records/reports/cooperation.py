"""The one report across towns: sums of what each town's own reports show, for towns that agreed to be counted."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from records.reports.across import roughly, together
from records.reports.counting import MONTH, RUNS, TOTAL, measures, month_table
from records.reports.holdings import holdings
from records.reports.months import Months, said
from records.reports.reading import reading
from records.reports.retention import retention
from records.reports.sharing import sharing
from records.reports.suppression import Figure
from records.reports.use import use
from records.reports.values import Column, Kind, Table

COOPERATION = Kind(
    "cooperation",
    "Kooperation",
    "Cooperation",
    "Summen über alle beteiligten Kommunen: Bestand, Zuwachs, Nutzung und Freigaben; keine Zahl einer einzelnen.",
    "Sums over all towns that take part: holdings, growth, use and releases; no figure of a single one.",
)


#: by report, the table of its months, and what the sum of it is called
_BY_MONTH = (("holdings", "Zuwachs"), ("use", "Nutzung"), ("sharing", "Freigaben"))
#: totals of today that are a line of the stock: by report and table, what they count and in what
_TOTALS = (
    ("reading", "reason", "Nicht gelesene Dateien", "Dateien"),
    ("retention", "due", "Dem Archiv anzubieten", "Unterlagen"),
    ("sharing", "form", "Bestehende Freigaben", "Freigaben"),
)
_MADE = {"holdings": holdings, "reading": reading, "retention": retention, "sharing": sharing, "use": use}
_COVERED = (
    "Gezeigt wird nur, wozu mindestens vier Kommunen je fünf und mehr beitragen, ohne dass eine überwiegt; alles "
    "andere ist verdeckt."
)
_ROUGH = f"Stand jetzt, auf die ersten zwei Stellen abgerundet. {_COVERED}"

#: the tables of one town by report and name
_Tables = Mapping[tuple[str, str], Table]


def cooperation(connection: sa.Connection, towns: tuple[str, ...], months: Months) -> tuple[Table, ...]:
    """Return the tables of the report."""
    told = [_of(connection, town, months) for town in towns]
    return _stock(told), *(_by_month(told, months, report, title) for report, title in _BY_MONTH)


def _of(connection: sa.Connection, town: str, months: Months) -> _Tables:
    """Return what the reports of one town show."""
    return {(name, table.name): table for name, make in _MADE.items() for table in make(connection, town, months)}


def _stock(told: list[_Tables]) -> Table:
    first: dict[str, tuple[Figure, str]] = {}
    for one in told:
        for line in one["holdings", "stock"].rows:
            words, _, unit = line.cells
            first[str(words)] = (
                roughly(together([_at(t["holdings", "stock"], words, "value") for t in told])),
                str(unit),
            )
    for report, name, words, unit in _TOTALS:
        column = told[0][report, name].columns[-1].name
        figures = [_at(one[report, name], TOTAL, column) for one in told]
        first[words] = (roughly(together(figures)), unit)
    return measures("stock", "Bestand", first, _ROUGH)


def _by_month(told: list[_Tables], months: Months, report: str, title: str) -> Table:
    tables = [one[report, MONTH.name] for one in told]
    columns: list[tuple[Column, list[Figure]]] = []
    for column in tables[0].columns[1:]:
        by_month = [together([_at(table, said(month), column.name) for table in tables]) for month in months]
        columns.append((column, by_month))
    return month_table(report, f"{title} nach Monat", months, columns, f"{RUNS} {_COVERED}")


def _at(table: Table, line: object, column: str) -> Figure:
    """Return a figure of a table; nothing where the town has no such line."""
    place = [one.name for one in table.columns].index(column)
    for row in table.rows:
        if row.cells[0] == line:
            value = row.cells[place]
            return Figure(value if isinstance(value, int) else None, row.marks.get(column))
    return Figure(0)
