"""The pages for those who make reports: which there are, and one of them with its tables, charts and files."""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

from contextlib import AbstractContextManager
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from ui.api import ApiError
from ui.parts import Parts, passed_on
from ui.rendering import language_of
from ui.report_api import ReadyKind
from ui.session import Session

_NOT_FOUND, _UNPROCESSABLE = 404, 422
_FILES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/pdf")
_PICTURES = ("image/svg+xml",)
# SECURITY: a picture that is opened by itself may style itself and do nothing else.
_PICTURE = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


class MonthsAsked(BaseModel):
    """The first and the last month that a report is about; what cannot be used is the API's to say."""

    begin: str = Field("", alias="from", max_length=10)
    end: str = Field("", alias="to", max_length=10)


def routes(parts: Parts) -> APIRouter:
    """Return the routes of reports; 404 for whoever makes none."""
    router = APIRouter(prefix="/manage/reports")
    current = Annotated[Session, Depends(parts.session)]
    months = Annotated[MonthsAsked, Query()]

    @router.get("")
    def listed(request: Request, session: current) -> Response:
        language = language_of(request)
        kinds, ready = parts.api.reports(session, language).reports, _ready(parts, session, language)
        return parts.pages.render(request, "reports.html", session=session, kinds=kinds, ready=ready)

    @router.get("/{name}")
    def report(request: Request, session: current, name: str, asked: months) -> Response:
        language, problem = language_of(request), False
        try:
            made = parts.api.report(session, name, language, begin=asked.begin, end=asked.end)
        except ApiError as error:
            if error.status != _UNPROCESSABLE or not (asked.begin or asked.end):
                raise
            made, problem = parts.api.report(session, name, language), True
        kinds = {kind.name: kind for kind in parts.api.reports(session, language).reports}
        values = {"report": made, "kind": kinds.get(name), "problem": problem}
        status = _UNPROCESSABLE if problem else 200
        return parts.pages.render(request, "report.html", status=status, session=session, **values)

    @router.get("/{name}/{table}.svg")
    def picture(session: current, name: str, table: str, asked: months) -> Response:
        opened = parts.api.report_file(session, name, "svg", by=table, begin=asked.begin, end=asked.end)
        return _shown(opened, _PICTURE, _PICTURES)

    @router.get("/{name}/file.{kind}")
    def file(session: current, name: str, kind: str, asked: months) -> Response:
        opened = parts.api.report_file(session, name, kind, begin=asked.begin, end=asked.end)
        # the name is the API's; this one holds where it gives none
        headers = {"content-disposition": 'attachment; filename="bericht"'}
        return _shown(opened, headers, _FILES)

    return router


def _ready(parts: Parts, session: Session, language: str) -> tuple[ReadyKind, ...]:
    try:
        return parts.api.ready_reports(session, language).reports
    except ApiError as error:
        # whoever reads sums over towns only makes none of the own town
        if error.status != _NOT_FOUND:
            raise
        return ()


def _shown(
    opened: AbstractContextManager[httpx.Response], headers: dict[str, str], media_types: tuple[str, ...]
) -> Response:
    answer = passed_on(opened, headers, media_types)
    if answer is None:
        raise ApiError(_NOT_FOUND)
    return answer
