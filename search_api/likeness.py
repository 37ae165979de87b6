"""Records like a text or like another record: its rare words, and the meaning of its heading and beginning.

Nothing here widens what may be read: every sub-query is one of the index, under the rights of whoever asks.
"""

from __future__ import annotations

from dataclasses import replace

from records.access import Principal
from records.index import Hit, MatchedBy, RecordIndex
from records.query import All, Mode, Narrowing, Search, Words
from search_api.kinds import WEIGHTS, Kind, pieces
from search_api.parts import QueryEmbedder
from search_api.ranking import fuse

#: how many records each half ranks
DEPTH = 200
#: what is read of a record that others are to be like; further on stands what is its own
BEGINNING = 4_000


class Likeness:
    """Ranks what is alike; raises what the index and the embedder raise."""

    def __init__(self, index: RecordIndex, embedder: QueryEmbedder) -> None:
        self._index = index
        self._embedder = embedder

    def precedents(
        self, principal: Principal, text: str, *, heading: str = "", narrowing: Narrowing | None = None, size: int
    ) -> tuple[Hit, ...]:
        """Return the records that are most like a text, best first: own ones and what partners released."""
        query = All((Words(text, running=True, heading=heading),))
        return self._like(principal, query, narrowing or Narrowing(), size, leave_out=frozenset())

    def similar(
        self, principal: Principal, record_id: str, *, narrowing: Narrowing | None = None, size: int
    ) -> tuple[Hit, ...]:
        """Return the records that are most like this one, without it; NotVisibleError as for reading it."""
        # SECURITY: read under the same rights as any record; of what may not be read nothing can be alike.
        title = self._index.record(principal, record_id).metadata.title
        text = " ".join(page.text for page in self._index.pages(principal, record_id))[:BEGINNING]
        query = All((Words(f"{title} {text}".strip(), running=True, heading=title),))
        return self._like(principal, query, narrowing or Narrowing(), size, leave_out=frozenset({record_id}))

    def _like(
        self, principal: Principal, query: All, narrowing: Narrowing, size: int, *, leave_out: frozenset[str]
    ) -> tuple[Hit, ...]:
        if not query.words[0].text:
            return ()
        vector, *more = (self._embedder.embed_query(piece) for piece in pieces(query))
        search = Search(query=query, vector=vector, narrowing=narrowing, more_vectors=tuple(more))
        rankings = self._index.rank(principal, search, mode=Mode.HYBRID, depth=DEPTH)
        places = fuse(rankings.scored_words, rankings.scored_meaning, weights=WEIGHTS[Kind.RUNNING])
        ids = [place.record_id for place in places if place.record_id not in leave_out][:size]
        hits, _ = self._index.fetch(principal, search, ids, facets_over=())
        halves = (
            (MatchedBy.WORD, frozenset(rankings.by_words)),
            (MatchedBy.MEANING, frozenset(rankings.by_meaning)),
        )
        return tuple(
            replace(hit, matched_by=tuple(half for half, found in halves if hit.found.record_id in found))
            for hit in hits
        )
