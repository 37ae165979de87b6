"""What the indexer does, for records managers of the tenant: sources, open jobs, quarantine."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder

from records.access import Principal, Role
from search_api.auth import NotEntitledError
from search_api.disclosures import NO_RECORDS
from search_api.parts import Asking, PartsOf

router = APIRouter(tags=["indexer"])


def _records_manager(principal: Principal) -> None:
    # SECURITY: paths and reasons tell of records that the caller may not read; software acting for a clerk never asks.
    if Role.RECORDS_MANAGER not in principal.roles or principal.software is not None:
        raise NotEntitledError("this is for records managers")


@router.get("/v1/sources", openapi_extra=NO_RECORDS)
def sources(asking: Asking, parts: PartsOf) -> list[dict[str, Any]]:
    """Return the sources of the own municipality."""
    _records_manager(asking)
    parts.index.ready()
    answer: list[dict[str, Any]] = jsonable_encoder(list(parts.ledger.sources(asking)))
    return answer


@router.get("/v1/jobs", openapi_extra=NO_RECORDS)
def jobs(asking: Asking, parts: PartsOf) -> dict[str, Any]:
    """Return what is still to be done, with `vectors_pending`."""
    _records_manager(asking)
    parts.index.ready()
    answer: dict[str, Any] = jsonable_encoder(parts.ledger.jobs(asking))
    return answer


@router.get("/v1/quarantine", openapi_extra=NO_RECORDS)
def quarantine(asking: Asking, parts: PartsOf) -> list[dict[str, Any]]:
    """Return the files that could not be read, with the reasons."""
    _records_manager(asking)
    parts.index.ready()
    answer: list[dict[str, Any]] = jsonable_encoder(list(parts.ledger.quarantine(asking)))
    return answer
