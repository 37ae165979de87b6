"""German compounds and their parts: Hundesteuer is Hunde and Steuer. Pure but for the lexicon, which is read once.

Which words there are comes from the package german-nouns (from the German Wiktionary). Which of them form compounds is
counted in that same list: a part that stands in many of its words is one, a syllable that happens to look like a word
is not. Nothing is learned from records: what one may read must not depend on what others wrote.
"""

from __future__ import annotations

import csv
import functools
import importlib.resources
import operator
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from records.inflection import folded, stem

#: stands between the parts of a compound in a text; private use, and taken out of every text that goes in
SEAM = "\ue002"

_LETTERS = re.compile(r"[^\W\d_]{6,}")
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_LINKS = ("s", "es", "n", "en", "er", "e")
# fmt: off
#: beginnings of words that are no parts: what remains is another word (Vorgang is no Gang)
_PREFIXES = frozenset((
    "ab", "an", "auf", "aus", "be", "bei", "dar", "durch", "ein", "ent", "fort", "ge", "gegen", "her", "hin", "hinter",
    "los", "miss", "mit", "nach", "ober", "ueber", "um", "un", "unter", "ver", "vor", "weg", "wider", "wieder", "zer",
    "zu", "zurueck", "zusammen",
))
#: endings that look like words
_SUFFIXES = frozenset((
    "art", "bar", "heit", "ion", "isch", "ismus", "ist", "keit", "ling", "nis", "schaft", "ster", "tum", "ung",
))
_NAMES = ("Toponym", "Vorname", "Nachname", "Eigenname", "Wortverbindung", "Affix", "Abk", "Buchstabe")
# fmt: on
_CASES = ("lemma", "nominativ", "genitiv", "dativ", "akkusativ")
_MOST_FORMS = 4
_SHORTEST = 3
_SHORT = 4
#: words of this length do not stand in others by chance
_PLAIN = 6
#: Schülerinnen is written Schüler*innen too (mappings.analysis), and no -rinnen
_WOMEN = "innen"
#: longer words are no compounds that anybody wrote (the longest of German law had 67 letters); looking for parts costs
#: the square of the length, and a stranger's file may hold one word of five million letters
_LONGEST = 120
#: in how many words of the lexicon a part must stand, by its length
_OFTEN, _SELDOM, _UNKNOWN = 20, 2, 10


