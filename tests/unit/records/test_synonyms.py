"""Other words for the same thing."""

from __future__ import annotations

from records.synonyms import alternatives


def test_each_word_of_a_line_stands_for_the_others_and_not_for_itself() -> None:
    assert "Kindertagesstätte" in alternatives("Kita")
    assert "Kita" in alternatives("Kindertagesstätten")
    assert "Kita" not in alternatives("Kita")


def test_dots_hyphens_and_case_do_not_matter() -> None:
    assert alternatives("Az.") == alternatives("AZ") != ()
    assert "Bebauungsplan" in alternatives("b-plan")


def test_a_word_that_is_not_listed_has_none() -> None:
    assert alternatives("Zebrastreifen") == alternatives("Tops") == ()
