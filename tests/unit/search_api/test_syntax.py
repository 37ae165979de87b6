"""What typed text means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.query import All, Not, Phrase, Words
from search_api.syntax import meaning_of, names_something, parse


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("  ", ()),
        ("hund anmelden", (Words("hund anmelden"),)),
        ('"erster hund"', (Phrase("erster hund"),)),
        ("„erster hund“ steuer", (Words("steuer"), Phrase("erster hund"))),
        ("“a b” «c d» »e f« „g h”", (Phrase("a b"), Phrase("c d"), Phrase("e f"), Phrase("g h"))),
        ('hund -katze -"der kater"', (Words("hund"), Not(Words("katze")), Not(Phrase("der kater")))),
        ("hund NOT katze NICHT maus", (Words("hund"), Not(Words("katze")), Not(Words("maus")))),
        ("-katze", (Not(Words("katze")),)),
        ("nicht not", (Words("nicht not"),)),
        ("hund NICHT", (Words("hund NICHT"),)),
        ("Odenwald-Kreis - Amt", (Words("Odenwald-Kreis Amt"),)),
        ("a OR b", (Words("a OR b"),)),
        ('12" Rohr', (Words('12" Rohr'),)),
        ('""', ()),
        ("Bu\u0308rger\x00meister\u200b", (Words("Bürger meister"),)),
    ],
)
def test_typed(text: str, parts: tuple[Words | Phrase | Not, ...]) -> None:
    assert parse(text) == All(parts)


@pytest.mark.parametrize("text", ["x" * 301, 'erste "zeile"\nzweite -zeile', "a\u2028b"])
def test_pasted_text_has_no_operators(text: str) -> None:
    (part,) = parse(text).parts
    assert isinstance(part, Words)
    assert part.running


@given(st.text())
def test_nothing_typed_is_an_error_and_no_control_character_survives(text: str) -> None:
    asked = meaning_of(parse(text))
    assert all(c.isprintable() or c in "\ue000\ue001" or ord(c) > 0x7F for c in asked)
    names_something(parse(text))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('"erster hund"', True),
        ("632.6/2024-17", True),
        ("hund", False),
        ("2024", False),
        ('hund "erster hund"', False),
        ("", False),
        ("-hund", False),
    ],
)
def test_names(text: str, names: bool) -> None:  # noqa: FBT001
    assert names_something(parse(text)) is names
