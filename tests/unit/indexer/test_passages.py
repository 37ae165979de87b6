"""Passages are exact pieces of their page; words broken at line ends are whole again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.passages import MAX_LENGTH, split, tidy
from records.record import Page


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Genehmi-\ngung", "Genehmigung"),
        ("Bauamt-\nErbach", "Bauamt-\nErbach"),
        ("Erd- und Wasserarbeiten", "Erd- und Wasserarbeiten"),
        ("Erd-\nund Wasserarbeiten", "Erd-\nund Wasserarbeiten"),
        ("u\u0308ber", "über"),
        ("Ge\u00adneh\u00admi\u00adgung", "Genehmigung"),
        ("a  \t b \r\n\n\n\n c", "a b\n\nc"),
    ],
)
def test_tidy(raw: str, text: str) -> None:
    assert tidy(raw) == text


@given(st.lists(st.text(max_size=4000), max_size=3))
def test_passages_are_where_they_say(texts: list[str]) -> None:
    pages = [Page(n, t) for n, t in enumerate(texts, start=1)]
    for passage in split(pages, limit=1000):
        text = pages[passage.page - 1].text
        assert text[passage.start : passage.end] == passage.text
        assert 0 < len(passage.text) <= MAX_LENGTH
        assert passage.text.strip()


@given(st.text(alphabet="ab. \n", max_size=6000))
def test_nothing_is_left_out(text: str) -> None:
    covered = set()
    for passage in split([Page(1, text)], limit=1000):
        covered.update(range(passage.start, passage.end))
    assert all(i in covered for i, letter in enumerate(text) if not letter.isspace())


def test_cuts_at_sentences_and_repeats_the_last() -> None:
    text = " ".join(f"Dies ist der Satz Nummer {n} in diesem Beispiel." for n in range(60))
    first, second = split([Page(1, text)], limit=2)
    assert first.text.endswith(".")
    assert second.start < first.end
    assert second.text.startswith("Dies")
