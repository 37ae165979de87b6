"""What the indexer does, for records managers of the tenant: sources, open jobs, quarantine."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder

from search_api.disclosures import NO_RECORDS
from search_api.parts import Managing, PartsOf

router = APIRouter(tags=["indexer"])


@router.get("/v1/sources", openapi_extra=NO_RECORDS)
def sources(asking: Managing, parts: PartsOf) -> list[dict[str, Any]]:
    """Return the sources of the own municipality."""
    answer: list[dict[str, Any]] = jsonable_encoder(list(parts.ledger.sources(asking)))
    return answer


@router.get("/v1/jobs", openapi_extra=NO_RECORDS)
def jobs(asking: Managing, parts: PartsOf) -> dict[str, Any]:
    """Return what is still to be done, with `vectors_pending`."""
    answer: dict[str, Any] = jsonable_encoder(parts.ledger.jobs(asking))
    return answer


@router.get("/v1/quarantine", openapi_extra=NO_RECORDS)
def quarantine(asking: Managing, parts: PartsOf) -> list[dict[str, Any]]:
    """Return the files that could not be read, with the reasons."""
    answer: list[dict[str, Any]] = jsonable_encoder(list(parts.ledger.quarantine(asking)))
    return answer
