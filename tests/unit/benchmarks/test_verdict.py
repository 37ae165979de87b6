"""What a run says: the gate, the lines, how sure a difference is, and the mask of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks import verdict
from benchmarks.corpus import mask
from benchmarks.resampling import interval, p_value
from benchmarks.verdict import Results
from local.evaluation import MEASURES, Result


def results(values: dict[tuple[str, str], Sequence[float]]) -> Results:
    return Results(
        Result(query_id=str(n), set=name, mode=mode, measures=dict.fromkeys(MEASURES, value), right=value == 1)
        for (name, mode), some in values.items()
        for n, value in enumerate(some)
    )


def test_a_class_that_lost_more_than_it_may_is_named() -> None:
    history = results({("name", "hybrid"): [1, 1], ("exact", "hybrid"): [1, 1]}).summary()
    now = results({("name", "hybrid"): [1, 0.97], ("exact", "hybrid"): [1, 0.99]})
    assert verdict.gate(now, history) == ["name hybrid: ndcg10 1.000 -> 0.985"]
    assert verdict.gate(results({("new", "hybrid"): [0]}), history) == []


def test_a_class_without_answers_is_held_by_what_was_right() -> None:
    def nothing(*, right: bool) -> Results:
        return Results([Result(query_id="1", set="none", mode="keyword", measures={}, right=right)])

    assert verdict.gate(nothing(right=False), nothing(right=True).summary()) == ["none keyword: right 1.000 -> 0.000"]


@pytest.mark.parametrize(
    ("ours", "joined", "failing"),
    [
        ([1.0] * 40, [1.0] * 40, set()),
        ([0.5] * 40, [1.0] * 40, {"b-title keyword: best chain + 0.02"}),
        ([1.0] * 40, [0.6] * 40, {"b-title hybrid: best chain + 0.03", "b-title hybrid: the better half - .01",
                                  "b-title hybrid: R@100 of both halves"}),
    ],
)  # fmt: skip
def test_the_lines_say_what_does_not_hold(ours: list[float], joined: list[float], failing: set[str]) -> None:
    found = results(
        {
            ("b-title", "german"): [0.6] * 40,
            ("b-title", "keyword"): ours,
            ("b-title", "semantic"): [0.4] * 40,
            ("b-title", "hybrid"): joined,
        }
    )
    assert {line.name for line in verdict.must_hold(found) if not line.holds} == failing


def test_precedents_are_held_against_the_better_of_german_words_and_meaning() -> None:
    asked = {("b-title", "german"): [0.5] * 30, ("b-title", "semantic"): [0.6] * 30}
    for ours, holds in (([0.63] * 30, True), ([0.62] * 30, False), ([1.0, 0.3] * 15, False)):
        lines = verdict.must_hold(results({**asked, ("b-title", "precedents"): ours}))
        (line,) = [one for one in lines if "precedents" in one.name]
        assert "0.600 (semantic)" in line.figures
        assert line.holds is holds
    assert not [one for one in verdict.must_hold(results(asked)) if "precedents" in one.name]


def test_chance_explains_small_differences_and_not_large_ones() -> None:
    even, better = [0.0, 1.0] * 20, [1.0] * 40
    assert p_value(better, even) < 0.01
    assert p_value([0.0, 1.0, *even[2:]], [1.0, 0.0, *even[2:]]) > 0.5
    assert p_value(even, even) == 1
    low, high = interval(even)
    assert 0.3 < low < 0.5 < high < 0.7
    assert interval([1.0]) == (1.0, 1.0)


def test_a_masked_text_keeps_its_length_and_loses_its_numbers() -> None:
    text = "Vorlage 2021/0283 und 2020/123/1 vom 3.4.2021"
    assert mask(text) == "Vorlage ######### und ########## vom 3.4.2021"
