"""What Tika answers becomes pages: text as it stands, recognised text with how sure it is, nothing read twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from indexer.extraction import Extractor, limited
from indexer.language import language_of
from indexer.recognised import leaves_letters, pages_of
from indexer.settings import LimitSettings, TikaSettings
from indexer.tika import TakesLongError, Tika
from records.files import FileStore
from records.record import Page, TextState


def word(text: str, sure: int) -> str:
    return f'<span class="ocrx_word" title="bbox 1 2 3 4; x_wconf {sure}">{text}</span>'


def ocr(*lines: list[tuple[str, int]]) -> str:
    body = "\n".join(
        '<p class="ocr_par">\n <span class="ocr_line">\n   '
        + "\n   ".join(word(text, sure) for text, sure in line)
        + "</span>\n</p>"
        for line in lines
    )
    return f'<div class="ocr_page" title="image &quot;/tmp/x&quot;">{body}</div>'


def xhtml(*divisions: str) -> str:
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{"".join(divisions)}</body></html>'


def test_a_page_of_text_has_no_confidence_and_a_picture_has_one() -> None:
    text = '<div class="page"><p>Der Bauhof räumt.</p></div>'
    read = ocr([("Brücke", 90), ("ist", 60)], [("gesperrt", 30)])
    scan = f'<div class="page"><p>4</p><div class="ocr">{read}</div></div>'
    assert pages_of(xhtml(text, scan)) == [
        Page(1, "Der Bauhof räumt."),
        # by letters: (6 * 90 + 3 * 60 + 8 * 30) / 17
        Page(2, "4\nBrücke ist\n\ngesperrt", 56),
    ]


def test_words_of_a_line_stay_on_it_and_hyphens_are_joined() -> None:
    lines = (
        '<p class="ocr_par"><span class="ocr_line">'
        + word("Die", 90)
        + "\n   "
        + word("Genehmi-", 90)
        + '</span>\n<span class="ocr_header">'
        + word("gung", 90)
        + "\n"
        + word("gilt", 90)
        + "</span></p>"
    )
    (page,) = pages_of(xhtml(f'<div class="ocr"><div class="ocr_page">{lines}</div></div>'))
    assert page.text == "Die Genehmigung gilt"


def test_a_picture_of_several_pages_has_several() -> None:
    both = f'<div class="ocr">{ocr([("eins", 80)])}{ocr([("zwei", 70)])}{ocr()}</div>'
    assert pages_of(xhtml(both)) == [Page(1, "eins", 80), Page(2, "zwei", 70), Page(3, "")]


@pytest.mark.parametrize("said", ["", "x_wconf 999", "x_wconf -1", "x_wconf abc"])
def test_a_confidence_that_is_none_is_at_most_a_hundred(said: str) -> None:
    odd = f'<p class="ocr_par"><span class="ocr_line"><span class="ocrx_word" title="{said}">wort</span></span></p>'
    (page,) = pages_of(xhtml(f'<div class="ocr"><div class="ocr_page">{odd}</div></div>'))
    assert page.text == "wort"
    assert page.confidence in {None, 100}


GERMAN = "Der Ausschuss beschließt, dass der Bauhof im Winter alle Straßen und Plätze der Stadt räumt und streut. " * 2
TURKISH = "Çöp toplama günleri hakkında bilgi almak istiyorum, lütfen bana belediyenin yeni takvimini gönderin. " * 2  # noqa: RUF001


def test_language_of_a_text() -> None:
    assert language_of([Page(1, GERMAN)]) == "de"
    assert language_of([Page(1, ""), Page(2, TURKISH)]) == "tr"
    assert language_of([Page(1, "Haushalt 2024")]) is None
    assert language_of([Page(1, "12.03.2024 45,00 EUR " * 50)]) is None


class LaidDown(Tika):
    """Answers what a test lays down, and writes down what it was asked for."""

    def __init__(self) -> None:
        super().__init__(TikaSettings(url="http://127.0.0.1:1"), LimitSettings())
        self.parts: list[dict[str, Any]] = []
        self.recognised: list[bool] = []

    def read(self, path: Path, *, seconds: float | None = None, recognise: bool = True) -> list[dict[str, Any]]:
        del path, seconds
        self.recognised.append(recognise)
        return self.parts


class Answering(Extractor):
    """An extractor with such a Tika."""

    def __init__(self, files: FileStore, limits: LimitSettings) -> None:
        super().__init__(TikaSettings(url="http://127.0.0.1:1"), limits, files)
        self._tika = self.tika = LaidDown()


@pytest.fixture
def extractor(tmp_path: Path) -> Answering:
    return Answering(FileStore(tmp_path), LimitSettings(characters=400))


def _text(content: str, **more: Any) -> dict[str, Any]:
    return {"Content-Type": "application/pdf", "X-TIKA:content": xhtml(f"<p>{content}</p>"), **more}


def test_what_is_read_comes_back_as_it_was_kept(extractor: Answering) -> None:
    extractor.tika.parts = [
        _text(GERMAN, hasSignature="true"),
        {"embeddedResourceType": "MACRO", "Content-Type": "text/x"},
    ]
    first = extractor.text_of("0" * 64)
    assert first.facts == {"language": "de", "has_macros": True, "signed": True}
    extractor.tika.parts = []
    assert extractor.text_of("0" * 64) == first
    extractor.keep("1" * 64, limited(first, LimitSettings()))
    kept = extractor.kept("1" * 64)
    assert kept is not None
    assert kept.pages == first.pages


def test_nothing_is_cut_off_silently(extractor: Answering) -> None:
    extractor.tika.parts = [
        _text("ha " * 500, **{"X-TIKA:EXCEPTION:embedded_resource_limit_reached": "true"}),
        {"Content-Type": "application/msword", "X-TIKA:EXCEPTION:embedded_exception": "trace"},
        {"Content-Type": "image/emf", "X-TIKA:EXCEPTION:embedded_exception": "trace"},
    ]
    read = extractor.text_of("0" * 64)
    assert read.text_state is TextState.PARTIAL
    assert read.notice == (
        "Die Datei enthält mehr eingebettete Dateien, als gelesen werden; die übrigen fehlen. "
        "Nicht lesbar: 1 eingebettete Datei. "
        "Der Text ist sehr lang; durchsuchbar sind die ersten 400 Zeichen."
    )


def test_what_is_attached_is_no_text_of_what_it_is_attached_to(extractor: Answering) -> None:
    mail = _text("Siehe Anlage", **{"Content-Type": "application/vnd.ms-outlook"})
    extractor.tika.parts = [mail, _text("Text der Anlage"), {"embeddedResourceType": "MACRO", **_text("Sub Auto_Open")}]
    read = extractor.text_of("0" * 64)
    assert read.holds_files
    assert [p.text for p in read.pages] == ["Siehe Anlage", "Sub Auto_Open"]
    kept = extractor.kept("0" * 64)
    assert kept is not None
    assert kept.holds_files
    extractor.tika.parts = [_text("Ein Brief"), _text("mit einer Tabelle darin")]
    letter = extractor.text_of("1" * 64)
    assert not letter.holds_files
    assert [p.text for p in letter.pages] == ["Ein Brief", "mit einer Tabelle darin"]


def _pdf(letters: Any, unknown: Any = "0", pages: str = "1") -> dict[str, Any]:
    counted = {"pdf:charsPerPage": letters, "pdf:unmappedUnicodeCharsPerPage": unknown, "xmpTPg:NPages": pages}
    return _text(GERMAN, **counted)


@pytest.mark.parametrize(
    ("parts", "leaves"),
    [
        ([_pdf("938")], False),
        ([_pdf(["938", "1200"], ["0", "5"], "2")], False),
        ([_pdf("20")], False),
        # a rule that is a little wider than Tika's own of 10
        ([_pdf("19")], True),
        ([_pdf("938", "6")], True),
        ([_pdf(["938", "0"], ["0", "0"], "2")], True),
        # what Tika does not say of a page may be a picture
        ([_pdf(["938"], ["0"], "2")], True),
        ([_text(GERMAN)], True),
        ([_text("Brief", **{"Content-Type": "text/html; charset=UTF-8"})], False),
        ([_text("Brief", **{"Content-Type": "application/msword"}), {"Content-Type": "image/png"}], True),
        ([{"Content-Type": "image/tiff"}], True),
        ([], False),
    ],
)
def test_where_letters_are_left_in_pictures(parts: list[dict[str, Any]], *, leaves: bool) -> None:
    assert leaves_letters(parts) is leaves


def test_a_first_turn_recognises_nothing_and_leaves_pictures_to_the_next(extractor: Answering) -> None:
    extractor.tika.parts = [_pdf(["938", "0"], ["0", "0"], "2")]
    with pytest.raises(TakesLongError):
        extractor.text_of("0" * 64, seconds=5)
    assert extractor.kept("0" * 64) is None, "what was read without its pictures is not taken for the whole"
    assert extractor.text_of("0" * 64).pages
    extractor.tika.parts = [_pdf("938")]
    assert extractor.text_of("1" * 64, seconds=5).pages
    assert extractor.tika.recognised == [False, True, False]


def test_pictures_that_are_attached_are_left_to_their_own_turns(extractor: Answering) -> None:
    mail = _text("Siehe Foto", **{"Content-Type": "application/vnd.ms-outlook"})
    extractor.tika.parts = [mail, {"embeddedResourceType": "ATTACHMENT", "Content-Type": "image/jpeg"}]
    assert extractor.text_of("0" * 64, seconds=5).holds_files
