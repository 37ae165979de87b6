"""`POST /v1/search`."""

from __future__ import annotations

import time
from contextlib import nullcontext

from fastapi import APIRouter

from records.access import Principal
from records.audit_chain import Kind
from records.index import MatchedBy
from records.query import Mode, Narrowing
from records.usage import Use, answer_class
from search_api.disclosures import Purpose
from search_api.labels import label
from search_api.parts import Asking, Parts, PartsOf
from search_api.schemas import FacetValueOut, SearchBody, SearchOut, hit_out, notice_out
from search_api.search import Answer, Searching

router = APIRouter(tags=["search"])


@router.post("/v1/search")
def search(asking: Asking, parts: PartsOf, body: SearchBody, purpose: Purpose = None) -> SearchOut:
    """Find records by words, by meaning, or both."""
    begun = time.monotonic()
    with nullcontext() if body.mode is Mode.KEYWORD else parts.meaning.taken(asking):
        answer = Searching(parts.index, parts.embedder, parts.cursors, parts.synonyms).page(asking, body)
    if body.cursor is None:
        _count(parts, asking, body, answer)
    shown = parts.audit.hits(asking, Kind.SEARCH, answer.hits, purpose)
    if body.cursor is None:
        parts.usage.used(asking, Use.ANSWERS, answer_class(time.monotonic() - begun))
    return SearchOut(
        total=answer.total,
        total_is=answer.total_is,
        hits=[hit_out(hit) for hit in shown],
        facets={
            str(field): [FacetValueOut(value=v.value, label=label(field, v.value), count=v.count) for v in values]
            for field, values in answer.facets.items()
        },
        notices=[notice_out(notice) for notice in answer.notices],
        cursor=answer.cursor,
    )


def _count(parts: Parts, asking: Principal, body: SearchBody, answer: Answer) -> None:
    parts.usage.used(asking, Use.SEARCHES, body.mode)
    # search by meaning always finds its nearest: what nobody wrote is what no word led to
    if body.query.strip() and not any(MatchedBy.WORD in hit.matched_by for hit in answer.hits):
        parts.usage.used(asking, Use.ZERO_HITS, body.mode)
        if body.mode is not Mode.SEMANTIC and body.filters.narrowing() == Narrowing():
            parts.usage.missed(asking, body.query)
