"""What two have in common, how sure that is, and how it reads."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import Any

import pytest

from records.index import Found
from records.release import ReleaseForm
from records.testing import InMemoryRecordIndex
from search_api.alike_texts import citation, link, share_text
from search_api.shares import (
    Confidence,
    Draft,
    Share,
    Shared,
    confidence,
    nearly_the_draft,
    nearly_the_same,
    shared_words,
)
from tests.factories import principal, record, release

LETTER = (
    "Sehr geehrte Frau Beispiel, Ihren Antrag vom 3. März, die Kastanie auf dem Grundstück Marktplatz 3 zu fällen, "
    "lehne ich ab. Der Baum ist gesund und standsicher. Sein Stammumfang beträgt 120 cm, er ist deshalb geschützt."
)


def found(**more: Any) -> Found:
    index = InMemoryRecordIndex()
    index.put([record("a", **more)])
    return index.record(principal("erbach", "bauamt"), "a")


def released(form: ReleaseForm, **more: Any) -> Found:
    index = InMemoryRecordIndex()
    index.put_releases([release("r", form=form, **more)])
    return index.record(principal("erbach", "bauamt"), "r")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (LETTER, True),
        (LETTER.upper(), True),
        (LETTER.replace("120 cm", "135 cm"), True),
        (f"{LETTER} Mit freundlichen Grüßen", True),
        (LETTER.replace("Der Baum ist gesund und standsicher", "Die Fichte daneben wurde im Herbst entfernt"), False),
        (f"{LETTER} {' '.join(f'Satz {n} steht nur hier' for n in range(40))}", False),
        ("", False),
    ],
)
def test_a_near_copy_is_nearly_word_for_word(other: str, same: object) -> None:
    assert nearly_the_same(LETTER, other) is same
    assert nearly_the_same(other, LETTER) is same


def test_short_texts_are_no_copies_of_each_other() -> None:
    assert not nearly_the_same("Antrag auf Fällung einer Kastanie", "Antrag auf Fällung einer Kastanie")


def test_a_near_copy_is_one_with_its_title_and_without() -> None:
    title = "Ablehnung der Fällung einer Kastanie am Marktplatz durch das Bauamt der Stadt Erbach im Odenwald"
    with_title = Draft.written(f"{title}\n{LETTER}")
    for draft in (with_title, Draft.written(LETTER)):
        for text in (LETTER, f"{title} {LETTER}"):
            assert nearly_the_draft(draft, title, text)
    assert not nearly_the_draft(with_title, title, "Ein anderer Text")


def test_rare_words_are_nouns_that_few_of_the_others_hold() -> None:
    draft = Draft.written("Sehr geehrte Damen und Herren, die Kastanie am Brunnen wächst über den Zaun des Friedhofs")
    texts = {f"r{n}": "Sehr geehrte Damen, der Brunnen wächst über" for n in range(10)}
    texts["selten"] = "die KASTANIE am Brunnen des Friedhofs"
    words = shared_words(draft, texts)
    assert words["selten"] == (Share(Shared.WORDS, ("Friedhofs", "Kastanie")),)
    assert words["r0"] == ()
    assert shared_words(draft, {"allein": "Sehr geehrte Damen und Herren"})["allein"] == ()


def test_at_most_five_words_are_named_the_rarest_first() -> None:
    names = ["Kastanie", "Brunnen", "Friedhof", "Laternenmast", "Pflasterung", "Wegerecht", "Zaunhecke"]
    draft = Draft.written(" ".join(names))
    texts = {"alle": " ".join(names), "eins": "Zaunhecke"}
    (share,) = shared_words(draft, texts)["alle"]
    assert share.values == ("Laternenmast", "Pflasterung", "Wegerecht", "Friedhof", "Kastanie")


CONTENT = (Share(Shared.MEANING), Share(Shared.WORDS, ("a", "b", "c")))
KIND = tuple(Share(what, ("x",)) for what in Shared if what not in {"meaning", "words", "document_type"})


def test_how_sure_it_is_follows_the_rule() -> None:
    assert confidence((), near_copy=True) is Confidence.HIGH
    assert confidence((), near_copy=False) is Confidence.LOW
    for kind in KIND:
        assert confidence((*CONTENT, kind), near_copy=False) is Confidence.HIGH
        assert confidence((kind,), near_copy=False) is Confidence.LOW
        for content in CONTENT:
            assert confidence((content, kind), near_copy=False) is Confidence.MEDIUM
    for two in combinations(KIND, 2):
        assert confidence(two, near_copy=False) is Confidence.MEDIUM
    assert confidence(KIND, near_copy=False) is Confidence.MEDIUM
    assert confidence(CONTENT, near_copy=False) is Confidence.MEDIUM
    # two letters are alike in nothing by being letters, and two words in common are an accident
    few = (Share(Shared.WORDS, ("a", "b")), Share(Shared.DOCUMENT_TYPE, ("Bescheid",)))
    assert confidence(few, near_copy=False) is Confidence.LOW


def test_a_draft_without_a_word_says_nothing() -> None:
    for nothing in (Draft.written(" \n ?! "), Draft.written("", facts={Shared.FILE_PLAN: " - "}, keywords=[" "])):
        assert not nothing.says_something
    for something in (
        Draft.written("x"),
        Draft.written("", facts={Shared.FILE_PLAN: "6"}),
        Draft.written("", keywords=["Baum"]),
        Draft.written("", laws="§ 34 BauGB"),
    ):
        assert something.says_something


@pytest.mark.parametrize(
    ("one", "cited"),
    [
        (
            found(title="Fällung", file_reference="632.6-14/2024", date=dt.date(2024, 3, 7)),
            "Erbach, Az. 632.6-14/2024, „Fällung“ vom 07.03.2024",
        ),
        (found(title="Fällung", date=None), "Erbach, „Fällung“"),
        (found(title="", date=None, document_type="Bescheid"), "Erbach, Bescheid"),
        (found(title="", date=None), "Erbach, ohne Titel"),
        (found(title="zwei\n  Zeilen", date=None), "Erbach, „zwei Zeilen“"),
        (
            released(ReleaseForm.REDACTED, title="Beispiel"),
            "Michelstadt, „Beispiel“, geschwärzte Freigabe",
        ),
        (
            released(ReleaseForm.EXISTENCE, document_type="Gutachten"),
            "Michelstadt, Hinweis auf einen Vorgang (Gutachten, 2024)",
        ),
        (released(ReleaseForm.EXISTENCE, year=None, department="bauamt"), "Michelstadt, Hinweis auf einen Vorgang"),
    ],
)
def test_a_citation_holds_what_is_shown(one: Found, cited: str) -> None:
    assert citation(one) == cited


def test_a_citation_of_a_long_title_ends() -> None:
    assert len(citation(found(title="Kastanie " * 500))) < 250


def test_a_link_is_a_path() -> None:
    assert link(found()) == "/v1/records/a"


@pytest.mark.parametrize("what", list(Shared))
def test_everything_shared_has_its_words(what: Shared) -> None:
    assert "{" not in share_text(Share(what, ("Wert",)))
