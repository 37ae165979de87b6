"""What leaves, for records managers: receipts of deletions, legal holds, what is to be offered to the archive."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from records.audit_chain import Kind
from records.ledger_holds import MAX_REASON, Hold
from records.ledger_removals import Receipt
from records.ledger_retention import Due
from search_api.disclosures import NO_RECORDS
from search_api.once import REPEATABLE, Key, Sent
from search_api.parts import Managing, PartsOf

router = APIRouter(tags=["removals"])

_PAGE = 100
_Cursor = Annotated[str | None, Query(max_length=4000)]
_HoldId = Annotated[str, Path(max_length=20, examples=["17"])]


class ReceiptsOut(BaseModel):
    """One page of receipts, newest first."""

    deletions: list[Receipt]
    cursor: str | None


class DueOut(BaseModel):
    """One page of what is to be offered to the archive, the longest overdue first."""

    total: int
    records: list[Due]
    cursor: str | None


class HoldBody(BaseModel):
    """A record that must not be erased, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"record_id": "beispiel-0001", "reason": "Klage vor dem Verwaltungsgericht"}]},
    )

    record_id: str = Field(max_length=512)
    reason: str = Field(min_length=1, max_length=MAX_REASON)


class HoldsOut(BaseModel):
    """The holds of the municipality."""

    holds: list[Hold]


@router.get("/v1/deletions", openapi_extra=NO_RECORDS)
def deletions(asking: Managing, parts: PartsOf, cursor: _Cursor = None) -> ReceiptsOut:
    """Return when records left their source, the index, and altogether; ids and moments, no words."""
    asked = "deletions"
    before = parts.cursors.open(asking, asked, cursor)["before"] if cursor is not None else None
    found = parts.management.removals.receipts(asking, size=_PAGE, before=before)
    more = parts.cursors.seal(asking, asked, {"before": found[-1].receipt_id}) if len(found) == _PAGE else None
    return ReceiptsOut(deletions=list(found), cursor=more)


@router.get("/v1/retention")
def retention(asking: Managing, parts: PartsOf, cursor: _Cursor = None) -> DueOut:
    """Return records whose retention has ended: they are to be offered to the archive. Nothing is removed by that."""
    asked, today = "retention", dt.datetime.now(dt.UTC).date()
    after = tuple(parts.cursors.open(asking, asked, cursor)["after"]) if cursor is not None else ("", "")
    found = parts.management.retention.due(asking, today, size=_PAGE, after=(after[0], after[1]))
    parts.audit.disclose(asking, Kind.RETENTION, (one.record_id for one in found if one.title or one.file_reference))
    more = None
    if len(found) == _PAGE:
        last = found[-1]
        more = parts.cursors.seal(asking, asked, {"after": [last.retention_end.isoformat(), last.record_id]})
    return DueOut(total=parts.management.retention.count(asking, today), records=list(found), cursor=more)


@router.get("/v1/holds", openapi_extra=NO_RECORDS)
def holds(asking: Managing, parts: PartsOf) -> HoldsOut:
    """Return the legal holds, those that last first."""
    return HoldsOut(holds=list(parts.management.holds.of(asking)))


@router.post("/v1/holds", openapi_extra=NO_RECORDS, responses=REPEATABLE)
def place_hold(asking: Managing, parts: PartsOf, body: HoldBody, key: Key = None) -> Hold:
    """Keep a record from being erased, even when its source loses it. The same again gives the hold that there is."""
    holds = parts.management.holds
    return parts.once.do(
        asking,
        Sent("hold", key, body),
        lambda: holds.place(asking, body.record_id, body.reason),
        name=lambda hold: hold.hold_id,
        again=lambda hold_id: holds.hold(asking, hold_id),
    )


@router.delete("/v1/holds/{hold_id}", openapi_extra=NO_RECORDS)
def lift_hold(asking: Managing, parts: PartsOf, hold_id: _HoldId) -> Hold:
    """End a hold; what its record has lost meanwhile is erased in the usual way. Again changes nothing."""
    return parts.management.holds.lift(asking, hold_id)
