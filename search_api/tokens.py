"""The pieces of what somebody typed: words, quotations, brackets, each with what stands before it. Pure.

There is no grammar here that could be broken: what opens nothing and closes nothing is part of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

CLOSED_BY = {'"': '"', "„": '“”"', "“": '”"', "”": '"', "«": "»", "»": "«"}
_WORD = re.compile(r"\S+")
_FIELD = re.compile(r"([^\W\d]{2,20}):(?!//)", re.UNICODE)


class Kind(Enum):
    """What a piece is."""

    WORD = auto()
    QUOTED = auto()
    OPEN = auto()
    CLOSE = auto()


@dataclass(frozen=True)
class Token:
    """One piece; `field` is a name with a colon before it, `excluded` a hyphen."""

    kind: Kind
    text: str = ""
    field: str = ""
    excluded: bool = False


@dataclass
class Flaws:
    """What has no counterpart."""

    quote: bool = False
    bracket: bool = False


def tokens(text: str, fields: frozenset[str]) -> tuple[tuple[Token, ...], Flaws]:
    """Return the pieces of cleaned text; `fields` are the names, in small letters, that a colon makes a field of."""
    reader = _Reader(text, fields)
    return tuple(reader.pieces()), reader.flaws


class _Reader:
    def __init__(self, text: str, fields: frozenset[str]) -> None:
        self.flaws = Flaws()
        self._text = text
        self._fields = fields
        self._at = 0
        self._depth = 0

    def pieces(self) -> Iterator[Token]:
        while self._at < len(self._text):
            letter = self._text[self._at]
            if letter == " ":
                self._at += 1
            elif letter == ")":
                self._at += 1
                self.flaws.bracket = self.flaws.bracket or self._depth == 0
                if self._depth:
                    self._depth -= 1
                    yield Token(Kind.CLOSE)
            else:
                # A hyphen excludes only at the beginning of a word: "Odenwald-Kreis" is one word, „Alt“-Bestand too.
                begin = _behind_hyphens(self._text, self._at)
                apart = self._at == 0 or self._text[self._at - 1] in " ("
                excluded, self._at = apart and begin > self._at, begin
                yield from self._operand(self._field(), excluded=excluded)

    def _field(self) -> str:
        named = _FIELD.match(self._text, self._at)
        if named is None or (name := named.group(1).lower()) not in self._fields:
            return ""
        behind = named.end() + (self._text[named.end() : named.end() + 1] == " ")
        if behind == len(self._text):
            return ""
        self._at = behind
        return name

    def _operand(self, field: str, *, excluded: bool) -> Iterator[Token]:
        quoted = _quoted(self._text, self._at)
        if quoted is not None:
            content, self._at = quoted
            yield Token(Kind.QUOTED, content, field, excluded)
        elif self._text[self._at] in CLOSED_BY:
            self._at += 1
            self.flaws.quote = True
        elif self._text[self._at] != "(":
            word = _next_word(self._text, self._at, in_brackets=self._depth > 0)
            self._at += len(word)
            yield Token(Kind.WORD, word, field, excluded)
        else:
            if _closes(self._text, self._at):
                self._depth += 1
                yield Token(Kind.OPEN, field=field, excluded=excluded)
            else:
                self.flaws.bracket = True
            self._at += 1


def _behind_hyphens(text: str, position: int) -> int:
    end = position
    while end < len(text) and text[end] == "-":
        end += 1
    return end if end < len(text) and text[end] != " " else position


def _closes(text: str, position: int) -> bool:
    depth = 0
    for letter in text[position:]:
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return True
    return False


def _quoted(text: str, position: int) -> tuple[str, int] | None:
    closers = CLOSED_BY.get(text[position])
    if closers is None:
        return None
    ends = [end for closer in closers if (end := text.find(closer, position + 1)) >= 0]
    return (text[position + 1 : min(ends)].strip(), min(ends) + 1) if ends else None


def _next_word(text: str, position: int, *, in_brackets: bool) -> str:
    found = _WORD.match(text, position)
    assert found is not None
    word = found.group()
    depth = 0
    for offset, letter in enumerate(word):
        depth += (letter == "(") - (letter == ")")
        if offset and letter in CLOSED_BY and _quoted(text, position + offset) is not None:
            return word[:offset]
        # "Gebäude(n)" is a word; a bracket that the word did not open closes what stands before it
        if offset and depth < 0 and in_brackets:
            return word[:offset]
    return word
