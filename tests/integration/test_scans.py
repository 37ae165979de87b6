"""A page that is only a picture: read where Tesseract is installed, and never taken for an empty one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont

from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.tesseract]

_FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


def _scan(path: Path, words: str) -> None:
    page = Image.new("L", (1240, 1754), 255)
    ImageDraw.Draw(page).text((120, 200), words, font=ImageFont.truetype(str(_FONT), 48), fill=0)
    page.save(path, "PDF", resolution=150)


def test_a_scanned_page_is_found_by_its_words(stack: Stack, tmp_path: Path) -> None:
    _scan(tmp_path / "scan.pdf", "Beispiel: Brückensperrung\nam Mühlgraben")
    (tmp_path / "scan.meta.json").write_text(
        json.dumps({"title": "Eingescannter Brief", "source_id": "scan-1", "readers": ["bauamt"]}), encoding="utf-8"
    )
    summary = stack.json("import", str(tmp_path), "--tenant", "oberzent")
    assert (summary["files"], summary["indexed"]) == (1, 1)
    with stack.client("oberzent", ["bauamt"]) as api:
        found = api.post("/v1/search", json={"query": "Brückensperrung", "mode": "keyword"}).raise_for_status().json()
    assert [hit["source_id"] for hit in found["hits"]] == ["scan-1"]
    assert found["hits"][0]["passages"][0]["page"] == 1
