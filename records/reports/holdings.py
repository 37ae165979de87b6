"""What a town holds: how much there is, how it grew, and how it is divided.

The stock is told in steps of five, growth by whole months in total only: months by department would tell, beside the
stock of a department, what came in a month that is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from records.ledger_tables import VectorState, entries
from records.removal_tables import deletions
from records.reports.counting import (
    NOT_NAMED,
    OTHERS,
    RUNS,
    STEPS,
    TOTAL,
    as_shown_as,
    by_name,
    counted,
    found,
    measures,
    megabytes,
    month_in,
    month_table,
    monthly,
    settled,
    source_names,
)
from records.reports.months import Months, said
from records.reports.suppression import Figure, alone, gathered, parted, whole
from records.reports.values import Column, Row, Table, row

RECORDS, MEGABYTES = Column("records", "Unterlagen", "records"), Column("megabytes", "Megabyte", "MB")
_ADDED = Column("added", "Hinzugekommen", "records")
_LEFT = Column("left", "Aus der Quelle entfernt", "records")

#: what clerks wrote, and sources said, about records
_DIVIDED_BY = {
    "department": ("Nach Amt", Column("department", "Amt")),
    "file_plan": ("Nach Aktenplan", Column("file_plan", "Aktenplan")),
    "document_type": ("Nach Dokumentart", Column("document_type", "Dokumentart")),
}
#: groups that are named, at most
_MOST_GROUPS = 100


def holdings(connection: sa.Connection, tenant: str, months: Months) -> tuple[Table, ...]:
    """Return the tables of the report."""
    return (
        _stock(connection, tenant),
        _growth(connection, tenant, months),
        *(_divided(connection, tenant, name) for name in _DIVIDED_BY),
        _by_source(connection, tenant),
    )


def records_by_source(connection: sa.Connection, tenant: str) -> dict[str, tuple[Figure, int]]:
    """Return how many records each source of the town has, as they may be shown, and their bytes."""
    names = source_names(connection, tenant)
    there = counted(connection, entries.c.source_id, found(tenant), entries.c.size)
    told = parted({name: there.get(number, (0, 0))[0] for number, name in names.items()})
    return {name: (told.parts[name], there.get(number, (0, 0))[1]) for number, name in names.items()}


def _stock(connection: sa.Connection, tenant: str) -> Table:
    kept = counted(
        connection, entries.c.vectors, found(tenant), entries.c.size, entries.c.page_count, entries.c.passage_count
    )
    number, size, pages, passages = (sum(line[n] for line in kept.values()) for n in range(4))
    done = kept.get(VectorState.DONE, (0, 0, 0, 0))
    all_of_them, by_meaning = whole(number), alone(done[0])
    lines = {
        "Unterlagen": (all_of_them.in_steps(), "Unterlagen"),
        "Umfang der Dateien": (megabytes(all_of_them, size), "Megabyte"),
        "Seiten": (as_shown_as(all_of_them, pages), "Seiten"),
        "Textstellen": (as_shown_as(all_of_them, passages), "Textstellen"),
        "Unterlagen, die auch nach dem Sinn gefunden werden": (by_meaning.in_steps(), "Unterlagen"),
        "Vektoren": (as_shown_as(by_meaning, done[3]), "Vektoren"),
    }
    return measures("stock", "Bestand", lines)


def _growth(connection: sa.Connection, tenant: str, months: Months) -> Table:
    came = counted(connection, month_in(connection, entries.c.created_at), found(tenant), entries.c.size)
    gone = (deletions.c.tenant == tenant) & deletions.c.returned_at.is_(None)
    left = by_name(counted(connection, month_in(connection, deletions.c.left_at), gone))
    over = {month: came[month][0] for month in sorted(came) if month < said(months.running)}
    # SECURITY: the stock is known, so months are parts of it: all that are over, whichever were asked for.
    told = parted(over).parts
    added = [
        settled(months, month, alone(came.get(said(month), (0, 0))[0]) if month == months.running else figure)
        for month in months
        for figure in [told.get(said(month), Figure(0))]
    ]
    sizes = [megabytes(figure, came.get(said(month), (0, 0))[1]) for month, figure in zip(months, added, strict=True)]
    columns = ((_ADDED, added), (MEGABYTES, sizes), (_LEFT, monthly(months, left)))
    note = f"Was noch vorhanden ist, nach dem Monat des Eingangs. {RUNS}"
    return month_table("month", "Zuwachs nach Monat", months, columns, note)


def _divided(connection: sa.Connection, tenant: str, name: str) -> Table:
    title, what = _DIVIDED_BY[name]
    there = _by_field(connection, tenant, name)
    told = gathered({key: line[0] for key, line in there.items()}, most=_MOST_GROUPS)
    columns = (what, RECORDS, MEGABYTES)
    rows: list[Row] = []
    for group, count in told.named.items():
        rows.append(_line(columns, group, Figure(count), there[group][1]))
    if told.rest:
        rows.append(_line(columns, OTHERS, whole(told.rest), sum(there[group][1] for group in told.others)))
    if rows:
        rows.append(_line(columns, TOTAL, told.total, sum(line[1] for line in there.values()), total=True))
    note = f"{STEPS} Gruppen mit weniger als fünf Unterlagen stehen zusammen unter „{OTHERS}“."
    return Table(name, title, columns, tuple(rows), note)


def _by_field(connection: sa.Connection, tenant: str, name: str) -> Mapping[str, tuple[int, ...]]:
    there = counted(connection, entries.c.metadata[name].as_string(), found(tenant), entries.c.size)
    by_words: dict[str, tuple[int, ...]] = {}
    for key, (number, size) in there.items():
        # what differs in white space only is one group
        words = " ".join(str(key or "").split()) or NOT_NAMED
        before = by_words.get(words, (0, 0))
        by_words[words] = (before[0] + number, before[1] + size)
    return by_words


def _by_source(connection: sa.Connection, tenant: str) -> Table:
    columns = (Column("source", "Quelle"), RECORDS, MEGABYTES)
    told = records_by_source(connection, tenant)
    rows = tuple(_line(columns, name, figure, size) for name, (figure, size) in told.items())
    return Table("source", "Nach Quelle", columns, rows, STEPS)


def _line(columns: tuple[Column, ...], name: str, files: Figure, size: int, *, total: bool = False) -> Row:
    return row(columns, name, files.in_steps(), megabytes(files, size), total=total)
