"""The pages for records managers: sources, quarantine by cause, reconciliation, and what leaves or must not.

Whatever removes or opens something takes two steps: a page that says what will happen, and the button on it.
"""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ui.api import ApiError
from ui.management_api import QuarantinedFile
from ui.parts import Parts
from ui.rendering import address, language_of
from ui.session import Session

_NOT_FOUND, _UNPROCESSABLE = 404, 422
#: the longest number of files that is believed
_DIGITS = 9


@dataclass(frozen=True)
class Cause:
    """Files that could not be taken in for the same reason."""

    code: str
    reason: str
    advice: str
    files: tuple[QuarantinedFile, ...]

    @property
    def can_retry(self) -> int:
        """How many of them can be read again without their source changing first."""
        return sum(one.can_retry for one in self.files)


def by_cause(files: Sequence[QuarantinedFile]) -> list[Cause]:
    """Group files by their cause, the most frequent first."""
    causes: dict[str, list[QuarantinedFile]] = {}
    for one in files:
        causes.setdefault(one.code, []).append(one)
    # what is told beside the sentence, in brackets, belongs to the single file
    made = [Cause(code, some[0].reason.split(" (")[0], some[0].advice, tuple(some)) for code, some in causes.items()]
    return sorted(made, key=lambda cause: (-len(cause.files), cause.code))


def routes(parts: Parts) -> APIRouter:
    """Return the routes of management."""
    router = APIRouter(prefix="/manage")
    _sources(router, parts)
    _quarantine(router, parts)
    _leaving(router, parts)
    _holds(router, parts)
    return router


def _render(parts: Parts, request: Request, session: Session, page: str, **values: Any) -> Response:
    return parts.pages.render(request, f"manage_{page}.html", session=session, place=page, **values)


def _sources(router: APIRouter, parts: Parts) -> None:
    current = Annotated[Session, Depends(parts.session)]

    @router.get("")
    def overview(request: Request, session: current) -> Response:
        language = language_of(request)
        compared = parts.api.comparisons(session, language)
        causes = by_cause(parts.api.quarantine(session, language))
        return _render(
            parts,
            request,
            session,
            "overview",
            sources=parts.api.sources(session, language),
            jobs=parts.api.jobs(session, language),
            causes=causes,
            reasons={cause.code: cause.reason for cause in causes},
            latest=compared[0] if compared else None,
            due=parts.api.due(session, language).total,
            holds=[hold for hold in parts.api.holds(session, language).holds if hold.lifted_at is None],
        )

    @router.get("/sources/{name}/missing")
    def missing(request: Request, session: current, name: str) -> Response:
        return shown(request, session, name)

    @router.post("/sources/{name}/agree")
    def agree(
        request: Request,
        session: current,
        name: str,
        csrf: Annotated[str, Form()] = "",
        held: Annotated[str, Form()] = "",
    ) -> Response:
        parts.check_form(request, session, csrf)
        try:
            parts.api.agree(session, name, _number(held) or 0, language_of(request))
        except ApiError as error:
            if error.status != _UNPROCESSABLE:
                raise
            # it has become another number: the page shows which
            return shown(request, session, name, changed=True)
        return RedirectResponse("/manage", status_code=303)

    def shown(request: Request, session: Session, name: str, *, changed: bool = False) -> Response:
        language = language_of(request)
        source = next((one for one in parts.api.sources(session, language) if one.name == name), None)
        if source is None:
            raise ApiError(404)
        files = parts.api.missing(session, name, language)
        return _render(parts, request, session, "missing", source=source, files=files, changed=changed)


def _quarantine(router: APIRouter, parts: Parts) -> None:
    current = Annotated[Session, Depends(parts.session)]
    text = Annotated[str, Form()]

    @router.get("/quarantine")
    def quarantine(request: Request, session: current, again: str = "") -> Response:
        causes = by_cause(parts.api.quarantine(session, language_of(request)))
        return _render(parts, request, session, "quarantine", causes=causes, again=_number(again))

    @router.post("/quarantine/retry")
    def retry(request: Request, session: current, csrf: text = "", record_id: text = "", reason: text = "") -> Response:
        parts.check_form(request, session, csrf)
        body = {key: value for key, value in (("record_id", record_id), ("reason", reason)) if value}
        done = parts.api.retry(session, body, language_of(request))
        return RedirectResponse(address("manage", "quarantine", again=str(done.retried)), status_code=303)


def _leaving(router: APIRouter, parts: Parts) -> None:
    current = Annotated[Session, Depends(parts.session)]

    @router.get("/reconciliation")
    def reconciliation(request: Request, session: current) -> Response:
        compared = parts.api.comparisons(session, language_of(request), size=30)
        return _render(parts, request, session, "reconciliation", compared=compared)

    @router.get("/deletions")
    def deletions(request: Request, session: current, cursor: str = "") -> Response:
        page = parts.api.deletions(session, language_of(request), cursor=cursor)
        return _render(parts, request, session, "deletions", receipts=page.deletions, cursor=page.cursor)

    @router.get("/retention")
    def retention(request: Request, session: current, cursor: str = "") -> Response:
        due = parts.api.due(session, language_of(request), cursor=cursor)
        return _render(parts, request, session, "retention", due=due)


def _holds(router: APIRouter, parts: Parts) -> None:
    current = Annotated[Session, Depends(parts.session)]
    text = Annotated[str, Form()]

    @router.get("/holds")
    def holds(request: Request, session: current, record_id: str = "") -> Response:
        return listed(request, session, {"record_id": record_id, "reason": ""})

    @router.post("/holds")
    def place(request: Request, session: current, csrf: text = "", record_id: text = "", reason: text = "") -> Response:
        parts.check_form(request, session, csrf)
        try:
            parts.api.place_hold(session, record_id.strip(), reason, language_of(request))
        except ApiError as error:
            if error.status not in {_NOT_FOUND, _UNPROCESSABLE}:
                raise
            # what was written stays in the form
            return listed(request, session, {"record_id": record_id, "reason": reason}, error)
        return RedirectResponse("/manage/holds", status_code=303)

    @router.get("/holds/{hold_id}/lift")
    def wants_to_lift(request: Request, session: current, hold_id: str) -> Response:
        placed = parts.api.holds(session, language_of(request)).holds
        hold = next((one for one in placed if one.hold_id == hold_id and one.lifted_at is None), None)
        if hold is None:
            raise ApiError(_NOT_FOUND)
        return _render(parts, request, session, "lift", hold=hold)

    @router.post("/holds/{hold_id}/lift")
    def lift(request: Request, session: current, hold_id: str, csrf: text = "") -> Response:
        parts.check_form(request, session, csrf)
        parts.api.lift_hold(session, hold_id, language_of(request))
        return RedirectResponse("/manage/holds", status_code=303)

    def listed(request: Request, session: Session, written: dict[str, str], error: ApiError | None = None) -> Response:
        found = parts.api.holds(session, language_of(request)).holds
        problem = None
        if error is not None:
            problem = "manage_no_record" if error.status == _NOT_FOUND else "manage_hold_unusable"
        status = error.status if error else 200
        return _render(parts, request, session, "holds", status=status, holds=found, written=written, problem=problem)


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) <= _DIGITS else None
