"""Small numbers stay hidden: from whoever subtracts parts from totals, and ranges from ranges, and knows the rules."""

from __future__ import annotations

import itertools
from collections import defaultdict
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.reports.suppression import SMALL, Figure, Mark, alone, gathered, parted, summed

_COUNTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40), max_size=8)
_MONTH = st.tuples(*[st.integers(0, 9)] * 3).map(lambda counts: dict(zip("abc", counts, strict=True)))


def seen(counts: dict[str, int]) -> tuple[object, ...]:
    """All that whoever reads a table of these counts sees."""
    told = parted(counts)
    return (told.total, *(told.parts[name] for name in sorted(counts)))


@cache
def looks() -> dict[tuple[object, ...], list[dict[str, int]]]:
    """All months of three parts, by what is seen of them."""
    found = defaultdict(list)
    for values in itertools.product(range(13), repeat=3):
        month = dict(zip("abc", values, strict=True))
        found[seen(month)].append(month)
    return found


@pytest.mark.parametrize(("cells", "top"), [(2, 22), (3, 13), (4, 8), (5, 5)])
def test_whoever_knows_the_rule_cannot_tell_a_hidden_part(cells: int, top: int) -> None:
    """Every table there can be, by what is shown of it: those that look the same differ in each part that is small."""
    tables = defaultdict(list)
    for values in itertools.product(range(top + 1), repeat=cells):
        tables[seen(dict(zip("abcde", values, strict=False)))].append(values)
    for told, behind in tables.items():
        for place, figure in enumerate(told[1:]):
            could_be = {values[place] for values in behind}
            if figure.value is not None:
                assert could_be == {figure.value}
            elif figure.mark is Mark.SMALL and max(map(max, behind)) < top:
                # where a part stands at the edge of what was tried, larger ones are only missing here
                assert len(could_be) > 1, (told, behind)


@given(_COUNTS)
def test_what_is_shown_is_true_and_adds_up(counts: dict[str, int]) -> None:
    told = parted(counts)
    for name, figure in told.parts.items():
        assert figure.value in {None, counts[name]}
        assert (figure.mark is Mark.SMALL) == (0 < counts[name] < SMALL)
    assert told.total.value in {None, sum(counts.values())}
    hidden = [name for name, figure in told.parts.items() if not figure.shown]
    if hidden and told.total.shown:
        assert len(hidden) > 1
        assert sum(counts[name] for name in hidden) >= SMALL


def test_a_lone_small_part_takes_another_with_it() -> None:
    told = parted({"semantic": 30, "keyword": 2, "hybrid": 40})
    assert told.total == Figure(72)
    hidden = Figure(None, Mark.COVERED), Figure(None, Mark.SMALL)
    assert tuple(told.parts.values()) == (*hidden, Figure(40))


@pytest.mark.parametrize("counts", [{"a": 4, "b": 4}, dict.fromkeys("abcde", 1), {"a": 4}, {"a": 1, "b": 5}])
def test_where_nothing_covers_the_total_is_hidden_too(counts: dict[str, int]) -> None:
    assert not parted(counts).total.shown


@given(_COUNTS, st.integers(0, 5))
def test_no_small_group_is_named_and_the_rest_is_never_one_small_group(counts: dict[str, int], most: int) -> None:
    told = gathered(counts, most=most)
    assert all(count >= SMALL for count in told.named.values())
    assert len(told.named) <= most
    assert sum(told.named.values()) + told.rest == sum(counts.values())
    assert told.total.shown == (sum(counts.values()) not in range(1, SMALL))
    small = {name for name, count in counts.items() if 0 < count < SMALL}
    assert small <= told.others
    if small and told.named:
        assert len(told.others) > 1
        assert told.rest >= SMALL


def test_the_last_line_takes_larger_groups_along() -> None:
    few = gathered({"a": 12, "b": 10, "c": 1, "d": 1}, most=9)
    assert (few.named, few.others, few.rest) == ({"a": 12}, {"b", "c", "d"}, 12)
    # one group alone would be that group by another name
    alone_there = gathered({"a": 12, "b": 10, "c": 8}, most=2)
    assert (alone_there.named, alone_there.others) == ({"a": 12}, {"b", "c"})
    assert gathered({"a": 1, "b": 2}, most=9).total == Figure(None, Mark.COVERED)


@given(st.lists(_MONTH, min_size=1, max_size=6), st.data())
def test_ranges_subtracted_tell_nothing_that_their_months_hide(
    months: list[dict[str, int]], data: st.DataObject
) -> None:
    """Change what is hidden in one month into what looks the same: every sum of every range stays as it was."""
    place = data.draw(st.integers(0, len(months) - 1))
    other = data.draw(st.sampled_from(looks()[seen(months[place])]))
    changed = [*months[:place], other, *months[place + 1 :]]
    for begin, end in itertools.combinations(range(len(months) + 1), 2):
        for name in "abc":
            sums = [summed(parted(one).parts[name] for one in some[begin:end]) for some in (months, changed)]
            assert sums[0] == sums[1]
        totals = [summed(parted(one).total for one in some[begin:end]) for some in (months, changed)]
        assert totals[0] == totals[1]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12))
def test_a_hidden_month_is_in_no_range(counts: list[int]) -> None:
    figures = [alone(count) for count in counts]
    for begin, end in itertools.combinations(range(len(counts) + 1), 2):
        whole, shorter = summed(figures[begin:end]), summed(figures[begin : end - 1])
        assert whole.value is not None
        assert shorter.value is not None
        # the difference is the month that was added, or nothing where it is hidden
        assert whole.value - shorter.value == (figures[end - 1].value or 0)
        assert (whole.mark is Mark.AT_LEAST) == any(not one.shown for one in figures[begin:end])


@given(st.integers(0, 200))
def test_what_changes_is_told_in_steps(count: int) -> None:
    told = alone(count).in_steps()
    assert told.value is None if 0 < count < SMALL else told.value is not None and 0 <= count - told.value < SMALL
    least = alone(count).at_least()
    assert least.value == told.value
    assert least.mark is (Mark.SMALL if 0 < count < SMALL else Mark.AT_LEAST if count else None)
