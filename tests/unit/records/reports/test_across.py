"""Sums over towns: whoever knows any two towns exactly learns no third one from what is shown."""

from __future__ import annotations

import itertools

import pytest

from records.reports.across import roughly, together
from records.reports.suppression import Figure, Mark

COVERED = Figure(None, Mark.COVERED)
SMALL = Figure(None, Mark.SMALL)


def brought(*values: int) -> Figure:
    return together([Figure(value) for value in values])


def test_all_small_cooperations_keep_each_town_from_whoever_knows_two_others() -> None:
    """What is shown, less two towns that are known, is off by a tenth of each other town, and by five, at least."""
    shown = 0
    for values in itertools.combinations_with_replacement((0, 5, 6, 9, 50, 70, 500, 5_000), 5):
        for number in (4, 5):
            told = brought(*values[:number])
            if told.value is None:
                continue
            shown += 1
            for own in range(number):
                others = [place for place in range(number) if place != own]
                for known in itertools.combinations(others, 2):
                    rest = told.value - sum(values[place] for place in known) - values[own]
                    assert rest >= 5
                    assert rest * 10 >= values[own], values[:number]
    assert shown > 200


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((10, 20, 30, 40), Figure(100)),
        ((0, 20, 30, 40), COVERED),
        ((0, 0, 0, 0), COVERED),
        ((51, 20, 20, 5), COVERED),
        ((50, 20, 20, 5), Figure(95)),
        ((51, 20, 20, 5, 1), Figure(97)),
        ((10, 20, 30), COVERED),
    ],
)
def test_what_is_told(values: tuple[int, ...], told: Figure) -> None:
    assert brought(*values) == told
    assert brought(*reversed(values)) == told


def test_what_a_town_hides_counts_as_nothing_and_the_sum_says_at_least() -> None:
    four = [Figure(value) for value in (10, 20, 30, 40)]
    assert together([*four, SMALL]) == together([*four, COVERED]) == Figure(100, Mark.AT_LEAST)
    assert together([*four[1:], Figure(10, Mark.AT_LEAST)]) == Figure(100, Mark.AT_LEAST)
    assert together([*four[1:], SMALL]) == COVERED


@pytest.mark.parametrize(
    ("value", "told"), [(0, 0), (7, 7), (95, 95), (101, 100), (61_234, 61_000), (999_999, 990_000)]
)
def test_a_stock_is_told_by_two_digits(value: int, told: int) -> None:
    assert roughly(Figure(value)) == Figure(told)
    assert roughly(Figure(value, Mark.AT_LEAST)) == Figure(told, Mark.AT_LEAST)
    assert roughly(COVERED) == COVERED
