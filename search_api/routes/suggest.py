"""`POST /v1/suggest`."""

from __future__ import annotations

from fastapi import APIRouter

from search_api.disclosures import NO_RECORDS
from search_api.parts import Asking, PartsOf
from search_api.schemas import SuggestBody, SuggestOut
from search_api.suggest import completions, corrections

router = APIRouter(tags=["search"])


@router.post("/v1/suggest", openapi_extra=NO_RECORDS)
def suggest(asking: Asking, parts: PartsOf, body: SuggestBody) -> SuggestOut:
    """Complete or correct a query with words from what the caller may read."""
    return SuggestOut(
        completions=completions(parts.index, asking, body.query, body.size),
        corrections=corrections(parts.index, asking, body.query, body.size),
    )
