"""The pages of ready-made reports: a text with figures, and the same as PDF; what is wrong with a template is said."""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from ui.api import ApiError
from ui.parts import Parts, passed_on
from ui.rendering import language_of
from ui.report_pages import MonthsAsked
from ui.session import Session

_NOT_FOUND, _UNPROCESSABLE = 404, 422


def routes(parts: Parts) -> APIRouter:
    """Return the routes of ready-made reports; 404 for whoever makes none."""
    router = APIRouter(prefix="/manage/reports/ready")
    current = Annotated[Session, Depends(parts.session)]
    months = Annotated[MonthsAsked, Query()]

    @router.get("/{name}")
    def ready_report(request: Request, session: current, name: str, asked: months) -> Response:
        language, made, problem, status = language_of(request), None, "", 200
        try:
            made = parts.api.ready_report(session, name, language, begin=asked.begin, end=asked.end)
        except ApiError as error:
            if error.status != _UNPROCESSABLE:
                raise
            # the template, or the months: the API says which line, and what to do
            problem, status = error.detail, _UNPROCESSABLE
        kinds = {kind.name: kind for kind in parts.api.ready_reports(session, language).reports}
        values = {"report": made, "kind": kinds.get(name), "problem": problem}
        return parts.pages.render(request, "ready_report.html", status=status, session=session, **values)

    @router.get("/{name}/file.pdf")
    def ready_file(session: current, name: str, asked: months) -> Response:
        opened = parts.api.ready_file(session, name, begin=asked.begin, end=asked.end)
        answer = passed_on(opened, {"content-disposition": 'attachment; filename="bericht.pdf"'}, ("application/pdf",))
        if answer is None:
            raise ApiError(_NOT_FOUND)
        return answer

    return router
