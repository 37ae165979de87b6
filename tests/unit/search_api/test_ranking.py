"""Fusion of two rankings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search_api.ranking import Weights, behind, fuse

RANKING = st.lists(st.text("abcdefgh", min_size=1, max_size=2), unique=True)


def ids(words: list[str], meaning: list[str], **more: bool) -> list[str]:
    return [place.record_id for place in fuse(words, meaning, weights=Weights(), **more)]


def test_both_beat_one_and_words_weigh_more() -> None:
    assert ids(["a", "b"], ["c", "b"]) == ["b", "a", "c"]


def test_words_first_keeps_the_order_of_words() -> None:
    assert ids(["a", "b"], ["c", "b"], words_first=True) == ["a", "b", "c"]


def test_ties_are_broken_by_id() -> None:
    equal = Weights(1.0, 1.0)
    assert [p.record_id for p in fuse(["b"], ["a"], weights=equal)] == ["a", "b"]


@given(RANKING, RANKING, st.booleans(), st.integers(0, 30))
def test_every_record_once_and_a_page_continues_where_it_ended(
    words: list[str],
    meaning: list[str],
    first: bool,  # noqa: FBT001
    cut: int,
) -> None:
    places = fuse(words, meaning, weights=Weights(), words_first=first)
    assert sorted(p.record_id for p in places) == sorted({*words, *meaning})
    if cut < len(places):
        assert behind(places, places[cut]) == places[cut + 1 :]
