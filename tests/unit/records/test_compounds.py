"""Compounds and their parts, with the lexicon of the installation and with small ones."""

from __future__ import annotations

import pytest

from records.compounds import SEAM, Lexicon, fold, learned
from records.lexicon import lexicon


@pytest.mark.parametrize(
    ("word", "divided"),
    [
        ("Hundesteuer", "Hunde|steuer"),
        ("Straßenbaumpflege", "Straßen|baum|pflege"),
        ("Strassenbaumpflege", "Strassen|baum|pflege"),
        ("Fußgängerüberwege", "Fußgänger|überwege"),
        ("Friedhofsgebührenordnung", "Fried|hofs|gebühren|ordnung"),
        ("STELLPLATZSATZUNG", "STELL|PLATZ|SATZUNG"),
        ("Bürgerinnen", "Bürger|innen"),
        ("Kundinnen", "Kund|innen"),
        ("Sachbearbeiterinnen", "Sach|bearbeiter|innen"),
        ("Einwohnerinnenzahl", "Einwohner|innen|zahl"),
        ("BürgerInnen", "Bürger|Innen"),
        ("Regenrinnen", "Regen|rinnen"),
    ],
)
def test_compounds_are_divided_where_their_parts_end(word: str, divided: str) -> None:
    assert lexicon().seamed(word).replace(SEAM, "|") == divided


@pytest.mark.parametrize(
    "word",
    [
        "Direktor",
        "Minister",
        "Montage",
        "Beginnen",
        "Spinnen",
        "gerinnen",
        "Vorgang",
        "Beschluss",
        "Genehmigung",
        "Xyzabcdef",
    ],
)
def test_words_that_only_look_like_compounds_stay_whole(word: str) -> None:
    assert lexicon().seamed(word) == word
    assert lexicon().halves(word) is None
    assert lexicon().parts(word) == (fold(word),)


def test_a_text_without_its_seams_is_the_text() -> None:
    text = "Die Friedhofsgebührenordnung (Az. 12-3), ẞtraßenbaum\u00adpflege; İstanbulstraße, Ölmühlweg\nund Ende"
    seamed = lexicon().seamed(text)
    assert seamed != text
    assert seamed.replace(SEAM, "") == text


def test_a_syllable_is_no_part_until_it_stands_in_many_words() -> None:
    few = {"bau": "bau", "amt": "amt", "bauamt": "bauamt"}
    assert learned(few).halves("bauamt") is None
    many = {**few, **{f"{word}amt": f"{word}amt" for word in _words("b", 25)}, **{w: w for w in _words("b", 25)}}
    many |= {f"bau{word}": f"bau{word}" for word in _words("h", 25)} | {w: w for w in _words("h", 25)}
    assert learned(many).halves("Bauamt") == ("bau", "amt")


def _words(letter: str, count: int) -> list[str]:
    return [f"{letter}{chr(97 + n)}mme" for n in range(count)]


def test_prefixes_begin_no_compound() -> None:
    small = Lexicon(frozenset({"haus"}), frozenset({"gang", "tuer"}))
    assert small.halves("Vorgang") is None
    assert small.halves("Haustür") == ("haus", "tuer")


def test_forms_of_a_noun_that_stemming_keeps_apart() -> None:
    assert lexicon().forms("Eigentümer") == ("eigentuemers",)
    assert lexicon().forms("Eigentümers") == ("eigentuemer",)
    assert "gymnasium" in lexicon().forms("Gymnasien")
    assert lexicon().forms("Mietverzeichnis") == ("mietverzeichnisse",)
    assert lexicon().forms("Antrag") == lexicon().forms("Gibtesnicht") == lexicon().forms("Haus") == ()


def test_a_word_nobody_wrote_is_not_taken_apart() -> None:
    """Looking for parts costs the square of the length: one word of five million letters held a worker for hours."""
    words = lexicon()
    assert len(words.parts("Steuer" * 18)) == 18
    endless = "Steuer" * 40
    assert words.seamed(f"die {endless} und die Hundesteuer") == f"die {endless} und die Hunde{SEAM}steuer"
    assert (words.parts(endless), words.halves(endless), words.forms(endless)) == ((fold(endless),), None, ())
    assert words.seamed("A" * 5_000_000) == "A" * 5_000_000
