"""What the indexer does, for records managers: sources, jobs, quarantine, doubtful pages, and what they decide."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from records.audit_chain import Kind
from records.errors import NotVisibleError
from records.ledger_decisions import Agreement, Retry
from records.ledger_values import JobFigures, MissingFile, QuarantinedFile, RecognisedPage, SourceState
from records.reconciliation import Difference, Finding, Repair, Side
from search_api.disclosures import NO_RECORDS
from search_api.once import REPEATABLE, Key, Sent
from search_api.parts import Managing, PartsOf

router = APIRouter(tags=["indexer"])

_SourceName = Annotated[str, Path(max_length=60, examples=["folder-3"])]


class RetryBody(BaseModel):
    """What is read again: one file, or all of one cause; without either everything in quarantine."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "damaged"}]})

    record_id: str | None = Field(None, max_length=512, description="One file, as `record_id` of the list names it")
    reason: str | None = Field(None, max_length=40, description="All of one cause, as `code` of the list names it")


class PageBody(BaseModel):
    """A page that text recognition was unsure of."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"record_id": "beispiel-0001", "page": 1}]}
    )

    record_id: str = Field(max_length=512, description="The record, as the list names it")
    page: int = Field(ge=1, le=1_000_000, description="The page, counted from 1")


class AgreementBody(BaseModel):
    """What is agreed to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"held": 1}]})

    held: int = Field(ge=1, description="How many records are missing and held, as it was looked at")


class ComparisonOut(BaseModel):
    """How ledger and index agreed when they were compared."""

    tenant: str
    by: str = Field(description="Who had them compared; `aktensuche` each night by itself")
    ended_at: dt.datetime
    seconds: float
    agrees: bool
    missing: int = Field(description="Records that nobody finds")
    extra: int = Field(description="Records that nobody should find")
    stale: int = Field(description="Records that are found as they no longer are")
    in_flight: int = Field(description="Records being worked on: neither right nor wrong at the moment")
    ledger: Side
    index: Side
    buckets: int
    listed: int
    counts: dict[Difference, int]
    findings: list[Finding]
    repair: Repair | None


@router.get("/v1/sources", openapi_extra=NO_RECORDS)
def sources(asking: Managing, parts: PartsOf) -> list[SourceState]:
    """Return the sources of the own municipality."""
    return list(parts.ledger.sources(asking))


@router.get("/v1/jobs", openapi_extra=NO_RECORDS)
def jobs(asking: Managing, parts: PartsOf) -> JobFigures:
    """Return what is still to be done, with `vectors_pending`."""
    return parts.ledger.jobs(asking)


@router.get("/v1/quarantine", openapi_extra=NO_RECORDS)
def quarantine(asking: Managing, parts: PartsOf) -> list[QuarantinedFile]:
    """Return the files that could not be read, with the reasons."""
    return list(parts.ledger.quarantine(asking))


@router.get("/v1/recognition")
def recognition(
    asking: Managing,
    parts: PartsOf,
    below: Annotated[int, Query(ge=1, le=101, description="Confidence in percent", examples=[60])] = 80,
    size: Annotated[int, Query(ge=1, le=1000, examples=[50])] = 200,
) -> list[RecognisedPage]:
    """Return the pages that text recognition is least sure of, of records that whoever asks may read."""
    parts.index.ready()
    found = parts.ledger.recognised(asking, below=below, size=size)
    parts.audit.disclose(asking, Kind.RECOGNITION, (page.record_id for page in found))
    return list(found)


@router.post("/v1/recognition/again", openapi_extra=NO_RECORDS)
def read_anew(asking: Managing, parts: PartsOf, body: PageBody) -> PageBody:
    """Have one page read anew from a sharper picture; a worker begins within seconds, and the surer reading is kept.

    What came of it stands in the list, as `again`.
    """
    parts.management.pages.ask(asking, body.record_id, body.page)
    return body


@router.post("/v1/quarantine/retry", openapi_extra=NO_RECORDS, responses=REPEATABLE)
def retry(asking: Managing, parts: PartsOf, body: RetryBody, key: Key = None) -> Retry:
    """Have quarantined files read again; the workers begin within seconds."""
    return parts.once.do(
        asking,
        Sent("retry", key, body),
        lambda: parts.management.decisions.retry(asking, record_id=body.record_id, reason=body.reason),
        name=lambda retried: f"{retried.retried} {retried.not_read}",
        again=lambda numbers: Retry(*map(int, numbers.split())),
    )


@router.get("/v1/sources/{name}/missing", openapi_extra=NO_RECORDS)
def missing(asking: Managing, parts: PartsOf, name: _SourceName) -> list[MissingFile]:
    """Return what a source no longer shows and a person is asked about; at most 500 are named."""
    if name not in {source.name for source in parts.ledger.sources(asking)}:
        raise NotVisibleError("no such source")
    return list(parts.ledger.missing(asking, name))


@router.post("/v1/sources/{name}/agree", openapi_extra=NO_RECORDS, responses=REPEATABLE)
def agree(asking: Managing, parts: PartsOf, name: _SourceName, body: AgreementBody, key: Key = None) -> Agreement:
    """Agree that the next run removes what a source has lost; refused if it is another number by now."""
    return parts.once.do(
        asking,
        Sent(f"agreement {name}", key, body),
        lambda: parts.management.decisions.agree(asking, name, held=body.held),
        name=lambda agreement: str(agreement.held),
        again=lambda held: Agreement(name, int(held)),
    )


@router.get("/v1/reconciliations", openapi_extra=NO_RECORDS)
def reconciliations(
    asking: Managing, parts: PartsOf, size: Annotated[int, Query(ge=1, le=100, examples=[10])] = 10
) -> list[ComparisonOut]:
    """Return how ledger and index agreed when they were compared, newest first."""
    return [ComparisonOut.model_validate(kept) for kept in parts.management.comparisons.results(asking, size=size)]
