"""From what somebody typed to a query, and to the sentences that say how it was read. Pure.

    hund anmelden             words                     "erster hund"            exactly so
    -katze, NICHT katze       not this (hyphens.py)     hund ODER katze, OR      one of them
    hund UND katze, AND       both                      kanal nahe beitrag       near each other
    Bauantr*                  a beginning               Az: Amt: Jahr: Typ: …    a field (fields.py)
    (hund ODER katze) steuer  brackets

Nothing is an error here: what is no operator is text. There is no engine syntax and no way to reach it. A parser of a
library would refuse what is not balanced; this one reads on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from records.query import All, Condition, FilterField, InField, InTitle, Near, Not, OneOf, Part, Phrase, Prefix, Words
from search_api import fields, hyphens
from search_api.notices import (
    BRACKET_OPEN,
    QUOTE_OPEN,
    RUNNING,
    WILDCARD_IDLE,
    Notice,
    Reading,
    operator_alone,
    read_as,
)
from search_api.pasted import heading, joined
from search_api.tokens import Kind, Token, tokens

#: longer text was pasted, not typed
LONGEST_TYPED = 300

_LINE_BREAK = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
_NUMBER_PART = re.compile(r"[./\-_:]")
#: Bürger*in, Erzieher*innenausbildung
_GENDER_STAR = re.compile(r"[^\W\d_]+\*in(?:nen[^\W\d_]*)?[.,;:!?]*")
_REGISTER = re.compile(r"[A-ZÄÖÜ]{1,3}")
_EXCLUDE = frozenset({"NOT", "NICHT"})
_OR = frozenset({"OR", "ODER"})
_AND = frozenset({"AND", "UND"})
_NEAR = frozenset({"NAHE", "NEAR"})
_OPERATORS = _EXCLUDE | _OR | _AND | _NEAR
#: "nahe der Kirche" is no operator
_AFTER_NEAR = frozenset(
    ("der", "die", "das", "dem", "den", "des", "am", "an", "im", "in", "zu", "zum", "zur", "bei", "beim", "von", "vom")
)
#: one word beside a quotation of more words than these, which is a title, was written as a heading too
_LONGEST_QUOTED = 5
_DEEPEST = 5
_SHORTEST_BEGINNING = 3
_MOST_BEGINNINGS = 5


@dataclass(frozen=True)
class Understood:
    """A question as it was read, and what is to be said about that."""

    query: All
    notices: tuple[Notice, ...] = ()


def clean(text: str) -> str:
    """Return text in normal form C, without control and formatting characters, white space single."""
    text = unicodedata.normalize("NFC", text)
    kept = (" " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join("".join(c for c in kept if unicodedata.category(c) != "Cf").split())


def parse(text: str) -> All:
    """Return the query that this text asks."""
    return understand(text).query


def understand(text: str, off: Iterable[Reading] = ()) -> Understood:
    """Return the query that this text asks without the readings that are `off`, and how it was read."""
    running = len(text.strip()) > LONGEST_TYPED or _LINE_BREAK.search(text.strip()) is not None
    if running:
        text = joined(text)
        pasted = Words(clean(text), running=True, heading=clean(heading(text)))
        return Understood(All((pasted,)), (RUNNING,)) if pasted.text else Understood(All(()))
    text = clean(text)
    readings = frozenset(Reading) - frozenset(off)
    pieces, flaws = tokens(text, fields.NAMES if Reading.FIELDS in readings else frozenset())
    flawed = tuple(notice for notice, flaw in ((QUOTE_OPEN, flaws.quote), (BRACKET_OPEN, flaws.bracket)) if flaw)
    told: list[Notice] = []
    if {Reading.EXCLUSION, Reading.HYPHENS} <= readings:
        written = hyphens.in_writing(pieces, knows_signs=any(map(_is_sign, pieces)))
        told += [read_as(Reading.HYPHENS, (f"„-{pieces[place].text}“" for place in written))] if written else []
        pieces = hyphens.without(pieces, written)
    if {Reading.QUOTES, Reading.HEADING} <= readings and (line := _line_that_quotes(pieces)) is not None:
        told.append(read_as(Reading.HEADING, (f"„{named}“" for named in line.quoted)))
        return Understood(All((line,)), (*told, *flawed))
    parser = _Parser(pieces, readings)
    parts = parser.parts()
    told += [read_as(reading, things) for reading, things in parser.read.items()]
    return Understood(All(parts), (*told, *flawed, *parser.idle))


def _line_that_quotes(pieces: Sequence[Token]) -> Words | None:
    """Return a line in which something is quoted among many other words, such as a subject; None if it is none.

    Who types quotation marks around or beside a few words means them. In a heading they stand because its author named
    something, and what is like it need not name the same.
    """
    said = [piece for piece in pieces if any(map(str.isalnum, piece.text))]
    quoted = tuple(piece.text for piece in said if piece.kind is Kind.QUOTED)
    text = " ".join(piece.text for piece in said)
    beside = len(said) - len(quoted)
    among_many = beside > 1 and len(text.split()) > hyphens.LONGEST_TYPED_LINE
    names_a_title = beside > 0 and any(len(one.split()) > _LONGEST_QUOTED for one in quoted)
    if not quoted or not (among_many or names_a_title) or any(piece.excluded or _is_sign(piece) for piece in pieces):
        return None
    return Words(text, quoted=quoted)


def _is_sign(piece: Token) -> bool:
    """Say whether somebody who wrote this knows the signs of a question; a hyphen may be one and need not."""
    written = piece.text if piece.kind is Kind.WORD else ""
    return bool(piece.field or written.endswith("*") or written in _OPERATORS)


@dataclass
class _Items:
    """Parts in the making: neighbouring words are one part."""

    parts: list[Part] = field(default_factory=list)
    #: the next word begins a part of its own
    apart: bool = False

    def add(self, part: Part) -> None:
        last = next((n for n, p in enumerate(self.parts) if isinstance(p, Words)), None) if not self.apart else None
        if isinstance(part, Words) and last is not None:
            before = self.parts[last]
            assert isinstance(before, Words)
            self.parts[last] = Words(f"{before.text} {part.text}")
        else:
            self.parts.append(part)

    def finished(self) -> tuple[Part, ...]:
        words = [part for part in self.parts if isinstance(part, Words)]
        return (*words, *(part for part in self.parts if not isinstance(part, Words)))


class _Parser:
    """Reads pieces from left to right; remembers how."""

    def __init__(self, pieces: tuple[Token, ...], readings: frozenset[Reading]) -> None:
        self._pieces = pieces
        self._readings = readings
        self._at = 0
        self._beginnings = 0
        self.read: dict[Reading, list[str]] = {}
        self.idle: list[Notice] = []

    def parts(self, depth: int = 0) -> tuple[Part, ...]:
        """Read to the end, or to the bracket that closes."""
        groups: list[_Items] = [_Items()]
        while (piece := self._next()) is not None:
            if piece.kind is Kind.CLOSE:
                self._at += 1
                if depth:
                    break
                continue
            joins = Reading.AND in self._readings and self._is(piece, _AND)
            if joins and groups[-1].parts and self._operand_at(self._at + 1):
                self._at += 1
                groups.append(_Items())
                continue
            # brackets around words alone mean nothing
            for part in self._one_of(depth):
                groups[-1].add(part)
        if len(groups) > 1:
            self._note(Reading.AND, ", ".join(called(group.parts) for group in groups))
        return _Items([part for group in groups for part in group.parts], apart=True).finished()

    def _one_of(self, depth: int) -> tuple[Part, ...]:
        choices = [self._near(depth)]
        while (
            Reading.OR in self._readings
            and choices[-1]
            and (piece := self._next()) is not None
            and self._is(piece, _OR)
            and self._operand_at(self._at + 1)
        ):
            self._at += 1
            choices.append(self._near(depth))
        choices = [choice for choice in choices if choice]
        if len(choices) <= 1:
            return choices[0] if choices else ()
        self._note(Reading.OR, ", ".join(called(choice) for choice in choices))
        return (OneOf(tuple(choice[0] if len(choice) == 1 else All(choice) for choice in choices)),)

    def _near(self, depth: int) -> tuple[Part, ...]:
        first = self._atom(depth)
        words = [_plain(first)]
        while words[0] and (piece := self._next()) is not None and self._is_near(piece):
            self._at += 1
            following = self._pieces[self._at]
            self._at += 1
            words.append(following.text)
        if len(words) == 1:
            return first
        self._note(Reading.NEAR, ", ".join(f"„{word}“" for word in words))
        return (Near(tuple(words)),)

    def _is_near(self, piece: Token) -> bool:
        if Reading.NEAR not in self._readings or piece.kind is not Kind.WORD or piece.excluded or piece.field:
            return False
        following = self._pieces[self._at + 1] if self._at + 1 < len(self._pieces) else None
        if following is None or following.kind is not Kind.WORD:
            return False
        if following.excluded or following.field or not any(c.isalnum() for c in following.text):
            return False
        return piece.text in _NEAR or (piece.text == "nahe" and following.text.lower() not in _AFTER_NEAR)

    def _atom(self, depth: int) -> tuple[Part, ...]:
        piece = self._pieces[self._at]
        self._at += 1
        excluded = piece.excluded
        if self._is(piece, _EXCLUDE) and Reading.EXCLUSION in self._readings and self._operand_at(self._at):
            piece, excluded = self._pieces[self._at], True
            self._at += 1
        elif self._is(piece, _EXCLUDE | _OR | _AND | {"NAHE", "NEAR"}):
            self.idle += [notice for notice in [operator_alone(piece.text)] if notice not in self.idle]
        found = self._read(piece, depth)
        if not excluded or Reading.EXCLUSION not in self._readings:
            return found
        out = [Not(one) for part in All(found).wanted for one in _word_by_word(part)]
        if out:
            self._note(Reading.EXCLUSION, ", ".join(called((one.part,)) for one in out))
        return tuple(out)

    def _read(self, piece: Token, depth: int) -> tuple[Part, ...]:
        if piece.kind is Kind.OPEN:
            inner = self.parts(depth + 1) if depth < _DEEPEST else ()
            return inner if not piece.field else self._text_of_field(piece, inner)
        if piece.kind is Kind.CLOSE or not any(c.isalnum() for c in piece.text):
            return ()
        if piece.field:
            return self._field(piece)
        if piece.kind is Kind.QUOTED and Reading.QUOTES in self._readings:
            self._note(Reading.QUOTES, f"„{piece.text}“")
            return (Phrase(piece.text),)
        if piece.kind is Kind.WORD and "*" in piece.text:
            return self._wildcard(piece.text)
        return (Words(piece.text),)

    def _field(self, piece: Token) -> tuple[Part, ...]:
        value = piece.text
        quoted = piece.kind is Kind.QUOTED
        if piece.field in fields.NUMBERED and not quoted:
            value = self._number(value)
        begins = value.endswith("*") and not quoted
        condition = fields.named(piece.field, value.rstrip("*") if begins else value, exact=quoted, begins=begins)
        if condition is None:
            return (Words(f"{piece.field}: {value}"),)
        self._note(Reading.FIELDS, fields.called(condition))
        return (condition,)

    def _number(self, value: str) -> str:
        """Return a number with what belongs to it behind a space: 632.1 - 12 / 2024, 4 K 1023/24, BA 77."""
        while (piece := self._next()) is not None and piece.kind is Kind.WORD and not piece.field:
            last = value.rsplit(maxsplit=1)[-1]
            signs = not piece.text.strip("./-\u2013") or piece.text[0] in "./" or last[-1] in "./-\u2013"
            digit = any(c.isdigit() for c in piece.text)
            after = self._pieces[self._at + 1] if self._at + 1 < len(self._pieces) else None
            register = _REGISTER.fullmatch(piece.text) is not None and after is not None and after.text[:1].isdigit()
            if not (
                signs or register or (digit and (_REGISTER.fullmatch(last) or not any(c.isdigit() for c in value)))
            ):
                break
            value = f"{value} {piece.text}"
            self._at += 1
        return value

    def _text_of_field(self, piece: Token, inner: tuple[Part, ...]) -> tuple[Part, ...]:
        words = [part.text for part in inner if isinstance(part, Words | Phrase)]
        condition = fields.named(piece.field, " ".join(words)) if words else None
        if condition is None:
            return inner
        self._note(Reading.FIELDS, fields.called(condition))
        return (condition,)

    def _wildcard(self, word: str) -> tuple[Part, ...]:
        if Reading.WILDCARD not in self._readings:
            return (Words(word),)
        if _GENDER_STAR.fullmatch(word):
            return (Words(word.replace("*", " ")),)
        stem = word.rstrip("*")
        letters = sum(c.isalnum() for c in stem)
        if "*" in stem or letters < _SHORTEST_BEGINNING or self._beginnings == _MOST_BEGINNINGS:
            self.idle += [WILDCARD_IDLE] if WILDCARD_IDLE not in self.idle else []
            plain = word.replace("*", " ").strip()
            return (Words(plain),) if any(c.isalnum() for c in plain) else ()
        self._beginnings += 1
        self._note(Reading.WILDCARD, f"{stem}…")
        return (Prefix(stem),)

    def _next(self) -> Token | None:
        return self._pieces[self._at] if self._at < len(self._pieces) else None

    def _operand_at(self, at: int) -> bool:
        """Say whether there is something to join or to exclude; an operator that follows is none."""
        if at >= len(self._pieces):
            return False
        piece = self._pieces[at]
        return piece.kind is not Kind.CLOSE and not self._is(piece, _OR | _AND)

    @staticmethod
    def _is(piece: Token, words: frozenset[str]) -> bool:
        return piece.kind is Kind.WORD and not piece.field and not piece.excluded and piece.text in words

    def _note(self, reading: Reading, thing: str) -> None:
        self.read.setdefault(reading, []).append(thing)


def _plain(parts: tuple[Part, ...]) -> str:
    """Return the one word that these parts are; empty where they are something else."""
    return parts[0].text if len(parts) == 1 and isinstance(parts[0], Words) and " " not in parts[0].text else ""


def _word_by_word(part: Words | Condition) -> Iterable[Words | Condition]:
    return [Words(word) for word in part.text.split()] if isinstance(part, Words) else [part]


def called(parts: Iterable[Part]) -> str:
    """Return parts of a question as whoever asked would say them."""
    named = []
    for part in parts:
        match part:
            case Words() | Phrase() | Near():
                named.append(f"„{part.text}“")
            case Prefix():
                named.append(f"{part.text}…")
            case InField() | InTitle():
                named.append(fields.called(part))
            case Not():
                named.append(f"nicht {called((part.part,))}")
            case OneOf() | All():
                named.append(called(part.parts))
    return " ".join(named)


def meaning_of(query: All) -> str:
    """Return what is asked for as text, without what is excluded or only named; empty where nothing is asked for."""
    return " ".join(part.text for part in query.wanted if not isinstance(part, InField | Prefix))


def ranks(query: All) -> bool:
    """Say whether anything that is asked for fits better or worse, and not only or not at all."""
    return any(
        not (isinstance(part, Prefix) or (isinstance(part, InField) and part.field is not FilterField.FILE_REFERENCE))
        for part in query.wanted
    )


def names_something(query: All) -> bool:
    """Say whether exact words are meant, not a subject: all in quotes, or numbers such as 632.6/2024-17 and 0473."""
    if not query.wanted or any(part.running for part in query.words):
        return False
    tokens = [token for words in query.words for token in words.text.split()]
    return all(any(map(str.isdigit, token)) and _is_key(token) for token in tokens)


def _is_key(token: str) -> bool:
    # nothing is near a bare number in meaning
    return _NUMBER_PART.search(token) is not None or not any(map(str.isalpha, token))
