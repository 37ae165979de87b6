"""What the indexer does, for records managers of the tenant: sources, open jobs, quarantine, doubtful pages."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.encoders import jsonable_encoder

from records.audit_chain import Kind
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


@router.get("/v1/recognition")
def recognition(
    asking: Managing,
    parts: PartsOf,
    below: Annotated[int, Query(ge=1, le=101, description="Confidence in percent")] = 80,
    size: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[dict[str, Any]]:
    """Return the pages that text recognition is least sure of, of records that whoever asks may read."""
    parts.index.ready()
    found = parts.ledger.recognised(asking, below=below, size=size)
    parts.audit.disclose(asking, Kind.RECOGNITION, (page.record_id for page in found))
    answer: list[dict[str, Any]] = jsonable_encoder(list(found))
    return answer
