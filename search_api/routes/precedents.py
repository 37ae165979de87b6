"""`POST /v1/precedents`."""

from __future__ import annotations

from fastapi import APIRouter

from records.audit_chain import Kind
from records.usage import Use
from search_api.alike_schemas import AlikesOut, PrecedentsBody, alikes_out
from search_api.likeness import Likeness
from search_api.parts import Asking, PartsOf

router = APIRouter(tags=["search"])


@router.post("/v1/precedents")
def precedents(asking: Asking, parts: PartsOf, body: PrecedentsBody) -> AlikesOut:
    """Find how others decided: records like a draft, closed ones and newer ones before others, with what they share."""
    draft = body.draft()
    with parts.meaning.taken(asking):
        answer = Likeness(parts.index, parts.embedder).precedents(
            asking, draft, narrowing=body.filters.narrowing(), size=body.size
        )
    parts.audit.hits(asking, Kind.PRECEDENTS, [one.hit for one in answer.alike], body.purpose)
    parts.usage.used(asking, Use.SEARCHES, Kind.PRECEDENTS)
    parts.usage.used(asking, Use.SHOWN, Kind.PRECEDENTS, len(answer.alike))
    return alikes_out(answer)
