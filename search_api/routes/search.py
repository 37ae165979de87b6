"""`POST /v1/search`."""

from __future__ import annotations

from fastapi import APIRouter

from records.audit_chain import Kind
from search_api.disclosures import Purpose
from search_api.labels import label
from search_api.parts import Asking, PartsOf
from search_api.schemas import FacetValueOut, NoticeOut, SearchBody, SearchOut, hit_out
from search_api.search import Searching

router = APIRouter(tags=["search"])


@router.post("/v1/search")
def search(asking: Asking, parts: PartsOf, body: SearchBody, purpose: Purpose = None) -> SearchOut:
    """Find records by words, by meaning, or both."""
    answer = Searching(parts.index, parts.embedder, parts.cursors).page(asking, body)
    shown = parts.audit.hits(asking, Kind.SEARCH, answer.hits, purpose)
    return SearchOut(
        total=answer.total,
        total_is=answer.total_is,
        hits=[hit_out(hit) for hit in shown],
        facets={
            str(field): [FacetValueOut(value=v.value, label=label(field, v.value), count=v.count) for v in values]
            for field, values in answer.facets.items()
        },
        notices=[NoticeOut(code=n.code, text=n.text) for n in answer.notices],
        cursor=answer.cursor,
    )