def fold(word: str) -> str:
    """Return a word in small letters, umlauts and ß written out."""
    return word.lower().translate(_FOLDED)


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Words that begin compounds, and words that end them, folded."""

    beginnings: frozenset[str]
    ends: frozenset[str]
    #: words that inflection takes for forms of another one: Bauer is none of Bau
    mistaken: frozenset[str] = frozenset()
    #: the lemmas of each form, and the forms of each lemma
    lemmas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inflected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def halves(self, word: str) -> tuple[str, str] | None:
        """Return the beginning of a compound and its longest end; None if it is none."""
        return _halves(self, fold(word)) if len(word) <= _LONGEST else None

    def parts(self, word: str) -> tuple[str, ...]:
        """Return the smallest parts of a word, folded; the word itself where it has none."""
        return _parts(self, fold(word)) if len(word) <= _LONGEST else (fold(word),)

    def forms(self, word: str) -> tuple[str, ...]:
        """Return the forms of a noun that stemming does not bring together with it, folded, one of each stem."""
        return _forms(self, fold(word)) if len(word) <= _LONGEST else ()

    def seamed(self, text: str) -> str:
        """Return a text with a seam between the parts of its compounds."""
        return _LETTERS.sub(lambda found: self._seamed(found.group()), text)

    def _seamed(self, word: str) -> str:
        # not even asked for, so that nothing of that size is remembered
        return _seamed_word(self, word) if len(word) <= _LONGEST else word


@functools.lru_cache(maxsize=100_000)
def _halves(lexicon: Lexicon, word: str) -> tuple[str, str] | None:
    if (person := _person(lexicon, word)) is not None:
        halves = _halves(lexicon, person)
        return (halves[0], halves[1] + _WOMEN) if halves is not None else None
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        if _ends(lexicon, word[cut:]) and _begins(lexicon, word[:cut]):
            return word[:cut], word[cut:]
    return None


def _person(lexicon: Lexicon, word: str) -> str | None:
    """Return the noun, or the noun without its e, of which this is the plural for women; None if it is none."""
    person = word.removesuffix(_WOMEN)
    if person == word or len(person) < _SHORT:
        return None
    return person if person in lexicon.inflected or f"{person}e" in lexicon.lemmas else None


def _ends(lexicon: Lexicon, word: str) -> bool:
    if word in lexicon.ends:
        return True
    # (Fußgänger)überweg: the list knows the Weg, not every word made of it
    rests = (word.removeprefix(prefix) for prefix in _PREFIXES if word.startswith(prefix))
    return any(len(rest) >= _SHORT and rest in lexicon.ends for rest in rests)


@functools.lru_cache(maxsize=100_000)
def _forms(lexicon: Lexicon, word: str) -> tuple[str, ...]:
    # a word that is one itself is no form of another: Haus is none of Hau
    lemmas, before = (word,) if word in lexicon.inflected else lexicon.lemmas.get(word, ()), ""
    if not lemmas and (halves := _halves(lexicon, word)) is not None:
        before, end = halves
        lemmas = lexicon.lemmas.get(end, ())
    stems = {stem(folded(word)): ""}
    for lemma in lemmas:
        for form in (lemma, *lexicon.inflected.get(lemma, ())):
            stems.setdefault(stem(folded(before + form)), before + form)
    return tuple(form for form in stems.values() if form)[:_MOST_FORMS]


@functools.lru_cache(maxsize=100_000)
def _begins(lexicon: Lexicon, word: str) -> bool:
    return word in lexicon.beginnings or _inner(lexicon, word) > 0


@functools.lru_cache(maxsize=100_000)
def _parts(lexicon: Lexicon, word: str) -> tuple[str, ...]:
    if (person := _person(lexicon, word)) is not None:
        return (*_parts(lexicon, person), _WOMEN)
    halves = _halves(lexicon, word)
    if halves is None:
        cut = _inner(lexicon, word)
        halves = (word[:cut], word[cut:]) if cut else None
    if halves is None:
        return (word,)
    return (*_parts(lexicon, halves[0]), *_parts(lexicon, halves[1]))


def _inner(lexicon: Lexicon, word: str) -> int:
    """Return where a beginning of several parts is cut: Grundschul(hof) is Grund and Schul. 0 where it is one."""
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        if word[cut:] in lexicon.beginnings and _begins(lexicon, word[:cut]):
            return cut
    return 0


@functools.lru_cache(maxsize=100_000)
def _seamed_word(lexicon: Lexicon, word: str) -> str:
    parts = lexicon.parts(word)
    if len(parts) == 1:
        return word
    # one letter of the word may be two of the folded one
    ends, length = [0], 0
    for part in parts:
        length += len(part)
        ends.append(length)
    pieces: list[str] = []
    start = folded = 0
    for position, letter in enumerate(word):
        if folded in ends[1:-1] and position > start:
            pieces.append(word[start:position])
            start = position
        folded += len(fold(letter))
    return SEAM.join([*pieces, word[start:]])


def from_nouns() -> Lexicon:
    """Return the lexicon that the word list gives; `records.lexicon` keeps it."""
    place = importlib.resources.files("german_nouns").joinpath("nouns.csv")
    with place.open(encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows)
        cases = operator.itemgetter(*(n for n, name in enumerate(header) if name.startswith(_CASES)))
        kind, lemma = header.index("pos"), header.index("lemma")
        words: dict[str, str] = {}
        lemmas: dict[str, tuple[str, ...]] = {}
        inflected: dict[str, tuple[str, ...]] = {}
        for row in rows:
            if _is_common(row[kind]):
                base = fold(row[lemma])
                # most of the 75 cells of a row are empty or say the same
                forms = dict.fromkeys(form for cell in dict.fromkeys(cases(row)) if (form := fold(cell)).isalpha())
                known = inflected.get(base)
                inflected[base] = tuple(dict.fromkeys((*known, *forms)) if known else forms)
                for word in forms:
                    if (bases := lemmas.get(word)) is None:
                        words[word], lemmas[word] = base, (base,)
                    elif base not in bases:
                        lemmas[word] = (*bases, base)
    found = learned({w: lemma for w, lemma in words.items() if w.isalpha() and len(w) >= _SHORTEST})
    return replace(found, lemmas=lemmas, inflected=inflected)


@functools.cache
def _is_common(kind: str) -> bool:
    return not any(name in kind for name in _NAMES)


def learned(words: dict[str, str]) -> Lexicon:
    """Return the parts that stand in these words often enough; `words` maps each form to its lemma."""
    lemmas = frozenset(words.values())
    beginnings: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for word in lemmas:
        for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
            begin, end = word[:cut], word[cut:]
            if end not in lemmas or end in _SUFFIXES or begin in _PREFIXES:
                continue
            if _is_word(begin, lemmas):
                beginnings[begin] += 1
                ends[end] += 1
            elif len(begin) >= _SHORT:
                unknown[begin] += 1
    begins = {begin for begin, count in beginnings.items() if count >= _needed(begin)}
    begins |= {begin for begin, count in unknown.items() if count >= _UNKNOWN}
    begins |= {form for form in words if len(form) >= _PLAIN}
    begins |= {f"{lemma}s" for lemma in lemmas if len(lemma) >= _PLAIN}
    closing = {form for form, lemma in words.items() if ends[lemma] >= _needed(lemma)}
    mistaken = {w for w in lemmas if w.endswith("er") and (w[:-2] in lemmas or w[:-1] in lemmas)}
    return Lexicon(frozenset(begins - _PREFIXES), frozenset(closing - _SUFFIXES), frozenset(mistaken))


def _needed(part: str) -> int:
    if len(part) >= _PLAIN:
        return 0
    return _OFTEN if len(part) <= _SHORTEST else _SELDOM


def _is_word(begin: str, lemmas: Iterable[str]) -> bool:
    return (
        begin in lemmas
        or f"{begin}e" in lemmas
        or f"{begin}en" in lemmas
        or any(begin.endswith(link) and begin[: -len(link)] in lemmas for link in _LINKS)
    )
