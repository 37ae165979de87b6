"""How the cells of a report read in German, wherever they are shown: what is hidden says so. Pure."""

from __future__ import annotations

from records.reports.suppression import SMALL, Mark
from records.reports.values import Cell

#: what stands where a number is hidden
HIDDEN = {Mark.SMALL: f"<{SMALL}", Mark.COVERED: "verdeckt"}
#: what these words mean
MARKS = (
    "„<5“: weniger als fünf, mehr als null. „verdeckt“: verriete eine kleine Zahl. „mindestens“: vielleicht mehr. "
    "Summen zählen nur, was gezeigt wird."
)


def number(value: int) -> str:
    """Return a number as it is written in German: 1.230."""
    return f"{value:,}".replace(",", ".")


def words(cell: Cell, mark: Mark | None) -> str:
    """Return what is read in a cell."""
    if mark is not None and mark in HIDDEN:
        return HIDDEN[mark]
    if cell is None:
        return "\N{EN DASH}"
    if isinstance(cell, int):
        return f"mindestens {number(cell)}" if mark is Mark.AT_LEAST else number(cell)
    return cell
