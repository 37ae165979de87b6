"""One order out of two: scores of each half are brought to one scale and added. Pure; knows ids and numbers only.

Ranks alone lose how far the first hit is ahead of the second, and that is what tells a sure half from an unsure one.
Ties are broken by id, so that the same rankings give the same order every time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeAlias

#: record ids with their scores, best first
Ranked: TypeAlias = Sequence[tuple[str, float]]

#: a share of words that says nothing, and one that says enough (docs/finding.md)
_BY_CHANCE, _MEANT = 0.4, 0.6
_UNSURE = 0.001
#: how near the nearest are to each other says less than that they are all near (decision 0039)
_FLAT = 0.6
#: among so many stands what is best by words, and what is best by meaning, whatever the other half says (decision 0043)
_FIRST = 10
#: so many stand where both halves together put them; behind them each half has its turns (docs/finding.md)
_JOINED = 20


@dataclass(frozen=True)
class Weights:
    """What the best record by words and the best by meaning are worth."""

    words: float
    meaning: float
    #: turns of words for each one of meaning behind the first twenty; none where everything shares some of so many
    words_turns: int = 2


@dataclass(frozen=True, order=True)
class Place:
    """Where a record stands: smaller is better."""

    tier: int
    negative_score: float
    record_id: str


def fuse(
    by_words: Ranked, by_meaning: Ranked, *, weights: Weights, words_first: bool = False, sure: float = 1.0
) -> tuple[Place, ...]:
    """Return all records of both rankings, best first; `words_first` puts all found by words before the others.

    `sure` is how much the ranking by words is to be trusted, from 0 to 1: so much the best record by words is worth of
    the weight of words. The best of each half is among the first ten. Behind the first twenty the words have two turns
    and the meaning one, or the meaning alone (`Weights.words_turns`), so that what one half would have shown soon is
    not put behind everything that the other half has found.
    """
    # A word that is nowhere scores nothing, so 0 is the end of that scale; something is always nearest in meaning, so
    # there the last one found is.
    worded = _scaled(by_words, 0.0)
    near = _scaled(by_meaning, min((score for _, score in by_meaning), default=0.0))
    meant = {record_id: score**_FLAT for record_id, score in near.items()}
    places = []
    for record_id in {**worded, **meant}:
        score = weights.words * sure * worded.get(record_id, 0.0) + weights.meaning * meant.get(record_id, 0.0)
        if words_first and record_id in worded:
            places.append(Place(0, -worded[record_id], record_id))
        else:
            places.append(Place(1 if words_first else 0, -score, record_id))
    places.sort()
    if words_first:
        return tuple(places)
    return tuple(_in_turns(places, ((by_words, weights.words_turns), (by_meaning, 1))))


def _in_turns(places: Sequence[Place], halves: Sequence[tuple[Ranked, int]]) -> list[Place]:
    """Return the places in the order described at `fuse`; each has the score of where it stands now.

    A half comes with the number of its turns in each round.
    """
    best = {half[0][0] for half, _ in halves if half}
    ids = [place.record_id for place in places]
    first = best | set([one for one in ids if one not in best][: _FIRST - len(best)])
    ids.sort(key=lambda one: one not in first)
    taken = dict.fromkeys(ids[:_JOINED])
    turns = [(iter([record_id for record_id, _ in half]), count) for half, count in halves if count]
    while turns:
        for turn in tuple(turns):
            following, count = turn
            some = tuple(islice((one for one in following if one not in taken), count))
            taken |= dict.fromkeys(some)
            if len(some) < count:
                turns.remove(turn)
    taken |= dict.fromkeys(ids)
    return sorted(replace(place, record_id=record_id) for place, record_id in zip(places, taken, strict=True))


def sureness(held: Collection[bool]) -> float:
    """Return how sure a ranking by words is whose best record holds these words of the question and not the others.

    Up to two words of five it is not: of what is said in other words there, a word or two stand everywhere, and such a
    record is first only because some record has to be. From three of five on it is wholly sure, since what answers a
    sentence seldom holds all of it. Never 0, so that the order by words is kept.
    """
    share = sum(held) / len(held) if held else 1.0
    return max(_UNSURE, min((share - _BY_CHANCE) / (_MEANT - _BY_CHANCE), 1.0))


def _scaled(ranked: Ranked, low: float) -> dict[str, float]:
    """Return the scores between 0 and 1; those that are all the same are 1."""
    high = max((score for _, score in ranked), default=low)
    return {i: (score - low) / (high - low) if high > low else 1.0 for i, score in ranked}


def behind(places: Iterable[Place], last: Place | None) -> tuple[Place, ...]:
    """Return the places behind the last one shown, whether or not it still exists."""
    return tuple(place for place in places if last is None or place > last)
