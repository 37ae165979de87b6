"""`POST /v1/citations`, and what one record cites and is cited by."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from records.audit_chain import Kind
from records.usage import Use
from search_api.citation_schemas import (
    CitationsBody,
    CitationsOut,
    RecordCitationsOut,
    citation_out,
    citing_out,
)
from search_api.citing import Citations
from search_api.disclosures import Purpose
from search_api.parts import Asking, PartsOf
from search_api.routes.records import RecordId, found_for
from search_api.schemas import DEFAULT_SIZE, MAX_SIZE

router = APIRouter(tags=["citations"])

_Size = Annotated[int, Query(ge=1, le=MAX_SIZE, examples=[10])]
_Cursor = Annotated[str | None, Query(max_length=4000)]


@router.post("/v1/citations")
def citations(asking: Asking, parts: PartsOf, body: CitationsBody, purpose: Purpose = None) -> CitationsOut:
    """Find the records that cite a paragraph, a ruling, a file or a paper: own ones and what partners released."""
    meant, page = Citations(parts.index, parts.cursors).of(
        asking, body.of, body.kind, narrowing=body.filters.narrowing(), size=body.size, cursor=body.cursor
    )
    if body.cursor is None:
        parts.usage.used(asking, Use.SEARCHES, Kind.CITATIONS)
    parts.audit.hits(asking, Kind.CITATIONS, page.hits, purpose)
    parts.usage.used(asking, Use.SHOWN, Kind.CITATIONS, len(page.hits))
    return CitationsOut(of=[citation_out(one) for one in meant], **citing_out(page).model_dump())


@router.get("/v1/records/{record_id}/citations")
@router.head("/v1/records/{record_id}/citations", include_in_schema=False)
def of_record(  # noqa: PLR0917 - FastAPI calls by name
    asking: Asking,
    parts: PartsOf,
    record_id: RecordId,
    size: _Size = DEFAULT_SIZE,
    cursor: _Cursor = None,
    purpose: Purpose = None,
) -> RecordCitationsOut:
    """Return what a record cites, and one page of what cites its file, its paper or its case."""
    # SECURITY: before anything else is done, so that unknown and forbidden take the same time.
    found = found_for(parts, asking, record_id)
    asked = Citations(parts.index, parts.cursors)
    cites = asked.by(asking, found)
    page = asked.citing(asking, found, size=size, cursor=cursor)
    shown = [record_id, *(hit.found.record_id for hit in page.hits)]
    parts.audit.disclose(asking, Kind.CITATIONS, shown, purpose)
    return RecordCitationsOut(cites=[citation_out(one) for one in cites], cited_by=citing_out(page))
