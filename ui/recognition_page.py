"""The page for records managers that lists which pages text recognition is least sure of, to have them read anew."""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ui.parts import Parts
from ui.rendering import language_of
from ui.session import Session

#: the longest number of a page that is believed
_DIGITS = 6


def routes(parts: Parts) -> APIRouter:
    """Return the routes of the list."""
    router = APIRouter()
    current = Annotated[Session, Depends(parts.session)]

    @router.get("/recognition")
    def doubtful(request: Request, session: current) -> Response:
        pages = parts.api.doubtful_pages(session, language_of(request))
        return parts.pages.render(request, "recognition.html", session=session, pages=pages)

    @router.post("/recognition/again")
    def again(
        request: Request,
        session: current,
        csrf: Annotated[str, Form()] = "",
        record_id: Annotated[str, Form()] = "",
        page: Annotated[str, Form()] = "",
    ) -> Response:
        parts.check_form(request, session, csrf)
        number = int(page) if page.isdecimal() and len(page) <= _DIGITS else 0
        parts.api.read_again(session, record_id, number, language_of(request))
        return RedirectResponse("/recognition", status_code=303)

    return router
