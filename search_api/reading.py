"""What somebody may have meant: further readings of the words, and, of those that find nothing, typing errors. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from records import identifiers
from records.access import Principal
from records.index import RecordIndex
from records.lexicon import lexicon
from records.query import All, OneOf, Part, Words
from records.synonyms import Thesaurus
from search_api.notices import Notice, Reading, read_as

#: in shorter words one letter makes another word: Lager and Lage
_SHORTEST = 7
_MOST_WORDS = 5


def widened(query: All, off: Collection[Reading], thesaurus: Thesaurus) -> tuple[All, tuple[Notice, ...]]:
    """Return the question with the readings that its words have and that are not `off`, and what is said of them."""

    def wide(part: Part) -> Part:
        match part:
            case Words():
                synonyms = thesaurus.synonyms(part.text.split()) if part.looked_up else ()
                return replace(
                    part,
                    parts=Reading.PARTS not in off,
                    numbers=Reading.NUMBERS not in off,
                    synonyms=() if Reading.SYNONYMS in off else synonyms,
                )
            case OneOf():
                return OneOf(tuple(wide(one) for one in part.parts))
            case All():
                return All(tuple(wide(one) for one in part.parts))
        return part

    meant = All(tuple(wide(part) for part in query.parts))
    return meant, tuple(_told(meant))


def _told(query: All) -> list[Notice]:
    compounds = [w for part in query.words if part.parts for w in part.looked_up if lexicon().halves(w) is not None]
    synonyms = [f"{', '.join(s.others)} (für „{s.words}“)" for part in query.words for s in part.synonyms]
    numbers = [
        "/".join(asked.whole.pieces)
        for part in query.words
        if part.keyed
        for asked in identifiers.in_question(part.text)
    ]
    said = ((Reading.NUMBERS, numbers), (Reading.PARTS, compounds), (Reading.SYNONYMS, synonyms))
    return [read_as(reading, things) for reading, things in said if things]


def corrected(index: RecordIndex, principal: Principal, query: All) -> All | None:
    """Return the question with unknown words replaced by the nearest known one; None where nothing is to be put right.

    Known is what stands in records that whoever asks may read. Quoted and excluded words stay as they are.
    """
    changed = False
    parts: list[Part] = []
    for part in query.parts:
        if isinstance(part, Words) and not part.running and len(part.text.split()) <= _MOST_WORDS:
            words = [_nearest(index, principal, word) for word in part.text.split()]
            changed = changed or words != part.text.split()
            parts.append(replace(part, text=" ".join(words), synonyms=()))
        else:
            parts.append(part)
    return All(tuple(parts)) if changed else None


def _nearest(index: RecordIndex, principal: Principal, word: str) -> str:
    if len(word) < _SHORTEST or not word.isalpha():
        return word
    near = index.correct(principal, word.lower(), size=1)
    return near[0] if near else word
