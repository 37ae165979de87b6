"""From what Tika answers for one file to the text of its pages, with the confidence of those read by text recognition.

The answer is foreign input. Recognised pages come as hOCR: each word carries how sure Tesseract is of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lxml import etree, html

from indexer.passages import tidy
from records.record import Page

_BLOCKS = frozenset({"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "br", "title", "pre"})
_PAGE_CLASSES = frozenset({"page", "slide", "slide-content", "sheet"})
_WORD_CONFIDENCE = re.compile(r"x_wconf (\d{1,3})")


#: a page with fewer letters of its own, or more letters of unknown meaning, is recognised. Tika's own rule, of which
#: this must not leave out a page: up to 10, and more than 10 (OCRStrategyAuto.BETTER of its PDF parser)
_FEW_LETTERS, _MANY_UNKNOWN = 20, 5


def leaves_letters(parts: Sequence[dict[str, Any]]) -> bool:
    """Return whether recognition would find more in these parts, which Tika read without it.

    Where Tika does not say how many letters the pages of a PDF hold, it would.
    """
    return any(_is_picture(part) or _has_poor_page(part) for part in parts)


def pages_of(xhtml: object) -> list[Page]:
    """Return the pages of one part of a file, numbered from 1; none where it holds nothing."""
    if not isinstance(xhtml, str) or not xhtml.strip():
        return []
    root = html.document_fromstring(xhtml.encode(), parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    body: Any = root.find("body")
    if body is None:
        return []
    divisions = [e for e in body.iterchildren("div") if e.get("class") in _PAGE_CLASSES]
    if not divisions:
        # a picture of several pages
        divisions = body.findall("./div[@class='ocr']/div[@class='ocr_page']")
    if not divisions:
        return [_page(1, body)]
    pages = [_page(number, division) for number, division in enumerate(divisions, start=1)]
    for division in divisions:
        division.drop_tree()
    rest = tidy(_inner(body))  # bookmarks, notes and comments stand outside the pages
    if rest:
        last = pages[-1]
        pages[-1] = Page(last.number, f"{last.text}\n\n{rest}".strip(), last.confidence)
    return pages


def _is_picture(part: dict[str, Any]) -> bool:
    return _kind(part).startswith("image/")


def _has_poor_page(part: dict[str, Any]) -> bool:
    if not _kind(part).startswith("application/pdf"):
        return False
    letters, unknown = _counts(part, "pdf:charsPerPage"), _counts(part, "pdf:unmappedUnicodeCharsPerPage")
    pages = max([1, *_counts(part, "xmpTPg:NPages")])
    return len(letters) < pages or min(letters) < _FEW_LETTERS or max(unknown, default=0) > _MANY_UNKNOWN


def _counts(part: dict[str, Any], name: str) -> list[int]:
    value = part.get(name, [])
    return [int(one) for one in (value if isinstance(value, list) else [value]) if str(one).isdecimal()]


def _kind(part: dict[str, Any]) -> str:
    return str(part.get("Content-Type", "")).lower()


def _page(number: int, element: Any) -> Page:
    confidence = _confidence(element)
    for recognised in element.xpath("descendant-or-self::div[@class='ocr_page']"):
        text = _recognised_text(recognised)
        for child in list(recognised):
            recognised.remove(child)
        recognised.text = text
    return Page(number, tidy(_inner(element)), confidence)


def _recognised_text(page: Any) -> str:
    paragraphs = []
    for paragraph in page.xpath(".//*[@class='ocr_par']"):
        # headlines and captions are lines, too
        lines = [" ".join(_words(line)) for line in paragraph if _words(line)]
        paragraphs.append("\n".join(lines))
    return "\n\n".join(p for p in paragraphs if p)


def _words(line: Any) -> list[str]:
    return [w for w in (" ".join(word.itertext()).strip() for word in line.iter("span") if _is_word(word)) if w]


def _is_word(element: Any) -> bool:
    return bool(element.get("class") == "ocrx_word")


def _confidence(element: Any) -> int | None:
    """Return how sure text recognition is of a page, in percent, by its letters; None where it read nothing."""
    letters = sure = 0
    for word in element.iter("span"):
        if not _is_word(word):
            continue
        said = _WORD_CONFIDENCE.search(word.get("title", ""))
        length = len("".join(word.itertext()).strip())
        if said is not None and length:
            letters += length
            sure += length * min(int(said.group(1)), 100)
    return round(sure / letters) if letters else None


def _inner(element: Any) -> str:
    etree.strip_elements(element, "script", "style", etree.Comment, with_tail=False)
    for block in element.iter(*_BLOCKS):
        if block is not element:
            block.tail = f"\n{block.tail or ''}"
    for cell in element.iter("td", "th"):
        cell.tail = f"\t{cell.tail or ''}"
    return "".join(element.itertext())
