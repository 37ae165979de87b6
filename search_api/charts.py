"""Draws a table of a report as SVG: bars, a legend, and a word where a number is hidden. Pages and PDF show the same.

The picture tells nothing that the table below it does not; whoever sees no pictures misses nothing.
"""

from __future__ import annotations

import io
import threading

import matplotlib as mpl
from matplotlib.figure import Figure

from records.reports.counting import MONTH
from records.reports.values import Column, Row, Table
from search_api.report_cells import HIDDEN

#: what the styles of the pages call accent and its neighbours; told apart by brightness too
_COLOURS = ("#171a2b", "#5b6fb5", "#b0bbe3", "#8a5a00", "#d7a85c")
_LONGEST_LABEL = 32
_MOST_BARS = 40
#: names beside each other
_LEGEND = 3
_WIDTH = 9.0

mpl.rcParams.update(
    {
        # SECURITY: names come from strangers' files; without this "$…$" in one is a formula to be typeset.
        "text.parse_math": False,
        # letters stay letters, in the fonts of whoever looks; the same table is the same picture
        "svg.fonttype": "none",
        "svg.hashsalt": "aktensuche",
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
)
#: the library keeps fonts and settings for all threads together
_drawing = threading.Lock()


def has_chart(table: Table) -> bool:
    """Say whether there is something to draw."""
    return any(_value(table, row, column) is not None for row in _lines(table) for column in _beside(table))


def chart(table: Table) -> bytes:
    """Return the chart of a table that has one."""
    rows = _lines(table)
    with _drawing:
        return _drawn(table, rows[-_MOST_BARS:] if _by_month(table) else rows[:_MOST_BARS])


def _lines(table: Table) -> list[Row]:
    return [row for row in table.rows if not row.total]


def _by_month(table: Table) -> bool:
    return table.columns[0].name == MONTH.name


def _beside(table: Table) -> list[Column]:
    """Return what one chart can show: the first column with a unit, and those with the same."""
    counted = [column for column in table.columns if column.unit]
    return [column for column in counted if column.unit == counted[0].unit]


def _drawn(table: Table, rows: list[Row]) -> bytes:
    by_month = _by_month(table)
    height = 3.2 if by_month else 0.9 + 0.34 * len(rows)
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    columns, places = _beside(table), range(len(rows))
    thick = 0.8 / len(columns)
    for number, column in enumerate(columns):
        at = [place - 0.4 + thick * (number + 0.5) for place in places]
        values = [_value(table, row, column) or 0 for row in rows]
        colour = _COLOURS[number % len(_COLOURS)]
        if by_month:
            axes.bar(at, values, thick, color=colour, label=_label(column.title))
        else:
            axes.barh(at, values, thick, color=colour, label=_label(column.title))
        for place, row in zip(at, rows, strict=True):
            # no bar is nothing; what is hidden is said
            mark = row.marks.get(column.name)
            if mark in HIDDEN:
                hidden = HIDDEN[mark]
                if by_month:
                    axes.text(place, 0, f" {hidden}", fontsize=8, rotation=90, ha="center", va="bottom")
                else:
                    axes.text(0, place, f" {hidden}", fontsize=8, va="center")
    names = [_label(str(row.cells[0])) for row in rows]
    if by_month:
        axes.set_xticks(list(places), names, rotation=45, ha="right")
        axes.set_ylim(bottom=0)
    else:
        axes.set_yticks(list(places), names)
        axes.invert_yaxis()
        axes.set_xlim(left=0)
    if len(columns) > 1:
        figure.legend(loc="outside upper center", ncols=min(len(columns), _LEGEND), frameon=False)
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return out.getvalue()


def _value(table: Table, row: Row, column: Column) -> int | None:
    cell = row.cells[table.columns.index(column)]
    return cell if isinstance(cell, int) else None


def _label(text: str) -> str:
    # what cannot be written in XML, or makes a second line, is left out
    plain = "".join(letter for letter in text if letter.isprintable())
    return plain if len(plain) <= _LONGEST_LABEL else f"{plain[: _LONGEST_LABEL - 1]}…"
