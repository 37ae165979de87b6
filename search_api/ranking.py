"""One order out of two: weighted reciprocal rank fusion. Pure; knows ids only.

Scores of words and of meaning cannot be compared; ranks can. Ties are broken by id, so that the same rankings give the
same order every time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: how fast the first ranks lose weight; the usual value, from Cormack, Clarke and Büttcher (2009)
K = 60


@dataclass(frozen=True)
class Weights:
    """What a rank by words and a rank by meaning are worth."""

    words: float = 1.0
    meaning: float = 0.7


@dataclass(frozen=True, order=True)
class Place:
    """Where a record stands: smaller is better."""

    tier: int
    negative_score: float
    record_id: str


def fuse(
    by_words: Sequence[str], by_meaning: Sequence[str], *, weights: Weights, words_first: bool = False
) -> tuple[Place, ...]:
    """Return all records of both rankings, best first; `words_first` puts all found by words before the others."""
    scores: dict[str, float] = {}
    for ids, weight in ((by_words, weights.words), (by_meaning, weights.meaning)):
        for rank, record_id in enumerate(ids, start=1):
            scores[record_id] = scores.get(record_id, 0.0) + weight / (K + rank)
    worded: dict[str, float] = {record_id: 1 / (K + rank) for rank, record_id in enumerate(by_words, start=1)}
    return tuple(
        sorted(
            Place(0, -worded[i], i) if words_first and i in worded else Place(1 if words_first else 0, -score, i)
            for i, score in scores.items()
        )
    )


def behind(places: Iterable[Place], last: Place | None) -> tuple[Place, ...]:
    """Return the places behind the last one shown, whether or not it still exists."""
    return tuple(place for place in places if last is None or place > last)
