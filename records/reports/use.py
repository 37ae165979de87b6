"""How a town uses the search: how much is asked, opened and exported, and how often in vain; never by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from records.audit_chain import Kind
from records.query import Mode
from records.reports.counting import MONTH, month_table, monthly, monthly_parts
from records.reports.months import Months, said
from records.reports.suppression import Parted, alone
from records.reports.values import Column, Table, row
from records.usage import LONGER, Use
from records.usage_tables import usage_counts

#: in the order in which they cover each other
_MODES = {Mode.SEMANTIC.value: "Sinn", Mode.KEYWORD.value: "Wörter", Mode.HYBRID.value: "Wörter und Sinn"}
#: those that programs ask most
_SEARCHES = {
    Kind.CITATIONS.value: "Zitate",
    Kind.SIMILAR.value: "Ähnliche Unterlagen",
    Kind.PRECEDENTS.value: "Vergleichsfälle",
    **_MODES,
}
_ANSWERS = {
    LONGER: "länger als 3 Sekunden",
    "3s": "bis 3 Sekunden",
    "1s": "bis 1 Sekunde",
    "0.3s": "bis 0,3 Sekunden",
}
_OPENED = {
    "image": "Bild einer Seite",
    "page": "Text einer Seite",
    "text": "Ganzer Text",
    "original": "Originaldatei",
    "record": "Unterlage",
}
_HUNDRED = 100

_ByMonth = dict[str, dict[str, int]]


def use(connection: sa.Connection, tenant: str, months: Months) -> tuple[Table, ...]:
    """Return the tables of the report."""
    counts = {what: _counted(connection, tenant, what) for what in Use}
    searches = monthly_parts(months, counts[Use.SEARCHES], tuple(_SEARCHES))
    opened = monthly_parts(months, counts[Use.OPENED], tuple(_OPENED))
    exports = monthly_parts(months, counts[Use.EXPORTS], tuple(_MODES))
    answers = monthly_parts(months, counts[Use.ANSWERS], tuple(_ANSWERS))
    vain = {month: sum(some.values()) for month, some in counts[Use.ZERO_HITS].items()}
    columns = (
        (Column("searches", "Suchen", "searches"), [one.total for one in searches]),
        (Column("zero_hits", "davon Fehlanzeigen", "searches"), monthly(months, vain)),
        (Column("opened", "Öffnungen", "openings"), [one.total for one in opened]),
        (Column("exports", "Ausgaben als Datei", "exports"), [one.total for one in exports]),
    )
    return (
        month_table("month", "Nutzung nach Monat", months, columns),
        _followed(months, searches, opened),
        _hits_opened(months, counts[Use.SHOWN], searches, opened),
        _by_parts("mode", "Suchen nach Suchart", months, searches, _SEARCHES),
        _by_parts("time", "Suchen nach Dauer der Antwort", months, answers, _ANSWERS),
        _by_parts("opened", "Öffnungen nach dem, was geöffnet wurde", months, opened, _OPENED),
        _by_parts("exports", "Ausgaben nach Suchart", months, exports, _MODES),
    )


def _counted(connection: sa.Connection, tenant: str, what: Use) -> _ByMonth:
    mine = (usage_counts.c.tenant == tenant) & (usage_counts.c.use == what.value)
    chosen = sa.select(
        sa.func.substr(usage_counts.c.day, 1, 7).label("month"), usage_counts.c.mode, usage_counts.c.number
    )
    inner = chosen.where(mine).subquery()
    asked = sa.select(inner.c.month, inner.c.mode, sa.func.sum(inner.c.number)).group_by(inner.c.month, inner.c.mode)
    counts: _ByMonth = {}
    for month, mode, number in connection.execute(asked):
        counts.setdefault(month, {})[mode] = int(number)
    return counts


def _by_parts(name: str, title: str, months: Months, told: list[Parted], titles: Mapping[str, str]) -> Table:
    columns: Any = [(Column(part, words), [one.parts[part] for one in told]) for part, words in titles.items()]
    return month_table(name, title, months, columns)


def _followed(months: Months, searches: list[Parted], opened: list[Parted]) -> Table:
    """How often something was opened, beside how often was asked; who opened after which search is nowhere noted."""
    columns = (MONTH, Column("share", "Öffnungen je 100 Suchen", "percent"))
    rows = []
    for month, asked, looked in zip(months, searches, opened, strict=True):
        # made of two figures that are shown, so it tells no more than they do; of a month that is over
        if month != months.running and asked.total.value and looked.total.value is not None:
            rows.append(row(columns, said(month), looked.total.value * _HUNDRED // asked.total.value))
    note = "Nur Monate, die vorbei sind und deren beide Zahlen gezeigt werden."
    return Table("share", "Öffnungen je 100 Suchen", columns, tuple(rows), note)


def _hits_opened(months: Months, shown: _ByMonth, searches: list[Parted], opened: list[Parted]) -> Table:
    """How many hits were shown, beside how often records were opened; which hit was opened by whom is nowhere noted."""
    columns = (
        MONTH,
        Column("share", "Geöffnete Unterlagen je 100 gezeigte Treffer", "percent"),
        Column("shown", "Gezeigte Treffer", "hits"),
        Column("opened", "Geöffnete Unterlagen", "openings"),
    )
    # hits were first counted some day in this month, records were opened before
    begun = min(shown, default="")
    rows = []
    for month, asked, looked in zip(months, searches, opened, strict=True):
        name, records = said(month), looked.parts[Kind.RECORD.value]
        hits = alone(sum(shown.get(name, {}).values()))
        # SECURITY: hits of a few searches tell how many these were: they are told where the searches are.
        if begun < name < said(months.running) and asked.total.value and hits.value and records.value is not None:
            rows.append(row(columns, name, records.value * _HUNDRED // hits.value, hits, records))
    note = (
        "Gezählt werden alle Treffer, die Suchen zeigten, und alle Öffnungen von Unterlagen, auch ohne Suche davor; "
        "wer welchen Treffer öffnete, wird nicht festgehalten. Nur Monate, die vorbei sind und deren Zahlen gezeigt "
        "werden, nach dem ersten, in dem Treffer gezählt wurden."
    )
    return Table("hits", "Geöffnete Unterlagen je 100 gezeigte Treffer", columns, tuple(rows), note)
