"""What somebody may have meant who found nothing: the same question with its typing errors put right. Pure."""

from __future__ import annotations

from records.access import Principal
from records.index import RecordIndex
from records.query import All, Not, Phrase, Words

#: in shorter words one letter makes another word: Lager and Lage
_SHORTEST = 7
_MOST_WORDS = 5


def corrected(index: RecordIndex, principal: Principal, query: All) -> All | None:
    """Return the question with unknown words replaced by the nearest known one; None where nothing is to be put right.

    Known is what stands in records that whoever asks may read. Quoted and excluded words stay as they are.
    """
    changed = False
    parts: list[Words | Phrase | Not] = []
    for part in query.parts:
        if isinstance(part, Words) and not part.running and len(part.text.split()) <= _MOST_WORDS:
            words = [_nearest(index, principal, word) for word in part.text.split()]
            changed = changed or words != part.text.split()
            parts.append(Words(" ".join(words)))
        else:
            parts.append(part)
    return All(tuple(parts)) if changed else None


def _nearest(index: RecordIndex, principal: Principal, word: str) -> str:
    if len(word) < _SHORTEST or not word.isalpha():
        return word
    near = index.correct(principal, word.lower(), size=1)
    return near[0] if near else word
