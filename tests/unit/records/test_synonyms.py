"""Other words for the same thing."""

from __future__ import annotations

import pytest

from records.query import Synonym
from records.synonyms import SynonymListError, built_in, read

alternatives = built_in().alternatives


def test_each_word_of_a_line_stands_for_the_others_and_not_for_itself() -> None:
    assert "Kindertagesstätte" in alternatives("Kita")
    assert "Kita" in alternatives("Kindertagesstätten")
    assert "Kita" not in alternatives("Kita")


def test_dots_hyphens_and_case_do_not_matter() -> None:
    assert alternatives("Az.") == alternatives("AZ") != ()
    assert "Bebauungsplan" in alternatives("b-plan")


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("Parkplätze", ("Stellplatz",)),
        ("parkplaetzen", ("Stellplatz",)),
        ("Stellplätzen", ("Parkplatz",)),
        ("Stellplatz", ("Parkplatz",)),
        # another word, and one whose stem is too short to tell
        ("Parkplatte", ()),
        ("Läger", ()),
    ],
)
def test_plurals_with_another_vowel_are_the_same_word(typed: str, others: tuple[str, ...]) -> None:
    thesaurus = read("Quelle: x\nParkplatz = Stellplatz\nLager = Depot")
    assert thesaurus.alternatives(typed) == others


def test_a_word_that_is_not_listed_has_none() -> None:
    assert alternatives("Zebrastreifen") == alternatives("Tops") == ()


def test_neighbouring_words_stand_for_something_together() -> None:
    own = read("Quelle: Beispiel\nMüllabfuhr = Abfuhr der Tonnen = Tonnenleerung\n")
    assert own.synonyms(["Abfuhr", "der", "Tonnen", "Mai"]) == (
        Synonym("Abfuhr der Tonnen", ("Müllabfuhr", "Tonnenleerung")),
    )


def test_what_a_town_writes_itself_stands_first() -> None:
    own = read("# Kommentar\n\nSource: example\nKita = Krabbelstube\n")
    assert built_in().with_own(own).alternatives("Kita")[:2] == ("Krabbelstube", "Kindertagesstätte")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Kita = Kindergarten", 1, "write a line `Quelle: …` above"),
        ("Quelle:\nKita = Kindergarten", 1, "the source has no name"),
        ("Quelle: x\nKita", 2, "write `Kita = Kindertagesstätte`"),
        ("Quelle: x\n\nKita = ", 3, "take it out"),
        ("Quelle: x\nKita = a b c d e f g h i", 2, "shorten it"),
        ("Quelle: x\n" + "a" * 501, 2, "divide it"),
        ("Quelle: x\n" + "a = b\n" * 5_000, 5_001, "take out"),
    ],
)
def test_a_broken_list_names_its_line_and_what_to_do(text: str, line: int, says: str) -> None:
    with pytest.raises(SynonymListError) as error:
        read(text)
    assert error.value.line == line
    assert f"line {line}: " in str(error.value)
    assert says in str(error.value)


def test_a_compound_is_meant_with_another_word_for_one_half_of_it() -> None:
    assert built_in().synonyms(["Müllgebühren"]) == (Synonym("Müllgebühren", ("Abfall Gebühren",)),)
    assert "Müll Förderung" in built_in().synonyms(["Müllzuschuss"])[0].others
    assert built_in().synonyms(["Kitaplatz"])[0].others[:2] == ("Kindertagesstätte Platz", "Kindergarten Platz")
    assert built_in().synonyms(["Zebrastreifen"]) == ()


def test_the_common_list_can_be_read_and_names_its_sources() -> None:
    assert len(built_in().groups) > 200
    assert all(len({word.casefold() for word in group}) == len(group) > 1 for group in built_in().groups)
