"""Parts of the pages that need no server: sentences, marks, seals, what was asked, settings."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
from pydantic import ValidationError
from starlette.datastructures import FormData

from search_api.notices import Reading
from ui.asked import READINGS, Asked
from ui.marking import Marks, mark_page, mark_passage
from ui.record_api import Passage
from ui.sealing import Sealer, SealError
from ui.settings import UiSettings
from ui.sign_in import local_path
from ui.texts import TEXTS, say, say_size

UI = Path(__file__).resolve().parents[3] / "ui"


def test_every_sentence_stands_in_both_languages_with_the_same_gaps() -> None:
    for key, (german, english) in TEXTS.items():
        assert german.strip(), key
        assert english.strip(), key
        gaps = [sorted(name for _, name, _, _ in string.Formatter().parse(t) if name) for t in (german, english)]
        assert gaps[0] == gaps[1], key


def test_every_key_a_template_names_exists_and_none_is_left_over() -> None:
    templates = "".join(path.read_text(encoding="utf-8") for path in (UI / "templates").glob("*.html"))
    named = set(re.findall(r'\bt\("([a-z_0-9]+)"[,)]', templates))
    assert named
    assert named <= set(TEXTS)
    rest = templates + "".join(p.read_text(encoding="utf-8") for p in UI.glob("*.py") if "texts" not in p.name)
    built = (
        "mode_",
        "released_",
        "matched_",
        "export_",
        "error_",
        "none_",
        "text_",
        "sort_",
        "release_",
        "report_",
        "manage_state_",
        "manage_difference_",
        "manage_overview",
        "syntax_",
        "reading_",
        "share_",
        "alike_",
        "kind_",
        "again_",
    )
    unused = {k for k in TEXTS if not k.endswith(("_one", "_text", "_example")) and not k.startswith(built)}
    assert {k for k in unused if f'"{k}"' not in rest} == set()


def test_every_way_of_reading_that_the_api_tells_of_can_be_switched_off_by_name() -> None:
    assert set(READINGS) == {reading.value for reading in Reading}
    assert {f"reading_{reading}" for reading in READINGS} <= set(TEXTS)


def test_no_template_switches_escaping_off_or_carries_script_or_style() -> None:
    for path in (UI / "templates").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", ""), path.name
        assert "autoescape" not in text, path.name
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", text), path.name


def test_the_pages_import_nothing_else_of_the_house() -> None:
    house = {"records", "mappings", "indexer", "search_api", "local"}
    for path in UI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] not in house, path.name


def test_numbers_follow_the_language() -> None:
    assert say("de", "total", n=1234) == "1.234 Treffer"
    assert say("en", "total", n=1) == "1 result"
    assert say_size("de", 1_250_000) == "1,2 MB"


def test_a_passage_is_cut_at_its_highlights_whatever_they_are() -> None:
    passage = Passage(page=1, text="ab cd ef", highlights=((3, 5), (4, 8), (90, 95), (2, 1)))
    pieces = mark_passage(passage)
    assert "".join(p.text for p in pieces) == passage.text
    assert [p.text for p in pieces if p.word] == ["cd ef"]


def test_words_are_marked_on_the_page_as_whole_words_in_any_case() -> None:
    text = "Vorspann. Die Baumfällung ruht. BAUMFÄLLUNG, aber keine Baumfällungen."
    passage = Passage(page=2, text="Die Baumfällung ruht.", highlights=((4, 15),))
    pieces = mark_page(text, Marks.from_sealed(Marks.of(passage).to_seal()))
    assert "".join(p.text for p in pieces) == text
    assert [p.text for p in pieces if p.word] == ["Baumfällung", "BAUMFÄLLUNG"]
    assert "".join(p.text for p in pieces if p.place) == passage.text


def test_a_word_that_looks_like_a_pattern_is_only_a_word() -> None:
    pieces = mark_page("a.c abc (x", Marks(words=("a.c", "(x")))
    assert [p.text for p in pieces if p.word] == ["a.c", "(x"]


def test_a_seal_opens_only_for_its_owner_its_purpose_and_its_time() -> None:
    key = bytes(range(32))
    sealed = Sealer(key, "search").seal({"query": "Geheimnis"}, owner="bea")
    assert "Geheimnis" not in sealed
    assert Sealer(key, "search").open(sealed, owner="bea") == {"query": "Geheimnis"}
    attempts = [
        (Sealer(key, "session"), sealed, "bea"),
        (Sealer(key, "search"), sealed, "cem"),
        (Sealer(key, "search"), sealed[:9] + ("B" if sealed[9] == "A" else "A") + sealed[10:], "bea"),
        (Sealer(key, "search"), "", "bea"),
        (Sealer(key, "search"), Sealer(key, "search").seal({}, owner="bea", seconds=-5), "bea"),
    ]
    for sealer, value, owner in attempts:
        with pytest.raises(SealError):
            sealer.open(value, owner=owner)


def test_a_form_becomes_a_search_and_survives_an_address() -> None:
    form = FormData(
        [
            ("q", "  zwei\n Wörter "),
            ("mode", "nonsense"),
            ("chosen", "department=Bauamt"),
            ("chosen", "readers=erbach/leitung"),
            ("add", "document_type=Bescheid"),
            ("date_from", "01.02.2024"),
            ("date_to", "2024-13-01"),
        ]
    )
    asked = Asked.from_form(form)
    assert asked.query == "zwei Wörter"
    assert asked.mode == "hybrid"
    assert asked.chosen == {"department": ("Bauamt",), "document_type": ("Bescheid",)}
    assert (asked.date_from, asked.date_to) == ("2024-02-01", "")
    assert Asked.from_sealed(asked.to_seal()) == asked
    removed = Asked.from_form(FormData([("chosen", "department=Bauamt"), ("remove", "department=Bauamt")]))
    assert removed.empty


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "",
        "/\t/evil.example",
        "/auth/start",
        "/%0a\n",
    ],
)
def test_only_a_local_path_is_come_back_to(path: str) -> None:
    assert local_path(path) == "/"


def test_a_local_path_is_kept() -> None:
    assert local_path("/records/r1?s=abc") == "/records/r1?s=abc"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "http://aktensuche.example"),
        ("public_url", "http://localhost.evil.example:8080"),
        ("public_url", "http://127.0.0.1@evil.example"),
        ("public_url", "https://aktensuche.example/pages"),
        ("api_url", "http://10.0.0.1:8081"),
        ("issuer", "ftp://localhost"),
    ],
)
def test_an_unsafe_address_is_refused(settings: UiSettings, name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        UiSettings(**{**settings.model_dump(), name: value})


def test_a_missing_or_empty_key_is_refused(settings: UiSettings, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for file in (empty, tmp_path / "absent"):
        with pytest.raises(ValidationError):
            UiSettings(**{**settings.model_dump(), "session_key_file": file})
