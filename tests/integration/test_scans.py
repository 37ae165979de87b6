"""A page that is only a picture: read where Tesseract is installed, and never taken for an empty one."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.tesseract]

_FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


def _picture(words: str, *, size: int = 40, blurred: float = 0.0) -> Image.Image:
    page = Image.new("L", (1240, 1754), 255)
    ImageDraw.Draw(page).multiline_text((120, 200), words, font=ImageFont.truetype(str(_FONT), size), fill=0)
    return page.filter(ImageFilter.GaussianBlur(blurred))


@pytest.fixture(scope="module")
def folder(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An imported folder: a file of text and pictures, and a scan of which little can be read."""
    place = tmp_path_factory.mktemp("scans")
    mixed = Canvas(str(place / "gemischt.pdf"))
    mixed.drawString(72, 720, "Textblatt: Der Bauhof räumt im Winter alle Straßen.")
    mixed.drawImage(ImageReader(_picture("Wappenbild")), 72, 100, 200, 300)
    mixed.showPage()
    mixed.drawImage(ImageReader(_picture("Beispiel: Brückensperrung\nam Mühlgraben")), 0, 0, 595, 842)
    mixed.showPage()
    mixed.save()
    # drawn small and blurred: at 300 dots to the inch only half of it can be told
    faint = _picture("Der Zaunantrag von Frau Beispiel wird abgelehnt.", size=15, blurred=1.4)
    faint.save(place / "undeutlich.pdf", "PDF", resolution=150)
    for name in ("gemischt", "undeutlich"):
        said = {"title": f"Scan {name}", "source_id": name, "readers": ["bauamt"]}
        (place / f"{name}.meta.json").write_text(json.dumps(said), encoding="utf-8")
    summary = stack.json("import", str(place), "--tenant", "oberzent")
    assert (summary["files"], summary["indexed"]) == (2, 2)
    return place


@pytest.mark.usefixtures("folder")
def test_only_the_page_that_is_a_picture_is_recognised(stack: Stack) -> None:
    with stack.client("oberzent", ["bauamt"]) as api:
        found = api.post("/v1/search", json={"query": "Brückensperrung", "mode": "keyword"}).raise_for_status().json()
        (hit,) = found["hits"]
        assert hit["source_id"] == "gemischt"
        (passage,) = hit["passages"]
        assert passage["page"] == 2
        assert passage["confidence"] > 80
        assert hit["fields"]["ocr_pages"] == 1
        page = api.get(f"/v1/records/{hit['record_id']}/pages/2").json()
        assert page["confidence"] == passage["confidence"]
        assert "Brückensperrung\nam Mühlgraben" in page["text"]
        first = api.get(f"/v1/records/{hit['record_id']}/pages/1").json()
        assert first["confidence"] is None
        assert "Bauhof" in first["text"]
        assert "Wappenbild" not in first["text"], "a page with text of its own is not recognised again"


@pytest.mark.usefixtures("folder")
def test_doubtful_pages_are_listed_and_read_anew(stack: Stack) -> None:
    listed = stack.json("ocr", "list", "--tenant", "oberzent", "--below", "101")
    confidence = {page["source_id"]: page["confidence"] for page in listed}
    assert set(confidence) == {"gemischt", "undeutlich"}
    worst = listed[0]
    assert worst["source_id"] == "undeutlich"
    with stack.client("oberzent", ["bauamt"], roles=("records-manager",)) as manager:
        told = manager.get("/v1/recognition", params={"below": 101}).raise_for_status().json()
        assert [page["record_id"] for page in told] == [page["record_id"] for page in listed]
    with stack.client("oberzent", ["hauptamt"], roles=("records-manager",)) as other:
        assert other.get("/v1/recognition", params={"below": 101}).raise_for_status().json() == []
    again = stack.json("ocr", "again", worst["record_id"], "--page", "1", "--dpi", "600")
    assert again["before"] == worst["confidence"]
    after = {
        p["source_id"]: p["confidence"] for p in stack.json("ocr", "list", "--tenant", "oberzent", "--below", "101")
    }
    assert after["undeutlich"] == max(again["before"], again["now"] or 0)
    assert again["kept"] == (after["undeutlich"] > again["before"])


def test_letters_in_a_picture_in_a_letter_are_found_with_its_words(stack: Stack, tmp_path: Path) -> None:
    letter, picture = docx.Document(), io.BytesIO()
    letter.add_paragraph("Beispiel: Das Blatt zeigt die Beschilderung am Kirchweg.")
    _picture("Zufahrt nur für\nForstbetriebe").save(picture, "PNG")
    picture.seek(0)
    letter.add_picture(picture)
    letter.save(str(tmp_path / "schild.docx"))
    (tmp_path / "schild.meta.json").write_text(json.dumps({"title": "Schild", "readers": ["bauamt"]}), encoding="utf-8")
    summary = stack.json("import", str(tmp_path), "--tenant", "brombachtal")
    assert (summary["files"], summary["indexed"]) == (1, 1)
    with stack.client("brombachtal", ["bauamt"]) as api:
        body = {"query": "Kirchweg Forstbetriebe", "mode": "keyword"}
        (hit,) = api.post("/v1/search", json=body).raise_for_status().json()["hits"]
    assert hit["title"] == "Schild"
    assert hit["fields"]["ocr_pages"] == 1
