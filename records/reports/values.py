"""What a report is, as values: tables of words and numbers, with what is hidden named as hidden. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from records.reports.suppression import Figure, Mark

Cell = str | int | None


@dataclass(frozen=True)
class Column:
    """A column; `unit` says what its numbers are."""

    name: str
    title: str
    unit: str | None = None


@dataclass(frozen=True)
class Row:
    """One line: a cell for each column, in order; `marks` names by column what is hidden or only the least."""

    cells: tuple[Cell, ...]
    marks: Mapping[str, Mark] = field(default_factory=dict)
    #: what the other lines come to
    total: bool = False


@dataclass(frozen=True)
class Table:
    """One table of a report; `note` says in a sentence how to read it."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True)
class Kind:
    """A report there is: its name, what it is called, and what it tells, in German and in English."""

    name: str
    title: str
    title_en: str
    description: str
    description_en: str


@dataclass(frozen=True)
class Report:
    """A report about whole months, made for somebody of a town; about this town where `towns` names no others."""

    name: str
    title: str
    tenant: str
    begin: dt.date
    end: dt.date
    made_at: dt.datetime
    tables: tuple[Table, ...]
    towns: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """The towns whose figures these are."""
        return ", ".join(self.towns or (self.tenant,))


def row(columns: tuple[Column, ...], *cells: Cell | Figure, total: bool = False) -> Row:
    """Make a row of words and figures, one for each column."""
    marks = {
        column.name: cell.mark
        for column, cell in zip(columns, cells, strict=True)
        if isinstance(cell, Figure) and cell.mark is not None
    }
    return Row(tuple(cell.value if isinstance(cell, Figure) else cell for cell in cells), marks, total)
