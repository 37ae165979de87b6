"""Pasted text: words divided at line ends, and its heading."""

from __future__ import annotations

import pytest

from search_api.pasted import heading, joined
from search_api.syntax import parse


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("die Genehmi-\ngung", "die Genehmigung"),
        ("die Genehmi-\r\n  gung", "die Genehmigung"),
        ("Erd- und\nTiefbau", "Erd- und\nTiefbau"),
        ("Erd-\nund Tiefbau", "Erd-\nund Tiefbau"),
        ("Bauamt-\nErbach", "Bauamt-\nErbach"),
    ],
)
def test_words_divided_at_line_ends_are_put_together(text: str, whole: str) -> None:
    assert joined(text) == whole


def test_the_first_line_is_the_heading_unless_it_is_a_paragraph() -> None:
    assert heading("\nFällung einer Kastanie\nSehr geehrte") == "Fällung einer Kastanie"
    assert heading("eine Zeile") == ""
    assert heading("x" * 300 + "\nmehr") == ""


def test_pasted_text_is_read_with_its_heading() -> None:
    (words,) = parse("Fällung\teiner  Kastanie\nDie Genehmi-\ngung").words
    assert (words.text, words.heading) == ("Fällung einer Kastanie Die Genehmigung", "Fällung einer Kastanie")
