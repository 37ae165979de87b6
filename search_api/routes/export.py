"""`POST /v1/export`."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from records.audit_chain import Kind
from records.usage import Use
from search_api.disclosures import Purpose
from search_api.export import MEDIA_TYPES, behind, lines, while_allowed
from search_api.parts import Asking, PartsOf, StillAsking
from search_api.schemas import ExportBody
from search_api.search import Searching

router = APIRouter(tags=["search"])

_CONTENT = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in MEDIA_TYPES.values()}


def _one_of_few(asking: Asking, parts: PartsOf) -> Iterator[None]:
    """Hold a place among this principal's exports until the last byte has left."""
    with parts.exports.taken(asking):
        yield


@router.post(
    "/v1/export",
    response_class=StreamingResponse,
    dependencies=[Depends(_one_of_few)],
    responses={200: {"description": "Everything the search finds", "content": _CONTENT}},
)
def export(
    asking: Asking, still_asking: StillAsking, parts: PartsOf, body: ExportBody, purpose: Purpose = None
) -> StreamingResponse:
    """Stream everything that a search finds, as a table or as JSON lines; one that broke off is gone on with."""
    hits = Searching(parts.index, parts.embedder, parts.cursors, parts.synonyms).everything(asking, body)
    # SECURITY: the cap counts what an export goes on behind, so that nobody takes out more in pieces.
    hits = behind(body.after, parts.caps.capped(asking, while_allowed(hits, still_asking)))
    parts.usage.used(asking, Use.EXPORTS, body.mode)
    return StreamingResponse(
        lines(body.format, parts.audit.stream(asking, Kind.EXPORT, hits, purpose)),
        media_type=MEDIA_TYPES[body.format],
        headers={"content-disposition": f'attachment; filename="aktensuche.{body.format}"'},
    )
