"""Cuts text into marked and unmarked pieces; pure, and never makes markup (the templates do, escaped)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ui.record_api import Passage

_WORDS = 40
_WORD_LENGTH = 60
_FRAGMENT = 60


@dataclass(frozen=True)
class Piece:
    """A stretch of text; `word` matched what was typed, `place` belongs to the passage that was found."""

    text: str
    word: bool = False
    place: bool = False


@dataclass(frozen=True)
class Marks:
    """What to mark on the page a hit points to: the words as they stand there, and where the passage begins."""

    words: tuple[str, ...] = ()
    fragment: str = ""
    length: int = 0

    @classmethod
    def of(cls, passage: Passage) -> Marks:
        """Take from a passage what finds it again on its page."""
        seen = dict.fromkeys(passage.text[a:b][:_WORD_LENGTH] for a, b in _valid(passage.highlights, passage.text))
        return cls(tuple(w for w in seen if w.strip())[:_WORDS], passage.text[:_FRAGMENT], len(passage.text))

    @classmethod
    def from_sealed(cls, value: dict[str, Any]) -> Marks:
        """Return what `to_seal` was made of."""
        return cls(tuple(value["w"]), value["f"], value["l"])

    def to_seal(self) -> dict[str, Any]:
        """Return these marks as plain values."""
        return {"w": self.words, "f": self.fragment, "l": self.length}


def _valid(spans: Iterable[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Sort spans, join those that touch, drop what lies outside the text."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not 0 <= start < end <= len(text):
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def mark_passage(passage: Passage) -> list[Piece]:
    """Cut a passage at its highlights."""
    return _cut(passage.text, _valid(passage.highlights, passage.text), None)


def mark_page(text: str, marks: Marks) -> list[Piece]:
    """Cut the text of a page where the words of a hit stand, and where its passage lies."""
    spans: list[tuple[int, int]] = []
    if marks.words:
        longest_first = sorted(marks.words, key=len, reverse=True)
        pattern = rf"(?<!\w)(?:{'|'.join(re.escape(w) for w in longest_first)})(?!\w)"
        spans = [m.span() for m in re.finditer(pattern, text, re.IGNORECASE)]
    place = None
    start = text.find(marks.fragment) if marks.fragment else -1
    if start >= 0:
        place = (start, min(len(text), start + marks.length))
    return _cut(text, _valid(spans, text), place)


def _cut(text: str, words: list[tuple[int, int]], place: tuple[int, int] | None) -> list[Piece]:
    cuts = {0, len(text), *(place or ()), *(edge for span in words for edge in span)}
    edges = sorted(cuts)
    pieces = []
    for start, end in pairwise(edges):
        is_word = any(a <= start and end <= b for a, b in words)
        is_place = place is not None and place[0] <= start and end <= place[1]
        pieces.append(Piece(text[start:end], is_word, is_place))
    return pieces
