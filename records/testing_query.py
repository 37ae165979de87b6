"""What a question finds in the store in memory: whole words, unstemmed, without the readings of the real store."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from records.citations import Citation, citations, own_keys
from records.query import (
    All,
    Cites,
    Condition,
    FilterField,
    InField,
    InTitle,
    Near,
    Not,
    OneOf,
    Part,
    Phrase,
    Prefix,
    Words,
)
from records.record import Record

_WORD = re.compile(r"\w+")
_NEAR = 10


#: enough of them to tell that they are left out
FUNCTION_WORDS = frozenset({"der", "die", "das", "den", "dem", "des", "für", "und", "ein", "eine", "einen"})


def words_in(text: str) -> list[str]:
    """Return the words of a text in small letters."""
    return _WORD.findall(text.lower())


def key_of(reference: str) -> str:
    """Return a number without its signs."""
    return "".join(words_in(reference)).replace("_", "")


def spelled_out(word: str) -> str:
    """Return a word with its umlauts as two letters."""
    return word.lower().translate({0xE4: "ae", 0xF6: "oe", 0xFC: "ue", 0xDF: "ss"})


def texts_of(record: Record) -> list[str]:
    """Return everything of a record that words are found in."""
    meta = record.metadata
    return [meta.title, meta.file_reference or "", meta.case_reference or "", " ".join(p.text for p in record.pages)]


def cited_in(record: Record) -> tuple[Citation, ...]:
    """Return what a record cites."""
    texts = (record.metadata.title, *(page.text for page in record.pages))
    found = {one.key: one for text in texts for one in citations(text)}
    own = own_keys(record.metadata)
    return tuple(one for key, one in found.items() if key not in own)


@dataclass(frozen=True)
class Matching:
    """A record, asked. `value` says what a field of it holds."""

    record: Record
    value: Callable[[Record, FilterField], str | None]

    def binds(self, query: All) -> bool:
        """Say whether everything that holds in every mode holds."""
        return all(self._score(part) is not None for part in query.strict)

    def score(self, query: All) -> float | None:
        """Return how well the words fit; None if they do not."""
        scores = [self._score(part) for part in query.ranking]
        return None if None in scores else 1.0 + sum(score or 0.0 for score in scores)

    def _score(self, part: Part) -> float | None:
        match part:
            case Words():
                return self._words(part)
            case OneOf():
                found = [score for one in part.parts if (score := self._score(one)) is not None]
                return max(found, default=None)
            case All():
                scores = [self._score(one) for one in part.parts]
                return None if None in scores else sum(score or 0.0 for score in scores)
            case Cites():
                return 0.0 if set(part.keys) & {one.key for one in cited_in(self.record)} else None
            case Not():
                inner = Phrase(part.part.text) if isinstance(part.part, Words) else part.part
                return 0.0 if self._score(inner) is None else None
        return 0.0 if self._holds(part) else None

    def _words(self, part: Words) -> float | None:
        titled = Counter(words_in(self.record.metadata.title))
        counted = Counter(w for text in texts_of(self.record) for w in words_in(text))
        asked = list(dict.fromkeys(words_in(part.text)))
        if key_of(part.text) in self._references():
            return 50.0
        present = [word for word in asked if word in counted]
        if len(present) < _minimum(part, len(asked)):
            return None
        return sum(1 + math.log(counted[w]) + titled[w] for w in present)

    def _holds(self, part: Condition) -> bool:
        match part:
            case Phrase():
                return self._phrase(part.text)
            case Prefix():
                return any(w.startswith(part.text.lower()) for text in texts_of(self.record) for w in words_in(text))
            case Near():
                return any(_near(words_in(page.text), words_in(part.text)) for page in self.record.pages)
            case InTitle():
                titled = words_in(self.record.metadata.title)
                return _in_order(words_in(part.text), titled) if part.exact else set(words_in(part.text)) <= set(titled)
        return self._in_field(part)

    def _in_field(self, part: InField) -> bool:
        value = self.value(self.record, part.field)
        if value is None:
            return False
        if part.field in {FilterField.FILE_REFERENCE, FilterField.CASE_REFERENCE}:
            within = str.startswith if part.begins else str.__contains__
            return any(within(key_of(value), key_of(one)) for one in part.values)
        if part.begins:
            return spelled_out(value).startswith(spelled_out(part.values[0]))
        return spelled_out(value) in {spelled_out(one) for one in part.values}

    def _phrase(self, phrase: str) -> bool:
        wanted = words_in(phrase)
        if key_of(phrase) in self._references():
            return True
        return any(_in_order(wanted, words_in(text)) for text in texts_of(self.record))

    def _references(self) -> set[str]:
        meta = self.record.metadata
        return {key_of(reference) for reference in (meta.file_reference, meta.case_reference) if reference}


def _in_order(wanted: list[str], words: list[str]) -> bool:
    return any(words[i : i + len(wanted)] == wanted for i in range(len(words) - len(wanted) + 1))


def _minimum(part: Words, asked: int) -> int:
    share = 0.1 if part.is_sentence else 0.4
    return min(asked, 1) if part.running else min(asked, max(1, int(asked * share)))


def _near(page: list[str], wanted: list[str]) -> bool:
    width = len(wanted) + _NEAR
    return any(set(wanted) <= set(page[start : start + width]) for start in range(max(1, len(page) - width + 1)))
