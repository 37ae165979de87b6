"""`POST /v1/audit/search`: the audit log of the own town, for its data protection officer, with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from records.audit import Question
from records.audit_chain import MAX_PURPOSE, Entry
from search_api.disclosures import OWN_ENTRY
from search_api.parts import Asking, PartsOf

router = APIRouter(tags=["audit"])

_PAGE = 100
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_PURPOSE)]


class AuditBody(BaseModel):
    """What is asked of the log, and why."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "reason": "Auskunftsersuchen nach Art. 15 DSGVO",
                    "from": "2024-01-01T00:00:00Z",
                    "to": "2024-02-01T00:00:00Z",
                    "record_id": "beispiel-0001",
                }
            ]
        },
    )

    reason: _Reason
    begin: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    subject: str | None = Field(default=None, max_length=200)
    record_id: str | None = Field(default=None, max_length=64)
    cursor: str | None = Field(default=None, max_length=4000)

    def identity(self) -> str:
        """Return what makes this the same question on its next page."""
        return f"audit {self.model_dump_json(exclude={'cursor'})}"


class AuditEntryOut(BaseModel):
    """Who was shown which records, how and when."""

    sequence: int
    time: dt.datetime
    subject: str
    software: str | None
    kind: str
    purpose: str | None
    detail: str | None
    record_ids: list[str]


class AuditOut(BaseModel):
    """One page of entries, newest first."""

    entries: list[AuditEntryOut]
    cursor: str | None


@router.post("/v1/audit/search", openapi_extra=OWN_ENTRY)
def read_audit_log(asking: Asking, parts: PartsOf, body: AuditBody) -> AuditOut:
    """Return entries of the own town's audit log; the reading is an entry of it itself."""
    before = parts.cursors.open(asking, body.identity(), body.cursor)["before"] if body.cursor is not None else None
    question = Question(body.reason, body.begin, body.end, body.subject, body.record_id)
    found = parts.audit_log.read(asking, question, before=before, size=_PAGE)
    cursor = None
    if len(found) == _PAGE:
        cursor = parts.cursors.seal(asking, body.identity(), {"before": found[-1].sequence})
    return AuditOut(entries=[_out(entry) for entry in found], cursor=cursor)


def _out(entry: Entry) -> AuditEntryOut:
    event = entry.event
    return AuditEntryOut(
        sequence=entry.sequence,
        time=_EPOCH + dt.timedelta(microseconds=entry.time),
        subject=event.subject,
        software=event.software,
        kind=event.kind.value,
        purpose=event.purpose,
        detail=event.detail,
        record_ids=list(event.record_ids),
    )
