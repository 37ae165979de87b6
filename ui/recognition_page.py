"""The page for records managers that lists which pages text recognition is least sure of."""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from ui.parts import Parts
from ui.rendering import language_of
from ui.session import Session


def routes(parts: Parts) -> APIRouter:
    """Return the route of the list."""
    router = APIRouter()
    current = Annotated[Session, Depends(parts.session)]

    @router.get("/recognition")
    def doubtful(request: Request, session: current) -> Response:
        pages = parts.api.doubtful_pages(session, language_of(request))
        return parts.pages.render(request, "recognition.html", session=session, pages=pages)

    return router
