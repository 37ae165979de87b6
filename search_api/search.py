"""The story of a search: parse, embed, rank, fuse, fetch. Knows neither HTTP nor the engine."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from records.access import Principal
from records.errors import EmbeddingUnavailableError, InvalidInputError
from records.index import Facets, Hit, MatchedBy, Rankings, RecordIndex
from records.query import After, FilterField, Mode, Search, Sort
from search_api.absence import reasons
from search_api.cursor import CursorSeal
from search_api.kinds import WEIGHTS, Kind, kind_of, pieces, weighed_by
from search_api.notices import NO_MEANING, UNAVAILABLE, Notice, Reading, coverage_notices, read_as
from search_api.parts import QueryEmbedder
from search_api.ranking import Place, behind, fuse, sureness
from search_api.reading import corrected, widened
from search_api.schemas import MAX_SIZE, SearchBody
from search_api.synonym_files import SynonymFiles
from search_api.syntax import meaning_of, ranks, understand

_log = logging.getLogger(__name__)

#: how many records a search that is not by words alone can reach
DEPTH = 1000


@dataclass(frozen=True)
class Answer:
    """One page of a search."""

    hits: tuple[Hit, ...]
    total: int
    total_is: Literal["exact", "reachable"]
    facets: Facets
    notices: tuple[Notice, ...]
    cursor: str | None


@dataclass(frozen=True)
class _Question:
    """A body, understood."""

    search: Search
    sort: Sort
    mode: Mode
    notices: tuple[Notice, ...]
    off: frozenset[Reading]


class Searching:
    """Answers searches under the rights of whoever asks."""

    def __init__(
        self, index: RecordIndex, embedder: QueryEmbedder, cursors: CursorSeal, synonyms: SynonymFiles
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._cursors = cursors
        self._synonyms = synonyms

    def page(self, principal: Principal, body: SearchBody) -> Answer:
        """Return one page of what this search finds."""
        position = self._cursors.open(principal, body.identity(), body.cursor) if body.cursor is not None else None
        question = self._understand(principal, body, position)
        by = self._by_words if question.mode is Mode.KEYWORD else self._by_rank
        answer = by(principal, body, question, position)
        if answer.total or position is not None:
            return answer
        return replace(answer, notices=(*answer.notices, *reasons(self._index, principal, question.search)))

    def everything(self, principal: Principal, body: SearchBody) -> Iterator[Hit]:
        """Yield every hit that this search can reach, without passages, in its order."""
        question = self._understand(principal, body, None)
        if question.mode is Mode.KEYWORD:
            found_any = False
            for hit in self._index.scan(principal, question.search, sort=question.sort):
                found_any = True
                yield hit
            if not found_any and (again := self._corrected(principal, question)) is not None:
                yield from self._index.scan(principal, again.search, sort=again.sort)
            return
        question, rankings, places = self._rank(principal, question)
        ids = self._ordered(principal, places, question.sort)
        plain = Search()
        for start in range(0, len(ids), MAX_SIZE):
            hits, _ = self._index.fetch(principal, plain, ids[start : start + MAX_SIZE], facets_over=())
            yield from _matched(hits, rankings)

    def _understand(self, principal: Principal, body: SearchBody, position: dict[str, Any] | None) -> _Question:
        off = frozenset(body.readings_off)
        understood = understand(body.query, off)
        query, told = widened(understood.query, off, self._synonyms.of(principal.tenant))
        notices = (*understood.notices, *told)
        facets = tuple(FilterField(name) for name in dict.fromkeys(body.facets))
        search = Search(query=query, narrowing=body.filters.narrowing(), facets=facets)
        meant = meaning_of(query)
        mode = body.mode
        if mode is Mode.SEMANTIC and not meant and not query.wanted:
            raise InvalidInputError("query", "search by meaning needs words to compare with")
        if not meant:
            notices = (*notices, NO_MEANING) if mode is Mode.SEMANTIC else notices
            mode = Mode.KEYWORD
        sort = Sort.DATE_DESCENDING if not ranks(query) and body.sort is Sort.RELEVANCE else body.sort
        if position is not None and position["kind"] == "words" and mode is Mode.HYBRID:
            # Page one was answered by words alone; the next page continues that list, not another one.
            mode, notices = Mode.KEYWORD, (*notices, UNAVAILABLE)
        if mode is not Mode.KEYWORD:
            try:
                vector, *more = (self._embedder.embed_query(piece) for piece in pieces(query))
                search = replace(search, vector=vector, more_vectors=tuple(more))
            except EmbeddingUnavailableError as error:
                if mode is Mode.SEMANTIC or position is not None:
                    raise
                _log.warning("hybrid search falls back to words: %s", error)
                mode, notices = Mode.KEYWORD, (*notices, UNAVAILABLE)
        return _Question(search, sort, mode, notices, off=off)

    def _by_words(
        self, principal: Principal, body: SearchBody, question: _Question, position: dict[str, Any] | None
    ) -> Answer:
        after = After(tuple(position["after"]), position.get("version")) if position is not None else None
        found = self._index.search_words(principal, question.search, sort=question.sort, size=body.size, after=after)
        if not found.total and (again := self._corrected(principal, question)) is not None:
            question = again
            found = self._index.search_words(principal, again.search, sort=again.sort, size=body.size, after=after)
        hits, cursor = found.hits, None
        shown = (position["shown"] if position is not None else 0) + len(hits)
        if hits and shown < found.total and hits[-1].after is not None:
            last = hits[-1].after
            note = {"kind": "words", "after": list(last.values), "version": last.version, "shown": shown}
            cursor = self._cursors.seal(principal, body.identity(), note)
        if not question.search.query.parts:
            hits = tuple(Hit(hit.found, (), hit.snippets, hit.after) for hit in hits)
        return Answer(hits, found.total, "exact", found.facets, question.notices, cursor)

    def _by_rank(
        self, principal: Principal, body: SearchBody, question: _Question, position: dict[str, Any] | None
    ) -> Answer:
        if position is not None and position["kind"] != "rank":
            raise InvalidInputError("cursor", "belongs to another search; leave it out to begin anew")
        question, rankings, places = self._rank(principal, question)
        reachable = [place.record_id for place in places]
        rest = self._rest(principal, places, question.sort, position)
        page = rest[: body.size]
        hits, facets = self._index.fetch(
            principal, question.search, page, facets_over=reachable if question.search.facets else ()
        )
        cursor = None
        if len(rest) > len(page):
            last = next(place for place in places if place.record_id == page[-1])
            note = {
                "kind": "rank",
                "place": [last.tier, last.negative_score, last.record_id],
                "shown": len(places) - len(rest) + len(page),
            }
            cursor = self._cursors.seal(principal, body.identity(), note)
        notices = (*question.notices, *coverage_notices(rankings.coverage))
        return Answer(_matched(hits, rankings), len(places), "reachable", facets, notices, cursor)

    def _rank(self, principal: Principal, question: _Question) -> tuple[_Question, Rankings, tuple[Place, ...]]:
        rankings = self._index.rank(principal, question.search, mode=question.mode, depth=DEPTH)
        if question.mode is Mode.HYBRID and not rankings.by_words:
            again = self._corrected(principal, question)
            if again is not None:
                question = again
                rankings = self._index.rank(principal, again.search, mode=again.mode, depth=DEPTH)
        kind = kind_of(question.search.query)
        places = fuse(
            rankings.scored_words,
            rankings.scored_meaning,
            weights=WEIGHTS[kind],
            words_first=kind is Kind.NAMED,
            sure=self._sureness(principal, question, rankings),
        )
        return question, rankings, places[:DEPTH]

    def _sureness(self, principal: Principal, question: _Question, rankings: Rankings) -> float:
        if not rankings.by_words or not rankings.by_meaning:
            return 1.0
        words = weighed_by(question.search.query)
        return sureness(self._index.holds(principal, rankings.by_words[0], words).values())

    def _corrected(self, principal: Principal, question: _Question) -> _Question | None:
        """Return the question with its typing errors put right, and a notice that says so; None if there are none."""
        if Reading.CORRECTION in question.off:
            return None
        query = corrected(self._index, principal, question.search.query)
        if query is None:
            return None
        query, _ = widened(query, question.off, self._synonyms.of(principal.tenant))
        notice = replace(read_as(Reading.CORRECTION, [part.text for part in query.words]), code="corrected")
        search = replace(question.search, query=query)
        return replace(question, search=search, notices=(*question.notices, notice))

    def _ordered(self, principal: Principal, places: Sequence[Place], sort: Sort) -> tuple[str, ...]:
        ids = tuple(place.record_id for place in places)
        return ids if sort is Sort.RELEVANCE else self._index.order(principal, ids, sort=sort)

    def _rest(
        self, principal: Principal, places: tuple[Place, ...], sort: Sort, position: dict[str, Any] | None
    ) -> tuple[str, ...]:
        if position is None:
            return self._ordered(principal, places, sort)
        tier, negative_score, last_id = position["place"]
        if sort is Sort.RELEVANCE:
            return tuple(place.record_id for place in behind(places, Place(tier, negative_score, last_id)))
        ordered = self._ordered(principal, places, sort)
        # The last record shown may have left the list since; then its number is the best guess.
        begin = ordered.index(last_id) + 1 if last_id in ordered else position["shown"]
        return ordered[begin:]


def _matched(hits: Sequence[Hit], rankings: Rankings) -> tuple[Hit, ...]:
    halves = ((MatchedBy.WORD, frozenset(rankings.by_words)), (MatchedBy.MEANING, frozenset(rankings.by_meaning)))
    return tuple(
        Hit(hit.found, tuple(half for half, ids in halves if hit.found.record_id in ids), hit.snippets) for hit in hits
    )
