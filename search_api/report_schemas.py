"""What the routes of reports say in common: a table, its columns and lines."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from records.reports.suppression import Mark
from records.reports.values import Table
from search_api.charts import has_chart


class ColumnOut(BaseModel):
    """A column, and what its numbers are."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    title: str
    unit: str | None


class RowOut(BaseModel):
    """One line: cells by the name of their column; null is hidden, and `marks` says by column why."""

    cells: dict[str, str | int | None]
    marks: dict[str, Mark] = Field(
        description="small: fewer than five; covered: would give a small one away; at_least: there is or may be more"
    )
    total: bool = Field(description="Whether it is what the other lines come to")


class TableOut(BaseModel):
    """One table, and a sentence on how to read it."""

    name: str
    title: str
    note: str
    columns: list[ColumnOut]
    rows: list[RowOut]
    chart: bool = Field(description="Whether `format=svg` draws it")


def table_out(table: Table) -> TableOut:
    """Return a table as the routes say it."""
    return TableOut(
        name=table.name,
        title=table.title,
        note=table.note,
        chart=has_chart(table),
        columns=[ColumnOut.model_validate(column) for column in table.columns],
        rows=[
            RowOut(
                cells={column.name: cell for column, cell in zip(table.columns, row.cells, strict=True)},
                marks=dict(row.marks),
                total=row.total,
            )
            for row in table.rows
        ],
    )
