"""`POST /v1/search`."""

from __future__ import annotations

from fastapi import APIRouter

from search_api.labels import label
from search_api.parts import Asking, PartsOf
from search_api.schemas import FacetValueOut, NoticeOut, SearchBody, SearchOut, hit_out
from search_api.search import Searching

router = APIRouter(tags=["search"])


@router.post("/v1/search")
def search(asking: Asking, parts: PartsOf, body: SearchBody) -> SearchOut:
    """Find records by words, by meaning, or both."""
    answer = Searching(parts.index, parts.embedder, parts.cursors).page(asking, body)
    return SearchOut(
        total=answer.total,
        total_is=answer.total_is,
        hits=[hit_out(hit) for hit in answer.hits],
        facets={
            str(field): [FacetValueOut(value=v.value, label=label(field, v.value), count=v.count) for v in values]
            for field, values in answer.facets.items()
        },
        notices=[NoticeOut(code=n.code, text=n.text) for n in answer.notices],
        cursor=answer.cursor,
    )
