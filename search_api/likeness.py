"""The story of likeness: records like a draft or like another record, with what they share.

What is alike by words and by meaning is joined as in a search by pasted text; on top of that, the same file plan, case
type and so on add a little; where precedents are looked for, so do a closed case and a recent date. Records that
share a field with the draft are looked at too, even if none of their words is in it: so are releases of mere existence
found, by the fields that their owner ticked and by nothing else. Nothing is filtered unless asked, and the same state
gives the same answer.

Nothing here widens what may be read: every sub-query is one of the index, under the rights of whoever asks.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from records.access import Principal
from records.errors import EmbeddingUnavailableError
from records.index import Coverage, Found, Hit, MatchedBy, Rankings, RecordIndex
from records.query import All, FilterField, InField, Mode, Narrowing, OneOf, Search, Words
from search_api.kinds import WEIGHTS, Kind, pieces
from search_api.notices import UNAVAILABLE, Notice, coverage_notices
from search_api.parts import QueryEmbedder
from search_api.pasted import joined
from search_api.ranking import Ranked, fuse
from search_api.shares import (
    WORTH,
    Confidence,
    Draft,
    Share,
    Shared,
    closed,
    confidence,
    nearly_the_draft,
    shared_facts,
    shared_paragraphs,
    shared_words,
)

_log = logging.getLogger(__name__)

#: how many records each half ranks and both together keep; how many more are looked at for a field that is the same
DEPTH = 200
_DEPTH_OF_FIELDS = 50
#: how many texts are held against the draft: the most that an answer can show
LOOKED_AT = 50
#: how much of each of these texts is read
_READ = 10_000
#: what a closed case adds to a score between 0 and 1: less than the same case type
CLOSED = 0.05
#: what the newest precedent gets on top of such a score; half of it is left to one that is so many days older
NEWEST = 0.10
HALVED_AFTER_DAYS = 3 * 365.25
#: near in meaning are at most so many, and those in the nearer half of all that were ranked
_NEAREST = 20
_NEAR_HALF = 0.5

_NOTHING = Rankings((), (), Coverage(0, 0), (), ())


@dataclass(frozen=True)
class Alike:
    """A record that is alike, with what it shares."""

    hit: Hit
    shares: tuple[Share, ...]
    confidence: Confidence
    near_copy: bool
    closed: bool


@dataclass(frozen=True)
class Answer:
    """Records that are alike, the most alike first."""

    alike: tuple[Alike, ...]
    notices: tuple[Notice, ...]


class Likeness:
    """Ranks what is alike; raises what the index raises. Without the embedder it goes by words and says so."""

    def __init__(self, index: RecordIndex, embedder: QueryEmbedder) -> None:
        self._index = index
        self._embedder = embedder

    def precedents(self, principal: Principal, draft: Draft, *, narrowing: Narrowing, size: int) -> Answer:
        """Return the records that are most like a draft: own ones and what partners released.

        Of two that are as much alike the closed one comes first, and the newer one.
        """
        return self._like(principal, draft, narrowing, size, decisions=True)

    def similar(self, principal: Principal, found: Found, *, narrowing: Narrowing, size: int) -> Answer:
        """Return the records that are most like one that was found for this principal, without it."""
        # SECURITY: its text is read under the rights of whoever asks, as everything else.
        beginning = self._index.beginnings(principal, [found.record_id]).get(found.record_id, "")
        draft = Draft.of_record(found, beginning)
        return self._like(principal, draft, narrowing, size, leave_out=found.record_id)

    def _like(
        self,
        principal: Principal,
        draft: Draft,
        narrowing: Narrowing,
        size: int,
        *,
        leave_out: str | None = None,
        decisions: bool = False,
    ) -> Answer:
        search, mode, notices = self._understand(draft, narrowing)
        rankings = _NOTHING
        if draft.text:
            rankings = self._index.rank(principal, search, mode=mode, depth=DEPTH)
            notices = (*notices, *(coverage_notices(rankings.coverage) if mode is Mode.HYBRID else ()))
        places = fuse(rankings.scored_words, rankings.scored_meaning, weights=WEIGHTS[Kind.RUNNING])[:DEPTH]
        scores = {place.record_id: -place.negative_score for place in places}
        candidates = {*scores, *self._same_fields(principal, draft, narrowing)} - {leave_out}
        facts, worth, dates = {}, {}, {}
        for found in self._found(principal, sorted(candidates)):
            shares = shared_facts(draft, found)
            if found.record_id not in scores and not shares:
                # a number that holds the other one finds it too, and is not the same
                continue
            facts[found.record_id] = shares
            push = CLOSED if decisions and closed(found) else 0.0
            worth[found.record_id] = scores.get(found.record_id, 0.0) + push + _worth(shares)
            dates[found.record_id] = found.metadata.date
        if decisions:
            for record_id, push in newness(dates, today=dt.datetime.now(dt.UTC).date()).items():
                worth[record_id] += push
        first = _best(worth, LOOKED_AT)
        begun = self._index.beginnings(principal, first)
        texts = {record_id: joined(text)[:_READ] for record_id, text in begun.items()}
        words = shared_words(draft, texts)
        near = _near(rankings.scored_meaning)
        shares_of: dict[str, tuple[Share, ...]] = {}
        for record_id in first:
            paragraphs = shared_paragraphs(draft, texts.get(record_id, ""))
            meaning = (Share(Shared.MEANING),) if record_id in near else ()
            shares_of[record_id] = (*facts[record_id], *paragraphs, *words.get(record_id, ()), *meaning)
            worth[record_id] += _worth(paragraphs)
        order = _best({record_id: worth[record_id] for record_id in first}, size)
        # SECURITY: read once more; what was taken away since is left out.
        hits, _ = self._index.fetch(principal, search, order, facets_over=())
        return Answer(
            tuple(
                _alike(draft, hit, shares_of[hit.found.record_id], texts.get(hit.found.record_id, ""))
                for hit in _matched(hits, rankings)
            ),
            notices,
        )

    def _understand(self, draft: Draft, narrowing: Narrowing) -> tuple[Search, Mode, tuple[Notice, ...]]:
        if not draft.text:
            return Search(narrowing=narrowing), Mode.KEYWORD, ()
        query = All((Words(draft.text, running=True, heading=draft.heading),))
        search = Search(query=query, narrowing=narrowing)
        try:
            vector, *more = (self._embedder.embed_query(piece) for piece in pieces(query))
        except EmbeddingUnavailableError as error:
            _log.warning("likeness falls back to words: %s", error)
            return search, Mode.KEYWORD, (UNAVAILABLE,)
        return replace(search, vector=vector, more_vectors=tuple(more)), Mode.HYBRID, ()

    def _same_fields(self, principal: Principal, draft: Draft, narrowing: Narrowing) -> tuple[str, ...]:
        if not draft.facts:
            return ()
        fields = tuple(InField(FilterField(what), (value,)) for what, value in draft.facts)
        search = Search(query=All((OneOf(fields),)), narrowing=narrowing)
        return self._index.rank(principal, search, mode=Mode.KEYWORD, depth=_DEPTH_OF_FIELDS).by_words

    def _found(self, principal: Principal, record_ids: Sequence[str]) -> Iterable[Found]:
        hits, _ = self._index.fetch(principal, Search(), record_ids, facets_over=())
        return (hit.found for hit in hits)


def newness(dates: Mapping[str, dt.date | None], *, today: dt.date) -> dict[str, float]:
    """Return what each record gets for its date, beside the newest of them; one without a date gets nothing.

    Days to come count as today, so that one wrong date takes nothing from all others.
    """
    known = {record_id: min(date, today) for record_id, date in dates.items() if date is not None}
    newest = max(known.values(), default=today)
    return {record_id: NEWEST * 0.5 ** ((newest - date).days / HALVED_AFTER_DAYS) for record_id, date in known.items()}


def _worth(shares: Iterable[Share]) -> float:
    return sum(WORTH[share.what] for share in shares)


def _best(worth: Mapping[str, float], size: int) -> list[str]:
    return sorted(worth, key=lambda record_id: (-worth[record_id], record_id))[:size]


def _near(by_meaning: Ranked) -> frozenset[str]:
    scores = [score for _, score in by_meaning]
    if not scores:
        return frozenset()
    middle = min(scores) + _NEAR_HALF * (max(scores) - min(scores))
    return frozenset(record_id for record_id, score in by_meaning[:_NEAREST] if score >= middle)


def _matched(hits: Iterable[Hit], rankings: Rankings) -> Iterable[Hit]:
    halves = ((MatchedBy.WORD, frozenset(rankings.by_words)), (MatchedBy.MEANING, frozenset(rankings.by_meaning)))
    for hit in hits:
        yield replace(hit, matched_by=tuple(half for half, ids in halves if hit.found.record_id in ids))


def _alike(draft: Draft, hit: Hit, shares: tuple[Share, ...], text: str) -> Alike:
    near_copy = nearly_the_draft(draft, hit.found.metadata.title, text)
    return Alike(hit, shares, confidence(shares, near_copy=near_copy), near_copy, closed(hit.found))
