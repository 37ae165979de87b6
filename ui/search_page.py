"""The search page: form, results, narrowing, paging, suggestions, export.

Words are posted, never put into an address as they are. A posted search is sealed and the browser sent on to its
sealed address, so that going back, reloading and opening in a new tab work as everywhere, without asking to send the
form again; nobody else can read or use that address. A search too long for an address is answered at once.
"""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

import html
import logging
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ui.api import ApiError
from ui.asked import FACETS, FORMATS, LONGEST, MODES, READINGS, SORTS, Asked
from ui.marking import Marks, mark_passage
from ui.parts import Parts, passed_on
from ui.record_api import Hit, Passage, Results
from ui.rendering import address, language_of
from ui.sealing import SealError
from ui.session import Session

_LOG = logging.getLogger(__name__)
_LONGEST_ADDRESS = 3000
#: how far the API pages by meaning; a total as high as this may be higher
_REACHABLE = 1000
#: below this a link to a page also remembers the search it came from
_SHORT_ADDRESS = 1200


def routes(parts: Parts) -> APIRouter:  # noqa: C901 - one function a route
    """Return the routes of the search page."""
    router = APIRouter()
    current = Annotated[Session, Depends(parts.session)]
    long = Annotated[Session, Depends(parts.session_for_long)]
    #: also a session whose token has just ended: what was typed is sealed first, then the clerk signs in again
    known = Annotated[Session, Depends(parts.cookies.read)]

    async def posted(request: Request) -> FormData:
        return await request.form(max_files=0, max_fields=200)

    form_data = Annotated[FormData, Depends(posted)]

    @router.get("/")
    def start(request: Request, session: current) -> Response:
        manages, makes_reports = parts.api.manages(session), parts.api.makes_reports(session)
        return _page(parts, request, session, Asked(), manages=manages, makes_reports=makes_reports)

    @router.get("/search")
    def results(request: Request, session: current, s: str = "") -> Response:
        try:
            asked = Asked.from_sealed(parts.searches.open(s, owner=session.subject))
        except SealError:
            return _page(parts, request, session, Asked(), problem="error_old_address", status=400)
        return _page(parts, request, session, asked)

    @router.post("/search")
    def search(request: Request, session: known, form: form_data) -> Response:
        parts.check_question(request, session, str(form.get("csrf", "")))
        asked = Asked.from_form(form)
        if asked.empty:
            return RedirectResponse("/", status_code=303)
        sealed = parts.searches.seal(asked.to_seal(), owner=session.subject)
        if len(sealed) <= _LONGEST_ADDRESS:
            return RedirectResponse(address("search", s=sealed), status_code=303)
        return _page(parts, request, parts.session(request), asked)

    @router.post("/suggest")
    def suggest(
        request: Request, session: current, q: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = ""
    ) -> Response:
        parts.check_question(request, session, csrf)
        typed = " ".join(q.split())
        if not 2 <= len(typed) <= 200:  # noqa: PLR2004 - one letter says nothing, running text needs no help
            return HTMLResponse("")
        try:
            words = parts.api.suggest(session, typed).completions
        except ApiError as error:
            # a missing suggestion must not get in the way of typing
            _LOG.warning("no suggestions: %s", error)
            words = ()
        return HTMLResponse("".join(f'<option value="{html.escape(word)}"></option>' for word in words))

    @router.post("/export")
    def export(request: Request, session: long, form: form_data) -> Response:
        parts.check_form(request, session, str(form.get("csrf", "")))
        kind = str(form.get("format", ""))
        if kind not in FORMATS:
            raise ApiError(422, fields=("format",))
        body = {**Asked.from_form(form).to_export(), "format": kind}
        headers = {"content-disposition": f'attachment; filename="aktensuche.{kind}"'}
        streamed = passed_on(parts.api.export(session, body), headers)
        if streamed is None:
            raise ApiError(502)
        return streamed

    return router


def _page(
    parts: Parts,
    request: Request,
    session: Session,
    asked: Asked,
    *,
    problem: str | None = None,
    status: int = 200,
    manages: bool = False,
    makes_reports: bool = False,
) -> Response:
    language = language_of(request)
    found: Results | None = None
    error: ApiError | None = None
    corrections: tuple[str, ...] = ()
    sealed = parts.searches.seal(replace(asked, cursor=None, before=0).to_seal(), owner=session.subject)
    if not asked.empty:
        if len(asked.query) > LONGEST:
            error = ApiError(422, fields=("query",))
        else:
            try:
                found = parts.api.search(session, asked.to_api(), language)
            except ApiError as failure:
                error = failure
    if error is not None:
        status = error.status
        _LOG.warning("search not answered: %s", error)
    if found is not None and not found.hits and asked.query and not asked.before:
        corrections = _corrections(parts, session, asked.query)

    def more() -> str | None:
        if found is None or found.cursor is None or not found.hits:
            return None
        onward = replace(asked, cursor=found.cursor, before=asked.before + len(found.hits))
        return address("search", s=parts.searches.seal(onward.to_seal(), owner=session.subject))

    def origin() -> str | None:
        return sealed if len(sealed) <= _SHORT_ADDRESS else None

    def page_address(hit: Hit, passage: Passage) -> str:
        marks = parts.marks.seal(Marks.of(passage).to_seal(), owner=session.subject)
        return address("records", hit.record_id, "pages", passage.page, s=origin(), m=marks)

    return parts.pages.render(
        request,
        "search.html",
        status=status,
        session=session,
        asked=asked,
        found=found,
        problem=problem,
        error=error,
        corrections=corrections,
        labels=_labels(found),
        more=more(),
        first=address("search", s=sealed) if asked.before else None,
        record_address=lambda hit: address("records", hit.record_id, s=origin()),
        page_address=page_address,
        mark_passage=mark_passage,
        modes=MODES,
        readings=READINGS,
        sorts=SORTS,
        facets=FACETS,
        formats=FORMATS,
        longest=LONGEST,
        reachable=_REACHABLE,
        manages=manages,
        makes_reports=makes_reports,
    )


def _corrections(parts: Parts, session: Session, query: str) -> tuple[str, ...]:
    try:
        return parts.api.suggest(session, query[:200]).corrections
    except ApiError as error:
        # the page says what to try anyway
        _LOG.warning("no corrections: %s", error)
        return ()


def _labels(found: Results | None) -> dict[tuple[str, str], str]:
    """Return how the values of the facets are called."""
    if found is None:
        return {}
    return {(name, v.value): v.label or v.value for name, values in found.facets.items() for v in values}
