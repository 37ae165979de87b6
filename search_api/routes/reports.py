"""`/v1/reports`: figures for those who make reports, as JSON, CSV, XLSX, PDF or a chart."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from records.access import Principal
from records.reports.town import Asked
from records.reports.values import Kind, Report
from records.reports.zero_hits import of_zero_hits
from search_api.disclosures import NO_RECORDS
from search_api.parts import Asking, Parts, PartsOf
from search_api.report_files import KINDS, written
from search_api.report_schemas import TableOut, table_out

router = APIRouter(tags=["reports"])

_Name = Annotated[str, Path(max_length=40, examples=["holdings"])]


class Format(StrEnum):
    """How a report is written."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"
    #: the chart of one table, which `by` names
    SVG = "svg"


class FormatQuery(BaseModel):
    """As what a report is wanted."""

    model_config = ConfigDict(extra="forbid")

    format: Format = Field(default=Format.JSON, examples=[Format.JSON])


class ReportQuery(FormatQuery):
    """Which months of a report, and which of its tables."""

    begin: str | None = Field(
        None, alias="from", max_length=10, description="First month (2026-03), or a day in it", examples=["2026-01"]
    )
    end: str | None = Field(
        None, alias="to", max_length=10, description="Last month, or a day in it", examples=["2026-06"]
    )
    by: str | None = Field(None, max_length=40, description="Only the table of this name", examples=["month"])


class ReportsOut(BaseModel):
    """The reports there are."""

    reports: list[Kind]


class ReportOut(BaseModel):
    """A report about whole months and the own town, or between the towns that agreed to be counted together."""

    name: str
    title: str
    tenant: str
    towns: list[str] = Field(description="Between which towns; empty for a report about the own town alone")
    begin: dt.date = Field(serialization_alias="from")
    end: dt.date = Field(serialization_alias="to")
    made_at: dt.datetime
    tables: list[TableOut]


class ZeroHitTermOut(BaseModel):
    """A question that found nothing."""

    term: str
    askers: int
    last_day: dt.date


class ZeroHitsOut(ReportOut):
    """The same as any report, and its questions as they are, the most frequent first."""

    terms: list[ZeroHitTermOut]


#: a report can leave as any of these
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS.values()},
    }
}


@router.get("/v1/reports", openapi_extra=NO_RECORDS)
def reports(asking: Asking, parts: PartsOf) -> ReportsOut:
    """Return the reports there are, each with what it tells, in German and in English."""
    return ReportsOut(reports=list(parts.reports.kinds(asking)))


@router.get("/v1/reports/zero-hits", openapi_extra=NO_RECORDS, response_model=ZeroHitsOut, responses=_CONTENT)
def zero_hits(asking: Asking, parts: PartsOf, asked: Annotated[FormatQuery, Query()]) -> ZeroHitsOut | Response:
    """Return what at least five different people of the town asked in vain within 90 days."""
    found = parts.figures.zero_hits(asking)
    made = of_zero_hits(asking.tenant, found, _now())
    if asked.format is not Format.JSON:
        return _file(asking, parts, made, asked.format)
    terms = [ZeroHitTermOut(term=t.term, askers=t.askers, last_day=t.last_day) for t in found]
    return ZeroHitsOut(**dict(_out(made)), terms=terms)


@router.get("/v1/reports/{report}", openapi_extra=NO_RECORDS, response_model=ReportOut, responses=_CONTENT)
def report_named(
    asking: Asking, parts: PartsOf, report: _Name, asked: Annotated[ReportQuery, Query()]
) -> ReportOut | Response:
    """Return a report about whole months, without an end up to now, without a beginning about twelve of them.

    All are about the own town but one: `cooperation` tells sums between towns that agreed to it, with the role of the
    same name; sums that would give one of the towns away are hidden.
    """
    made = parts.reports.report(asking, report, Asked(asked.begin, asked.end, asked.by), _now())
    return _out(made) if asked.format is Format.JSON else _file(asking, parts, made, asked.format)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _out(report: Report) -> ReportOut:
    return ReportOut(
        name=report.name,
        title=report.title,
        tenant=report.tenant,
        towns=list(report.towns),
        begin=report.begin,
        end=report.end,
        made_at=report.made_at,
        tables=[table_out(table) for table in report.tables],
    )


def _file(asking: Principal, parts: Parts, report: Report, kind: Format) -> Response:
    # setting a PDF takes a processor for a second or two
    with parts.exports.taken(asking) if kind is Format.PDF else nullcontext():
        content = written(report, kind.value)
    return Response(
        content,
        media_type=KINDS[kind.value],
        headers={"content-disposition": f'attachment; filename="{report.name}.{kind.value}"'},
    )
