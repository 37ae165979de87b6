"""Numbers as keys: what is one, and how it is written."""

from __future__ import annotations

import pytest

from records import identifiers


def keys(text: str) -> list[str]:
    return [number.key for number in identifiers.in_text(text)]


def asked(text: str) -> list[str]:
    return [number.whole.key for number in identifiers.in_question(text)]


def test_numbers_in_a_text_are_words_with_a_digit_and_a_sign_or_of_some_length() -> None:
    assert keys("Az. 632.1-12/2024, BA-77; 20210283 und 2024, 12 Stück am Weg-Ende") == [
        "632112" + "2024",
        "ba77",
        "20210283",
    ]


@pytest.mark.parametrize("written", ["2021/0283", "2021-0283", "2021 0283", "20210283", "2021 / 0283", "2021.0283"])
def test_a_number_is_asked_for_however_it_is_divided(written: str) -> None:
    assert asked(written) == ["20210283"]


def test_parts_end_where_pieces_end() -> None:
    (number,) = identifiers.in_text("632.1-12/2024")
    assert set(number.parts) == {"632/1", "1/12", "12/2024", "632/1/12", "1/12/2024", "632/1/12/2024"}


def test_a_number_with_a_register_letter_is_one() -> None:
    (number,) = identifiers.in_question("Urteil 4 K 1023/24")
    assert number.whole.key == "4k102324"
    assert [word.part for word in number.words] == ["1023/24"]


@pytest.mark.parametrize("words", ["Hundesteuer", "Haushalt 2024", "3 Kinder", "§ 34 BauGB", ""])
def test_years_and_amounts_are_no_numbers_of_files(words: str) -> None:
    assert asked(words) == []


def test_a_long_number_has_few_parts() -> None:
    (number,) = identifiers.in_text(".".join(str(n) for n in range(10, 60)))
    assert len(list(number.parts)) == 15
