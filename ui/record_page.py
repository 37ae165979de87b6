"""The pages of one record: its details, one page with what was found marked, its picture, the file itself.

What is to be marked travels sealed in the address (see `search_page`): a link to a page opens in a new tab, can be
reloaded and gone back to, and still shows nobody which words were searched for.
"""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

import logging
import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ui.api import ApiError
from ui.citation_pages import citation_address
from ui.marking import Marks, mark_page
from ui.parts import Parts, passed_on
from ui.record_api import CitedThing, Record, RecordCitations, Release
from ui.rendering import address, language_of, readable
from ui.sealing import SealError
from ui.session import Session
from ui.texts import TEXTS

_LOG = logging.getLogger(__name__)

_PICTURES = ("image/png", "image/jpeg", "image/webp")
_NOT_FOR_CLERKS = 403
#: page links shown at once; beyond it, a field to type the number
_LINKS = 40
#: of what a record cites, and of what cites it; beyond it, a page of its own
_CITED, _CITING = 20, 5


def routes(parts: Parts) -> APIRouter:  # noqa: C901 - one function a route
    """Return the routes of one record."""
    router = APIRouter(prefix="/records/{record_id}")
    current = Annotated[Session, Depends(parts.session)]

    def back(session: Session, sealed: str) -> str | None:
        """Return the address of the search a clerk came from, if it is theirs."""
        try:
            parts.searches.open(sealed, owner=session.subject)
        except SealError:
            return None
        return address("search", s=sealed)

    def marks_of(session: Session, sealed: str) -> Marks:
        try:
            return Marks.from_sealed(parts.marks.open(sealed, owner=session.subject))
        except SealError:
            # an address kept from an earlier day still opens its page, without marks
            return Marks()

    def _releases_of(session: Session, record: Record, language: str) -> tuple[Release, ...] | None:
        """Return how a record of the own town is shown to others; None for whoever does not manage that."""
        if record.released is not None or record.tenant != session.tenant:
            return None
        try:
            return parts.api.releases(session, language, record_id=record.record_id).releases
        except ApiError as error:
            if error.status == _NOT_FOR_CLERKS:
                return None
            raise

    def _citations_of(session: Session, record_id: str, language: str) -> RecordCitations | None:
        """Return what a record cites and what cites it; None while that cannot be said, the record is shown anyway."""
        try:
            return parts.api.record_citations(session, record_id, language, size=_CITING)
        except ApiError as error:
            _LOG.warning("no citations: %s", error)
            return None

    @router.get("")
    def details(request: Request, session: current, record_id: str, s: str = "") -> Response:
        record = parts.api.record(session, record_id, language_of(request))
        count = record.pages or 0
        released = _releases_of(session, record, language_of(request))

        def cited_address(one: CitedThing) -> str:
            return citation_address(parts, session, one.text, one.kind)

        return parts.pages.render(
            request,
            "record.html",
            session=session,
            record=record,
            fields=_fields(record),
            numbers=range(1, min(count, _LINKS) + 1),
            manages=released is not None,
            released=released or (),
            count=count,
            page_address=lambda n: address("records", record_id, "pages", n, s=s),
            back=back(session, s),
            s=s,
            citations=_citations_of(session, record_id, language_of(request)),
            most_cited=_CITED,
            cited_address=cited_address,
        )

    @router.get("/pages", dependencies=[Depends(parts.session)])
    def go(record_id: str, n: str = "1", s: str = "") -> Response:
        number = int(n) if re.fullmatch(r"[0-9]{1,6}", n) else 1
        return RedirectResponse(address("records", record_id, "pages", max(number, 1), s=s), status_code=303)

    @router.get("/pages/{number}")
    def page(  # noqa: PLR0917 - FastAPI calls by name
        request: Request, session: current, record_id: str, number: int, s: str = "", m: str = ""
    ) -> Response:
        language = language_of(request)
        record = parts.api.record(session, record_id, language)
        shown = parts.api.page(session, record_id, number, language)
        media_type = record.media_type or ""
        # a mark belongs to the page it was made for; its words are worth marking on every page
        return parts.pages.render(
            request,
            "page.html",
            session=session,
            record=record,
            page=shown,
            pieces=mark_page(shown.text, marks_of(session, m)),
            pictured=media_type == "application/pdf" or media_type.startswith("image/"),
            page_address=lambda n: address("records", record_id, "pages", n, s=s, m=m),
            record_address=address("records", record_id, s=s),
            back=back(session, s),
            s=s,
        )

    @router.get("/pages/{number}/image")
    def picture(session: current, record_id: str, number: int) -> Response:
        streamed = passed_on(parts.api.picture(session, record_id, number), {}, _PICTURES)
        if streamed is None:
            raise ApiError(404)
        return streamed

    @router.get("/original")
    def original(session: current, record_id: str) -> Response:
        streamed = passed_on(parts.api.original(session, record_id), {"content-disposition": "attachment"})
        if streamed is None:
            raise ApiError(404)
        return streamed

    return router


def _fields(record: Record) -> list[tuple[str, str]]:
    """Return what is known beyond the named details, with the key of a label where there is one."""
    shown: dict[str, Any] = {
        "case_type": record.case_type,
        "case_reference": record.case_reference,
        "file_plan": record.file_plan,
        **record.fields,
    }
    # the page says in a sentence how much text could be read, and what is missing
    for said in ("text", "notice"):
        shown.pop(said, None)
    listed = {k: ", ".join(map(str, v)) if isinstance(v, list) else v for k, v in shown.items()}
    return [(k if k in TEXTS else readable(k), str(v)) for k, v in listed.items() if v not in (None, "", [])]
