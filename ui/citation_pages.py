"""The pages of citations: what one record cites and is cited by, and which records cite something.

What is asked for is posted and then sealed into the address, like a search: the number of a file can point at a person.
"""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ui.api import ApiError
from ui.asked import Asked
from ui.marking import Marks, mark_passage
from ui.parts import Parts
from ui.record_api import CitedThing, Citing, CitingRecords, Hit, Passage
from ui.rendering import address, language_of
from ui.sealing import SealError
from ui.session import Session

_LOG = logging.getLogger(__name__)

LONGEST = 300
_UNUSABLE = 422
_NUMBERED = ("file_reference", "paper")


def citation_address(parts: Parts, session: Session, of: str, kind: str = "", cursor: str = "") -> str:
    """Return the address of the page that says which records cite something."""
    asked = {"of": of, "kind": kind, "cursor": cursor}
    return address("citations", c=parts.citations.seal(asked, owner=session.subject))


def routes(parts: Parts) -> APIRouter:  # noqa: C901 - one function a route
    """Return the routes."""
    router = APIRouter()
    current = Annotated[Session, Depends(parts.session)]

    @router.get("/records/{record_id}/citations")
    def of_record(request: Request, session: current, record_id: str, cursor: str = "") -> Response:
        language = language_of(request)
        record = parts.api.record(session, record_id, language)
        told = parts.api.record_citations(session, record_id, language, cursor=cursor)
        onward = told.cited_by.cursor
        return _render(
            request,
            session,
            "record_citations.html",
            told.cited_by,
            record=record,
            cites=told.cites,
            more=address("records", record_id, "citations", cursor=onward) if onward else None,
            first=address("records", record_id, "citations") if cursor else None,
        )

    @router.get("/citations")
    def citing(request: Request, session: current, c: str = "") -> Response:
        if not c:
            return _asked(request, session, "")
        try:
            asked = parts.citations.open(c, owner=session.subject)
            of, kind, cursor = str(asked["of"]), str(asked["kind"]), str(asked["cursor"])
        except (SealError, KeyError):
            return _asked(request, session, "", problem="error_old_address", status=400)
        body: dict[str, Any] = {"of": of, "size": 20}
        body |= {"kind": kind} if kind else {}
        body |= {"cursor": cursor} if cursor else {}
        try:
            found = parts.api.citations(session, body, language_of(request))
        except ApiError as error:
            if error.status != _UNUSABLE:
                raise
            _LOG.warning("citations not answered: %s", error)
            return _asked(request, session, of, problem="citing_refused", status=error.status)
        return _asked(
            request,
            session,
            of,
            found,
            carrying=_carrying(session, found),
            more=citation_address(parts, session, of, kind, found.cursor) if found.cursor else None,
            first=citation_address(parts, session, of, kind) if cursor else None,
        )

    @router.post("/citations")
    def ask(
        request: Request, session: current, csrf: Annotated[str, Form()] = "", of: Annotated[str, Form()] = ""
    ) -> Response:
        parts.check_question(request, session, csrf)
        asked = " ".join(of.split())[: LONGEST + 1]
        if not asked:
            return RedirectResponse("/citations", status_code=303)
        return RedirectResponse(citation_address(parts, session, asked), status_code=303)

    def _carrying(session: Session, found: Citing) -> str | None:
        """Return the address of the search for what carries a number itself; None where no number was asked for."""
        numbers = " ".join(one.text for one in found.of if one.kind in _NUMBERED)
        if not numbers:
            return None
        return address("search", s=parts.searches.seal(Asked(query=numbers).to_seal(), owner=session.subject))

    def _asked(
        request: Request,
        session: Session,
        of: str,
        found: Citing | None = None,
        *,
        problem: str = "",
        status: int = 200,
        carrying: str | None = None,
        more: str | None = None,
        first: str | None = None,
    ) -> Response:
        return _render(
            request,
            session,
            "citations.html",
            found,
            status=status,
            of=of,
            problem=problem,
            longest=LONGEST,
            carrying=carrying,
            more=more,
            first=first,
        )

    def _render(
        request: Request,
        session: Session,
        template: str,
        found: CitingRecords | None,
        *,
        status: int = 200,
        **values: Any,
    ) -> Response:
        def page_address(hit: Hit, passage: Passage) -> str:
            marks = parts.marks.seal(Marks.of(passage).to_seal(), owner=session.subject)
            return address("records", hit.record_id, "pages", passage.page, m=marks)

        def cited_address(one: CitedThing) -> str:
            return citation_address(parts, session, one.text, one.kind)

        return parts.pages.render(
            request,
            template,
            status=status,
            session=session,
            found=found,
            page_address=page_address,
            cited_address=cited_address,
            mark_passage=mark_passage,
            **values,
        )

    return router
