"""One order out of two, and what its weights are chosen by."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.query import All, Synonym, Words
from search_api.kinds import WEIGHTS, Kind, kind_of, pieces, weighed_by
from search_api.ranking import Weights, behind, fuse, sureness
from search_api.syntax import parse

RANKING = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.floats(0, 1)).map(
    lambda scores: sorted(scores.items(), key=lambda item: -item[1])
)
EVEN = Weights(0.5, 0.5)


def ids(
    words: Sequence[tuple[str, float]],
    meaning: Sequence[tuple[str, float]],
    *,
    weights: Weights = EVEN,
    words_first: bool = False,
) -> list[str]:
    return [place.record_id for place in fuse(words, meaning, weights=weights, words_first=words_first)]


def test_found_by_both_is_better_than_by_one() -> None:
    assert ids([("a", 9), ("b", 8)], [("c", 0.9), ("b", 0.88), ("d", 0.8)])[0] == "b"


def test_a_sure_half_outweighs_an_unsure_one() -> None:
    sure, unsure = [("a", 30.0), ("b", 6.0)], [("b", 0.86), ("c", 0.855), ("a", 0.85)]
    assert ids(sure, unsure, weights=Weights(0.6, 0.4))[0] == "a"


def test_scores_of_one_half_are_told_apart_from_its_end() -> None:
    assert ids([], [("a", 0.84), ("b", 0.83), ("c", 0.8)]) == ["a", "b", "c"]
    assert ids([("a", 2.0), ("b", 1.0)], []) == ["a", "b"]


def test_what_is_near_in_meaning_is_worth_nearly_what_the_nearest_is() -> None:
    # c lies halfway between the nearest and the last one, and is worth .66 of the nearest instead of .5
    meaning = [("b", 0.9), ("c", 0.85), ("d", 0.8)]
    assert ids([("a", 10.0), ("c", 7.2)], meaning, weights=Weights(0.7, 0.3)) == ["c", "a", "b", "d"]
    assert ids([("a", 10.0), ("c", 7.0)], meaning, weights=Weights(0.7, 0.3)) == ["a", "c", "b", "d"]


def test_words_that_hold_little_of_the_question_give_way_to_meaning() -> None:
    words, meaning = [("a", 9.0), ("b", 8.0)], [("c", 0.9), ("d", 0.85), ("e", 0.8)]
    weights = Weights(0.7, 0.3)
    assert [p.record_id for p in fuse(words, meaning, weights=weights, sure=1.0)] == ["a", "b", "c", "d", "e"]
    unsure = fuse(words, meaning, weights=weights, sure=sureness([True, False, False]))
    assert [p.record_id for p in unsure] == ["c", "d", "a", "b", "e"]


@pytest.mark.parametrize(
    ("held", "of", "sure"), [(0, 1, 0.001), (1, 3, 0.001), (2, 5, 0.001), (1, 2, 0.5), (3, 5, 1), (2, 2, 1), (0, 0, 1)]
)
def test_how_sure_words_are_goes_with_the_share_that_is_held(held: int, of: int, sure: float) -> None:
    assert sureness([True] * held + [False] * (of - held)) == pytest.approx(sure)


def test_words_that_hold_nothing_of_the_question_keep_their_order() -> None:
    places = fuse([("b", 9.0), ("a", 8.0)], [("c", 0.9)], weights=EVEN, sure=sureness([False]))
    assert [p.record_id for p in places] == ["c", "b", "a"]


def test_words_first_keeps_the_order_of_words() -> None:
    assert ids([("a", 9), ("b", 8)], [("c", 0.9), ("b", 0.8)], words_first=True) == ["a", "b", "c"]


@pytest.mark.parametrize("kind", [Kind.WORDS, Kind.SENTENCE, Kind.RUNNING])
def test_the_best_of_each_half_is_among_the_first_ten_whatever_the_other_half_says(kind: Kind) -> None:
    words = [(f"w{n:03}", 1000.0 - n) for n in range(200)]
    meaning = [(f"m{n:03}", 0.9 - n / 1000) for n in range(200)]
    by_words = ids(words, meaning, weights=WEIGHTS[kind])
    assert by_words[:10] == [f"w{n:03}" for n in range(9)] + ["m000"]
    places = fuse(words, meaning, weights=WEIGHTS[kind], sure=0.001)
    assert [place.record_id for place in places][:11] == [f"m{n:03}" for n in range(9)] + ["w000", "m009"]
    assert sorted(by_words) == sorted(place.record_id for place in places)


def test_behind_the_first_twenty_words_have_two_turns_and_meaning_one() -> None:
    words = [(f"w{n:03}", 1000.0 - n) for n in range(200)]
    meaning = [(f"m{n:03}", 0.9 - n / 1000) for n in range(200)]
    found = ids(words, meaning, weights=Weights(0.8, 0.2))
    # a sure half is not disturbed on the first pages but by the best of the other
    assert found[:20] == [*(f"w{n:03}" for n in range(9)), "m000", *(f"w{n:03}" for n in range(9, 19))]
    assert sorted(found) == sorted([i for i, _ in words] + [i for i, _ in meaning])
    assert found[20:26] == ["w019", "w020", "m001", "w021", "w022", "m002"]
    assert set(found[20:98]) == {f"w{n:03}" for n in range(19, 71)} | {f"m{n:03}" for n in range(1, 27)}
    assert found[300:] == [f"m{n:03}" for n in range(100, 200)]  # the words are all told by then
    alone = ids(words, [], weights=EVEN)
    assert alone == [i for i, _ in words]


def test_behind_the_first_twenty_pasted_text_is_found_by_meaning_and_nothing_is_left_out() -> None:
    words = [(f"w{n:03}", 1000.0 - n) for n in range(200)]
    meaning = [(f"m{n:03}", 0.9 - n / 1000) for n in range(100)]
    found = ids(words, meaning, weights=WEIGHTS[Kind.RUNNING])
    assert found[:20] == [*(f"w{n:03}" for n in range(9)), "m000", *(f"w{n:03}" for n in range(9, 19))]
    assert found[20:119] == [i for i, _ in meaning[1:]]
    assert found[119:] == [f"w{n:03}" for n in range(19, 200)]


def test_ties_are_broken_by_id() -> None:
    assert ids([("b", 1)], [("a", 1)]) == ["a", "b"]


@given(RANKING, RANKING, st.booleans(), st.integers(0, 30))
def test_every_record_once_and_a_page_continues_where_it_ended(
    words: list[tuple[str, float]],
    meaning: list[tuple[str, float]],
    first: bool,  # noqa: FBT001
    cut: int,
) -> None:
    places = fuse(words, meaning, weights=EVEN, words_first=first)
    assert sorted(p.record_id for p in places) == sorted({*dict(words), *dict(meaning)})
    if cut < len(places):
        assert behind(places, places[cut]) == places[cut + 1 :]


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("632.6/2024-17", Kind.NAMED),
        ('"zweiter Hund"', Kind.NAMED),
        ("Hundesteuer zweiter Hund", Kind.WORDS),
        ("Was kostet die Hundesteuer für den zweiten Hund?", Kind.SENTENCE),
        ("Betreff\n\nSehr geehrte Damen und Herren", Kind.RUNNING),
    ],
)
def test_kinds_of_questions(typed: str, kind: Kind) -> None:
    assert kind_of(parse(typed)) is kind
    assert kind in WEIGHTS


def test_a_question_is_one_piece_and_pasted_text_its_heading_and_beginning() -> None:
    assert pieces(parse("Hundesteuer zweiter Hund")) == ("Hundesteuer zweiter Hund",)
    heading, *rest = pieces(parse("Fällung einer Kastanie\n" + "Der Baum ist krank. " * 400))
    assert heading == "Fällung einer Kastanie"
    assert len(rest) == 3
    assert all(len(piece) <= 1_000 for piece in rest)
    assert rest[0].startswith("Fällung einer Kastanie Der Baum")
    assert pieces(All((Words("x" * 2_500, running=True),))) == ("x" * 1_000, "x" * 1_000, "x" * 500)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Strom aus Sonnenlicht Strom", ("Strom", "aus", "Sonnenlicht")),
        ("Was kostet der zweite Hund?", ("Was", "kostet", "der", "zweite", "Hund?")),
        ('Hundesteuer "zweiter Hund" -Katze', ("Hundesteuer",)),
        # a number is a key: who names one means it
        ("Bauantrag 632.6/2024-17", ()),
        ("632.6/2024-17", ()),
        ('"zweiter Hund"', ()),
        ("Betreff\n\nSehr geehrte Damen und Herren", ()),
    ],
)
def test_what_a_record_found_by_words_is_weighed_by(typed: str, words: tuple[str, ...]) -> None:
    assert tuple(word.text for word in weighed_by(parse(typed))) == words


def test_a_word_is_weighed_with_its_readings() -> None:
    office = Synonym("FFW", ("Freiwillige Feuerwehr",))
    few, more = weighed_by(All((Words("FFW Zaun", synonyms=(office,)),))), weighed_by(parse("FFW Zaun Tor"))
    assert few == (Words("FFW", numbers=False, synonyms=(office,)), Words("Zaun", numbers=False))
    assert [word.parts for word in more] == [False] * 3
