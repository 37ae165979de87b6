"""`/v1/ready-reports`: texts with figures of several reports, from templates that the administration can change."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from records.access import Principal
from records.errors import InvalidInputError
from records.reports.allowed import reported_tenant
from records.reports.months import Months, months_asked
from records.reports.town import Asked
from records.reports.values import Report
from records.reports.zero_hits import ZERO_HITS, of_zero_hits
from search_api.disclosures import NO_RECORDS
from search_api.parts import Asking, Parts, PartsOf
from search_api.ready_files import Period, Template, TemplateError
from search_api.ready_text import Block, BlockKind, ReadyReport, ready
from search_api.report_files import KINDS
from search_api.report_pdf import ready_pdf
from search_api.report_schemas import TableOut, table_out

router = APIRouter(tags=["reports"])

_Name = Annotated[str, Path(max_length=40, examples=["betrieb"])]


class ReadyFormat(StrEnum):
    """How a ready-made report is written."""

    JSON = "json"
    PDF = "pdf"


class ReadyQuery(BaseModel):
    """Which months of a ready-made report, and as what."""

    model_config = ConfigDict(extra="forbid")

    begin: str | None = Field(
        None, alias="from", max_length=10, description="First month (2026-03), or a day in it", examples=["2026-01"]
    )
    end: str | None = Field(
        None, alias="to", max_length=10, description="Last month, or a day in it", examples=["2026-06"]
    )
    format: ReadyFormat = Field(default=ReadyFormat.JSON, examples=[ReadyFormat.JSON])


class ReadyKindOut(BaseModel):
    """A template; one that cannot be used has a problem in place of its words."""

    name: str
    title: str
    title_en: str
    description: str
    description_en: str
    problem: str | None = Field(description="What is wrong with the template, with its line and the way out, in German")


class ReadyKindsOut(BaseModel):
    """The ready-made reports there are."""

    reports: list[ReadyKindOut]


class SpanOut(BaseModel):
    """A piece of a line."""

    model_config = ConfigDict(from_attributes=True)

    text: str
    strong: bool
    emphasis: bool


class BlockOut(BaseModel):
    """A heading, paragraph or item with its spans; or a table, or the place of its chart, with the report it is of."""

    kind: BlockKind
    level: int = Field(description="Of a heading: from 1; of an item: how deep it lies")
    spans: list[SpanOut]
    report: str | None
    table: TableOut | None


class ReadyReportOut(BaseModel):
    """A ready-made report about the own town and whole months."""

    name: str
    title: str
    tenant: str
    begin: dt.date = Field(serialization_alias="from")
    end: dt.date = Field(serialization_alias="to")
    made_at: dt.datetime
    blocks: list[BlockOut]


_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report",
        "content": {KINDS["pdf"]: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/v1/ready-reports", openapi_extra=NO_RECORDS)
def ready_reports(asking: Asking, parts: PartsOf) -> ReadyKindsOut:
    """Return the ready-made reports there are."""
    reported_tenant(asking)
    return ReadyKindsOut(reports=[_kind(parts, name) for name in parts.templates.names()])


@router.get("/v1/ready-reports/{template}", openapi_extra=NO_RECORDS, response_model=ReadyReportOut, responses=_CONTENT)
def ready_report(
    asking: Asking, parts: PartsOf, template: _Name, asked: Annotated[ReadyQuery, Query()]
) -> ReadyReportOut | Response:
    """Return a ready-made report; 422 says which line of its template cannot be used, and why.

    Without months it is about those that its template names: the last twelve, or the calendar year before this one.
    """
    # SECURITY: before the template is looked up, so that nobody else learns which there are.
    tenant = reported_tenant(asking)
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        found = parts.templates.template(template)
        months = _months(found, asked, now.date())
        made = ready(found, tenant, months, now, partial(_report, parts, asking, months, now))
    except TemplateError as error:
        raise InvalidInputError("template", str(error)) from error
    if asked.format is ReadyFormat.JSON:
        return _out(made)
    # setting a PDF takes a processor for a second or two
    with parts.exports.taken(asking):
        content = ready_pdf(made)
    headers = {"content-disposition": f'attachment; filename="{made.name}.pdf"'}
    return Response(content, media_type=KINDS["pdf"], headers=headers)


def _kind(parts: Parts, name: str) -> ReadyKindOut:
    try:
        head = parts.templates.template(name).head
    except TemplateError as error:
        words = dict.fromkeys(("title", "title_en"), name) | dict.fromkeys(("description", "description_en"), "")
        return ReadyKindOut(name=name, problem=str(error), **words)
    return ReadyKindOut(name=name, problem=None, **head.model_dump(exclude={"period"}))


def _months(template: Template, asked: ReadyQuery, today: dt.date) -> Months:
    if asked.begin is None and asked.end is None and template.head.period is Period.LAST_YEAR:
        return months_asked(f"{today.year - 1}-01", f"{today.year - 1}-12", today)
    return months_asked(asked.begin, asked.end, today)


def _report(parts: Parts, asking: Principal, months: Months, now: dt.datetime, name: str) -> Report:
    if name == ZERO_HITS.name:
        return of_zero_hits(asking.tenant, parts.figures.zero_hits(asking), now)
    return parts.reports.report(asking, name, Asked(*months.asked), now)


def _out(made: ReadyReport) -> ReadyReportOut:
    return ReadyReportOut(
        name=made.name,
        title=made.title,
        tenant=made.tenant,
        begin=made.begin,
        end=made.end,
        made_at=made.made_at,
        blocks=[_block(block) for block in made.blocks],
    )


def _block(block: Block) -> BlockOut:
    return BlockOut(
        kind=block.kind,
        level=block.level,
        spans=[SpanOut.model_validate(span) for span in block.spans],
        report=block.report,
        table=table_out(block.table) if block.table is not None else None,
    )
