"""The same content held more than once: how many contents, how many files, and how much room the copies take."""

from __future__ import annotations

import sqlalchemy as sa

from records.ledger_tables import entries
from records.reports.counting import STEPS, TOTAL, as_shown_as, found, megabytes
from records.reports.months import Months
from records.reports.suppression import parted
from records.reports.values import Column, Table, row

_COLUMNS = (
    Column("copies", "So oft vorhanden"),
    Column("contents", "Inhalte", "contents"),
    Column("files", "Unterlagen", "records"),
    Column("megabytes", "Mehrbedarf in Megabyte", "MB"),
)
#: upper ends of the classes of copies
_CLASSES = ((2, "zweimal"), (3, "dreimal"), (9, "4- bis 9-mal"), (10**9, "10-mal und öfter"))


def duplicates(connection: sa.Connection, tenant: str, _: Months) -> tuple[Table, ...]:
    """Return the one table of the report; it tells how things are now."""
    there = (
        sa.select(sa.func.count().label("copies"), sa.func.coalesce(sa.func.max(entries.c.size), 0).label("size"))
        .where(found(tenant) & entries.c.sha256.is_not(None))
        .group_by(entries.c.sha256)
        .having(sa.func.count() > 1)
        .subquery()
    )
    more = sa.func.sum(there.c.size * (there.c.copies - 1))
    asked = sa.select(there.c.copies, sa.func.count(), more).group_by(there.c.copies)
    contents, files, sizes = ({words: 0 for _, words in _CLASSES} for _ in range(3))
    for copies, number, size in connection.execute(asked):
        words = next(words for most, words in _CLASSES if copies <= most)
        contents[words] += int(number)
        files[words] += int(copies) * int(number)
        sizes[words] += int(size)
    told = parted(contents)
    parts = {**told.parts, TOTAL: told.total}
    files[TOTAL], sizes[TOTAL] = sum(files.values()), sum(sizes.values())
    rows = tuple(
        row(
            _COLUMNS,
            words,
            figure.in_steps(),
            as_shown_as(figure, files[words]),
            megabytes(figure, sizes[words]),
            total=words == TOTAL,
        )
        for words, figure in parts.items()
    )
    return (Table("copies", "Mehrfach vorhandene Inhalte", _COLUMNS, rows if files[TOTAL] else (), STEPS),)
