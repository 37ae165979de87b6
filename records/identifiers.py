"""Numbers of files, papers, plots and rulings as keys: recognised, and written in one way. Pure.

A number is a key and not two words: "2021/0283" is not "something of 2021". Text and question go through the same
functions, so that "2021/0283", "2021-0283", "2021 0283" and "20210283" meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W_]+(?:[./\-\u2010\u2011\u2013_:,][^\W_]+)*")
_PIECE = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
#: letters between numbers that belong to them: the K of "4 K 1023/24"
_REGISTER = re.compile(r"[A-ZÄÖÜ]{1,3}")
#: a number without any sign in it is a key from this length on; shorter ones are amounts and years
_LONG = 5
_MOST_PIECES = 6


@dataclass(frozen=True)
class Identifier:
    """A number with its pieces: 632.1-12/2024 is 632, 1, 12 and 2024."""

    pieces: tuple[str, ...]

    @property
    def key(self) -> str:
        """The whole number without any sign."""
        return "".join(self.pieces)

    @property
    def part(self) -> str:
        """The number as part of a longer one: here it counts where its pieces end."""
        return "/".join(self.pieces)

    @property
    def parts(self) -> Iterator[str]:
        """Every run of two or more pieces, the whole one included."""
        pieces = self.pieces[:_MOST_PIECES]
        for start in range(len(pieces) - 1):
            for end in range(start + 2, len(pieces) + 1):
                yield "/".join(pieces[start:end])


def plain(text: str) -> str:
    """Return a number, or the beginning of one, without any sign."""
    return "".join(_PIECE.findall(text)).casefold()


def in_text(text: str) -> Iterator[Identifier]:
    """Yield every number that stands in a text as one word."""
    for token in _TOKEN.findall(text):
        if _DIGIT.search(token):
            pieces = tuple(piece.casefold() for piece in _PIECE.findall(token))
            if len(pieces) > 1 or len(pieces[0]) >= _LONG:
                yield Identifier(pieces)


@dataclass(frozen=True)
class Asked:
    """A number that somebody typed, perhaps with spaces in it: as a whole, and word by word."""

    whole: Identifier
    words: tuple[Identifier, ...]


def in_question(text: str) -> tuple[Asked, ...]:
    """Return the numbers that a typed text names; numbers that follow each other are one."""
    runs: list[list[str]] = [[]]
    for token in _TOKEN.findall(text):
        if _DIGIT.search(token) or (runs[-1] and _REGISTER.fullmatch(token)):
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    asked = []
    for run in runs:
        while run and not _DIGIT.search(run[-1]):
            run.pop()
        pieces = tuple(piece.casefold() for token in run for piece in _PIECE.findall(token))
        if len(pieces) > 1 or (pieces and len(pieces[0]) >= _LONG):
            asked.append(Asked(Identifier(pieces), tuple(in_text(" ".join(run)))))
    return tuple(asked)
