"""Which numbers of a report are shown: what counts fewer than five is hidden, with all that would give it away. Pure.

Three rules; docs/decisions/0027-small-numbers.md says why:

1. *Parts of a whole* (`parted`): a small part is hidden, with so many larger ones that whoever knows the total, the
   other parts and this rule cannot tell which number from 1 to 4 it is. Where that cannot be, the total is hidden too.
2. *Named by people* (`gathered`): what a clerk wrote into a field names no group of fewer than five records; small
   groups are one line together, with so many others that this line counts five and holds two groups at least.
3. *Sums* (`summed`) are made of what is shown and of nothing else. So a range of months tells no more than its months,
   and two ranges, one taken from the other, tell nothing that is hidden in them.

What still changes (the stock, the month that runs) is told in steps of five (`in_steps`): the same report an hour later
does not tell what came in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

#: what counts less is not shown
SMALL = 5


class Mark(StrEnum):
    """What is to be known of a figure beside its value."""

    #: fewer than five and more than none
    SMALL = "small"
    #: hidden because it would give a small one away
    COVERED = "covered"
    #: there is, or may be, more
    AT_LEAST = "at_least"


@dataclass(frozen=True)
class Figure:
    """A number as it may be shown; `value` is None where it is hidden."""

    value: int | None
    mark: Mark | None = None

    def in_steps(self) -> Figure:
        """Return it rounded down to a step of five; what is hidden stays hidden."""
        return self if self.value is None else Figure(self.value // SMALL * SMALL, self.mark)

    def at_least(self) -> Figure:
        """Return it in steps of five, and marked as still growing."""
        return Figure(self.value // SMALL * SMALL, Mark.AT_LEAST) if self.value else self

    @property
    def shown(self) -> bool:
        """Whether the number may be seen."""
        return self.value is not None


@dataclass(frozen=True)
class Parted:
    """A whole and its parts, as they may be shown beside each other."""

    parts: dict[str, Figure]
    total: Figure


@dataclass(frozen=True)
class Gathered:
    """Groups that may be named, and what the others come to together."""

    named: dict[str, int]
    #: the groups that are in the last line
    others: frozenset[str]
    rest: int
    total: Figure


def alone(count: int) -> Figure:
    """Return a number that stands for itself, and is no part of anything that is shown."""
    # SECURITY: one to four point at people, or at records that the reader may not know.
    return Figure(None, Mark.SMALL) if 0 < count < SMALL else Figure(count)


def parted(counts: Mapping[str, int]) -> Parted:
    """Return parts of a whole and their total, none of which gives a hidden one away.

    Which of the larger parts cover is decided by the order that they are given in: it must not come from the counts.
    """
    small = [name for name, count in counts.items() if 0 < count < SMALL]
    larger = [name for name, count in counts.items() if count >= SMALL]
    covering, come_to = 0, sum(counts[name] for name in small)
    # SECURITY: larger parts go with the small ones until the total tells nothing about these.
    while small and covering < len(larger) and not _keeps(len(small), covering, come_to):
        come_to += counts[larger[covering]]
        covering += 1
    hidden = dict.fromkeys(small, Mark.SMALL) | dict.fromkeys(larger[:covering], Mark.COVERED)
    total = whole(sum(counts.values()))
    if small and not _keeps(len(small), covering, come_to):
        # SECURITY: nothing is left to hide them behind; the total itself would tell.
        total = Figure(None, Mark.COVERED)
    parts = {name: Figure(None, hidden[name]) if name in hidden else Figure(count) for name, count in counts.items()}
    return Parted(parts, total)


def whole(total: int) -> Figure:
    """Return a total; a small one is not even said to be small: four parts would then be one each."""
    # SECURITY: see alone.
    return Figure(None, Mark.COVERED) if 0 < total < SMALL else Figure(total)


def _keeps(small: int, covering: int, come_to: int) -> bool:
    """Say whether each small part could be 1, and could be 4, for whoever knows what the hidden ones come to.

    A small part is 1 to 4, one that covers is 5 or any number above. A small part alone cannot be both.
    """
    could_be_most = (SMALL - 1) + (small - 1) + SMALL * covering <= come_to
    could_be_least = covering > 0 or come_to <= 1 + (SMALL - 1) * (small - 1)
    return could_be_most and could_be_least


def gathered(counts: Mapping[str, int], *, most: int) -> Gathered:
    """Return at most so many groups by name, the largest first, and the rest as one."""
    found = sorted(((count, name) for name, count in counts.items() if count > 0), reverse=True)
    total = sum(count for count, _ in found)
    kept = min(most, sum(count >= SMALL for count, _ in found))
    # SECURITY: the last line must not be one small group alone, nor count fewer than five.
    while 0 < kept < len(found) and (len(found) - kept < _TWO or sum(c for c, _ in found[kept:]) < SMALL):
        kept -= 1
    named, others = found[:kept], found[kept:]
    return Gathered(
        {name: count for count, name in named},
        frozenset(name for _, name in others),
        sum(count for count, _ in others),
        whole(total),
    )


_TWO = 2


def summed(figures: Iterable[Figure]) -> Figure:
    """Return what the shown ones come to; marked where one of them is hidden, or only the least it can be."""
    all_of_them = list(figures)
    # SECURITY: made of what is shown only, so that no range of months tells what its months do not.
    value = sum(one.value for one in all_of_them if one.value is not None)
    return Figure(value, Mark.AT_LEAST if any(one.mark is not None for one in all_of_them) else None)
