"""Splits pages into passages. Pure: page.text[start:end] is the passage, whatever the text holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from records.record import Page, Passage

MAX_LENGTH = 1_000
MAX_OVERLAP = 150
_MIN_LENGTH = 300  # a cut is not made earlier than this

_SENTENCE_END = re.compile(r"(?<=[.!?:;])[\"“»)]?\s+(?=[^\sa-zäöüß])|\n")
_SPACES = re.compile(r"[^\S\n]+")
_LINE_EDGES = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")
# "Genehmi-\ngung" is one word; "Erd- und" has no line end, "Bauamt-\nErbach" goes on with a capital.
_HYPHENATED = re.compile(r"(?<=[a-zäöüß])[-\u00ad\u2010]\n(?!(?:und|oder|bzw|sowie|als|bis)\b)(?=[a-zäöüß])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def tidy(text: str) -> str:
    """Return text in normal form C, words joined that were hyphenated at line ends, without needless white space."""
    text = unicodedata.normalize("NFC", _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    text = _LINE_EDGES.sub("\n", _SPACES.sub(" ", text))
    text = _HYPHENATED.sub("", text).replace("\u00ad", "")
    return _MANY_LINES.sub("\n\n", text).strip()


def split(pages: Iterable[Page], *, limit: int) -> tuple[Passage, ...]:
    """Return the passages of pages in order, at most `limit`."""
    passages: list[Passage] = []
    for page in pages:
        for start, end in _spans(page.text):
            if len(passages) == limit:
                return tuple(passages)
            passages.append(Passage(page.number, start, end, page.text[start:end]))
    return tuple(passages)


def _spans(text: str) -> Iterable[tuple[int, int]]:
    start, length = _skip(text, 0), len(text.rstrip())
    while start < length:
        end = length if length - start <= MAX_LENGTH else _cut(text, start)
        while text[end - 1].isspace():
            end -= 1
        yield start, end
        if end >= length:
            return
        start = _next(text, start, end)


def _cut(text: str, start: int) -> int:
    """Return where a passage that begins at `start` and is too long should end."""
    window = text[start : start + MAX_LENGTH]
    paragraph = window.rfind("\n\n", _MIN_LENGTH)
    if paragraph > 0:
        return start + paragraph
    ends = [m.start() for m in _SENTENCE_END.finditer(window) if m.start() >= _MIN_LENGTH]
    if ends:
        return start + ends[-1]
    space = window.rfind(" ", _MIN_LENGTH)
    return start + (space if space > 0 else MAX_LENGTH)


def _next(text: str, start: int, end: int) -> int:
    """Return where the next passage begins: with the last sentence of this one if it is short enough."""
    sentence = [m.end() for m in _SENTENCE_END.finditer(text, max(start + 1, end - MAX_OVERLAP - 1), end)]
    for begin in sentence:
        if start < begin < end and end - begin <= MAX_OVERLAP:
            return begin
    return _skip(text, end)


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position
