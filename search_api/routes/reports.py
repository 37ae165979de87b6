"""`/v1/reports/{name}`: figures of the own town, for those who make its reports."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter
from pydantic import BaseModel

from search_api.disclosures import NO_RECORDS
from search_api.parts import Asking, PartsOf

router = APIRouter(tags=["reports"])


class ZeroHitTermOut(BaseModel):
    """A question that found nothing."""

    term: str
    askers: int
    last_day: dt.date


class ZeroHitsOut(BaseModel):
    """Questions that found nothing, the most frequent first."""

    terms: list[ZeroHitTermOut]


@router.get("/v1/reports/zero-hits", openapi_extra=NO_RECORDS)
def zero_hits(asking: Asking, parts: PartsOf) -> ZeroHitsOut:
    """Return what at least five different people of the town asked in vain within 90 days."""
    found = parts.figures.zero_hits(asking)
    return ZeroHitsOut(terms=[ZeroHitTermOut(term=t.term, askers=t.askers, last_day=t.last_day) for t in found])
