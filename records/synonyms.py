"""Other words for the same thing, as offices use them: abbreviations and synonyms. Pure.

They are applied to the question only, so that a change takes effect at once. A list has sections, each with the source
it comes from, and lines of words that stand for each other; a town writes its own beside `synonyms.txt`:

    Quelle: Abkürzungsverzeichnis der Stadt, Stand 2026
    Kita = Kindertagesstätte = Kindergarten
"""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Iterable
from dataclasses import dataclass

from records import inflection
from records.compounds import fold
from records.lexicon import lexicon
from records.query import Synonym

_LONGEST_LINE = 500
_MOST_LINES = 5_000
_LONGEST_WORDS = 8
_MOST_OTHERS = 12

#: a shorter stem is that of several words
_SHORTEST_STEM = 6
_ENDINGS = ("es", "en", "er", "s", "n", "e")


class SynonymListError(ValueError):
    """A list that cannot be used; names the line, and what to do."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line


@dataclass(frozen=True)
class Thesaurus:
    """Words that stand for each other."""

    groups: tuple[tuple[str, ...], ...]

    @functools.cached_property
    def _table(self) -> dict[str, tuple[str, ...]]:
        table: dict[str, tuple[str, ...]] = {}
        for group in self.groups:
            for words in group:
                table[_plain(words)] = (*table.get(_plain(words), ()), *group)
        return table

    @functools.cached_property
    def _by_stem(self) -> dict[str, tuple[str, ...]]:
        """The same for plurals with another vowel: Parkplätze are a Parkplatz."""
        table: dict[str, tuple[str, ...]] = {}
        for group in self.groups:
            for words in group:
                if stem := _stem(words):
                    table[stem] = (*table.get(stem, ()), *group)
        return table

    def alternatives(self, words: str) -> tuple[str, ...]:
        """Return the other words for these, whatever their ending; none where there are none."""
        plain = _plain(words)
        for ending in ("", *_ENDINGS):
            # an ending makes another word of a short one; the s of Kitas does not
            short = len(plain) - len(ending) < (4 if ending == "s" else 5)
            if ending and (not plain.endswith(ending) or short):
                continue
            found = self._table.get(plain.removesuffix(ending) if ending else plain)
            if found is not None:
                return tuple(dict.fromkeys(other for other in found if _plain(other) != plain))[:_MOST_OTHERS]
        found = self._by_stem.get(_stem(words), ())
        return tuple(dict.fromkeys(other for other in found if _stem(other) != _stem(words)))[:_MOST_OTHERS]

    def synonyms(self, words: Iterable[str]) -> tuple[Synonym, ...]:
        """Return what is meant besides by these words in their order, by each and by neighbouring ones together."""
        row = list(words)
        found: list[Synonym] = []
        for start in range(len(row)):
            for end in range(start + 1, min(len(row), start + _LONGEST_WORDS) + 1):
                together = " ".join(row[start:end])
                others = self.alternatives(together) or (self._in_compound(together) if end == start + 1 else ())
                if others:
                    found.append(Synonym(together, others))
        return tuple(found)

    def _in_compound(self, word: str) -> tuple[str, ...]:
        """Return a compound with another word for one half of it: Müllgebühr is Abfall and Gebühr."""
        halves = lexicon().halves(word)
        if halves is None:
            return ()
        cut = next(n for n in range(len(word)) if fold(word[:n]) == halves[0])
        first, last = word[:cut], word[cut:]
        ways = [f"{other} {last.capitalize()}" for other in self._half(first)]
        return (*ways, *(f"{first} {other}" for other in self._half(last)))[:_MOST_OTHERS]

    def _half(self, half: str) -> tuple[str, ...]:
        # an abbreviation or several words make no compound with the other half
        return tuple(other for other in self.alternatives(half) if other[1:].islower() and other.isalpha())

    def with_own(self, own: Thesaurus) -> Thesaurus:
        """Return both lists as one; what a town writes itself stands first."""
        return Thesaurus((*own.groups, *self.groups))


def read(text: str) -> Thesaurus:
    """Return the list that a file holds; SynonymListError names what cannot be used in it."""
    groups: list[tuple[str, ...]] = []
    source = False
    for number, written in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        line = written.strip()
        if not line or line.startswith("#"):
            continue
        if number > _MOST_LINES:
            raise SynonymListError(number, f"more than {_MOST_LINES} lines; take out what nobody types")
        if len(line) > _LONGEST_LINE:
            raise SynonymListError(number, f"longer than {_LONGEST_LINE} characters; divide it")
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in {"quelle", "source"}:
            source = bool(value.strip())
            if not source:
                raise SynonymListError(number, "the source has no name; write `Quelle: ` and where the words come from")
        elif not source:
            raise SynonymListError(number, "words without a source; write a line `Quelle: …` above them")
        else:
            groups.append(_group(number, line))
    return Thesaurus(tuple(groups))


def _group(number: int, line: str) -> tuple[str, ...]:
    words = tuple(" ".join(part.split()) for part in line.split("="))
    if len(words) < 2:  # noqa: PLR2004 - one word stands for nothing
        raise SynonymListError(number, "no `=` between words; write `Kita = Kindertagesstätte`")
    for part in words:
        if not _plain(part):
            raise SynonymListError(number, "nothing stands beside a `=`; write words on both sides or take it out")
        if len(part.split()) > _LONGEST_WORDS:
            raise SynonymListError(number, f"{part!r} has more than {_LONGEST_WORDS} words; shorten it")
    return words


def _plain(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalpha())


def _stem(text: str) -> str:
    """Return words as the index compares them, in one; empty where they are too short or taken for another word."""
    stem = inflection.stem(inflection.folded(_plain(text)))
    return stem if len(stem) >= _SHORTEST_STEM and fold(text) not in lexicon().mistaken else ""


@functools.cache
def built_in() -> Thesaurus:
    """Return the list that every town has (`synonyms.txt`)."""
    return read(importlib.resources.files("records").joinpath("synonyms.txt").read_text(encoding="utf-8"))
