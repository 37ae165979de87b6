"""Which sums over towns are shown: those that give no town away to whoever knows two of the others. Pure.

A sum is made of what each town's own report shows and of nothing else (decision 0027), so it tells nothing small.
Beyond that nobody may learn another town's figure from it; docs/decisions/0030-across-towns.md says why these rules:

1. At least four towns bring five or more each. What is less, nothing among it, is not told.
2. Without the two that come next, the others still bring a tenth of what the largest brings: who knows two towns
   exactly is off by that much for every other.
"""

from __future__ import annotations

from collections.abc import Sequence

from records.reports.suppression import SMALL, Figure, Mark

#: towns that bring something, at least
FEWEST = 4
_TENTH = 10
_KNOWN = 2
_DIGITS = 2


def together(figures: Sequence[Figure]) -> Figure:
    """Return what these towns come to, as it may be shown; a figure for each town, as its own report shows it."""
    brought = sorted((figure.value or 0 for figure in figures), reverse=True)
    others = sum(brought[1 + _KNOWN :])
    # SECURITY: a town's figure is nobody else's; see the rules above.
    if sum(value >= SMALL for value in brought) < FEWEST or brought[0] > _TENTH * others:
        return Figure(None, Mark.COVERED)
    return Figure(sum(brought), Mark.AT_LEAST if any(figure.mark is not None for figure in figures) else None)


def roughly(figure: Figure) -> Figure:
    """Return a stock by its first two digits: two of them, taken from each other, tell no month that is hidden."""
    # SECURITY: the stock holds the growth of all months; see docs/decisions/0030-across-towns.md.
    if figure.value is None:
        return figure
    step = 10 ** max(len(str(figure.value)) - _DIGITS, 0)
    return Figure(figure.value // step * step, figure.mark)
