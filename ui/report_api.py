"""What the API tells those who make reports, as values; asked by `ui.api.Api`."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ReportKind(_Answer):
    """A report there is."""

    name: str
    title: str
    title_en: str
    description: str
    description_en: str


class ReportKinds(_Answer):
    """The reports there are."""

    reports: tuple[ReportKind, ...] = ()


class Column(_Answer):
    """A column; only what has a unit is a number."""

    name: str
    title: str
    unit: str | None = None


class Row(_Answer):
    """One line: cells by column; what is None is hidden, and `marks` says why."""

    cells: dict[str, str | int | None]
    marks: dict[str, Literal["small", "covered", "at_least"]] = Field(default_factory=dict)
    total: bool = False


class Table(_Answer):
    """One table of a report."""

    name: str
    title: str
    note: str = ""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()
    #: whether the API draws it
    chart: bool = False

    @property
    def by_month(self) -> bool:
        """Whether each of its lines is a month."""
        return bool(self.columns) and self.columns[0].name == "month"


class Report(_Answer):
    """A report about the own town, or between several."""

    name: str
    title: str
    towns: tuple[str, ...] = ()
    begin: dt.date = Field(alias="from")
    end: dt.date = Field(alias="to")
    made_at: dt.datetime
    tables: tuple[Table, ...] = ()


class ReadyKind(ReportKind):
    """A ready-made report; a template that cannot be used has a problem."""

    problem: str | None = None


class ReadyKinds(_Answer):
    """The ready-made reports there are."""

    reports: tuple[ReadyKind, ...] = ()


class Span(_Answer):
    """A piece of a line."""

    text: str
    strong: bool = False
    emphasis: bool = False


class Block(_Answer):
    """A piece of a ready-made report; a table, or the place of its chart, names the report it is of."""

    kind: Literal["heading", "paragraph", "item", "table", "chart"]
    level: int = 0
    spans: tuple[Span, ...] = ()
    report: str | None = None
    table: Table | None = None


class ReadyReport(_Answer):
    """A ready-made report about the own town."""

    name: str
    title: str
    begin: dt.date = Field(alias="from")
    end: dt.date = Field(alias="to")
    made_at: dt.datetime
    blocks: tuple[Block, ...] = ()
