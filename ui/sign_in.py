"""Signing in, signing out and choosing a language; who may read what is not decided here."""

from __future__ import annotations

import logging
import secrets
from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ui.guard import check_same_origin
from ui.parts import Parts
from ui.provider import Attempt, ProviderError, RefusedError
from ui.rendering import LANGUAGE_COOKIE, address
from ui.sealing import SealError
from ui.session import NotSignedInError, Session, SessionCookies
from ui.texts import LANGUAGES

_LOG = logging.getLogger(__name__)
_ATTEMPT_SECONDS = 600
_YEAR = 365 * 24 * 3600


def local_path(path: str) -> str:
    """Return `path` if it stays on these pages, else the start page."""
    # SECURITY: "//host", "/\\host" and control characters are how a sign-in is made to end at somebody else's page.
    plain = path.isprintable() and "\\" not in path and path.startswith("/") and not path.startswith("//")
    parts = urlsplit(path) if plain else None
    if parts is None or parts.scheme or parts.netloc or parts.path.startswith(("/auth/", "/sign-")):
        return "/"
    return path


def routes(parts: Parts) -> APIRouter:  # noqa: C901 - one function a route
    """Return the routes of signing in and out; the only pages open to everybody."""
    router = APIRouter()
    attempt_cookie = f"{parts.cookies.name}-sign-in"

    @router.get("/sign-in")
    def sign_in(request: Request, next: str = "/", expired: str = "") -> Response:  # noqa: A002 - the name in the address
        try:
            parts.session(request)
        except NotSignedInError:
            return parts.pages.render(
                request, "sign_in.html", next=local_path(next), expired=bool(expired), problem=None
            )
        # a session the API has refused is left where it is: going back by itself would run in circles
        if expired:
            return parts.pages.render(request, "sign_in.html", next=local_path(next), expired=True, problem=None)
        return RedirectResponse(local_path(next), status_code=303)

    @router.get("/auth/start")
    def start(next: str = "/") -> Response:  # noqa: A002 - the name in the address
        attempt, there = parts.provider.begin(local_path(next))
        response = RedirectResponse(there, status_code=303)
        sealed = parts.attempts.seal(asdict(attempt), seconds=_ATTEMPT_SECONDS)
        cookie = parts.cookies.cookie(attempt_cookie, sealed, max_age=_ATTEMPT_SECONDS)
        response.headers.append("set-cookie", cookie)
        return response

    @router.get("/auth/callback")
    def callback(request: Request, code: str = "", state: str = "") -> Response:
        forget = parts.cookies.cookie(attempt_cookie, "")
        next_path = "/"
        try:
            attempt = Attempt(**parts.attempts.open(request.cookies.get(attempt_cookie, "")))
            next_path = attempt.next
            # SECURITY: the state ties the answer to this browser, so nobody can be signed in as somebody else.
            if not code or not secrets.compare_digest(attempt.state.encode(), state.encode()):
                raise RefusedError("no code, or for another sign-in")  # noqa: TRY301
            session = parts.provider.finish(attempt, code)
        except (RefusedError, SealError) as error:
            _LOG.warning("sign-in refused: %s", error)
            response: Response = parts.pages.render(
                request, "sign_in.html", status=400, next=next_path, expired=False, problem="sign_in_failed"
            )
            response.headers.append("set-cookie", forget)
            return response
        response = RedirectResponse(attempt.next, status_code=303)
        for cookie in (forget, *parts.cookies.write(session)):
            response.headers.append("set-cookie", cookie)
        return response

    @router.post("/sign-out")
    def sign_out(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
        session: Session | None
        try:
            session = parts.cookies.read(request)
            parts.check_form(request, session, csrf)
        except NotSignedInError:
            session = None
        response = RedirectResponse(_end_at_the_provider(parts, session) or "/sign-in", status_code=303)
        # SECURITY: the next person at this browser finds nothing of this one, by the back button neither.
        response.headers["clear-site-data"] = '"cache", "storage"'
        for cookie in parts.cookies.end():
            response.headers.append("set-cookie", cookie)
        return response

    @router.post("/language")
    def language(
        request: Request,
        language: Annotated[str, Form()],
        next: Annotated[str, Form()] = "/",  # noqa: A002 - the name in the form
    ) -> Response:
        check_same_origin(request, parts.settings.public_url)
        there = "/sign-in" if next.partition("?")[0] == "/sign-in" else local_path(next)
        response = RedirectResponse(there, status_code=303)
        if language in LANGUAGES:
            response.headers.append("set-cookie", parts.cookies.cookie(LANGUAGE_COOKIE, language, max_age=_YEAR))
        return response

    return router


def _end_at_the_provider(parts: Parts, session: Session | None) -> str | None:
    """End what can be ended from here; return where the browser goes to end the rest."""
    there: str | None = None
    try:
        # first, because the browser goes there also when the next step fails
        there = parts.provider.end_address(session)
        if session is not None:
            parts.provider.take_back(session)
    except ProviderError as error:
        _LOG.warning("provider session not ended from here: %s", error)
    return there


def to_sign_in(cookies: SessionCookies, request: Request, error: NotSignedInError) -> Response:
    """Lead somebody who is not signed in to the sign-in, and from there back; forget a session that has ended."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    there = address("sign-in", next=here if request.method == "GET" else "/", expired="1" if error.expired else None)
    response = (
        Response(status_code=204, headers={"HX-Redirect": there})
        if "hx-request" in request.headers
        else RedirectResponse(there, status_code=303)
    )
    if error.expired:
        # SECURITY: a session that the provider or the API has ended is over here too.
        request.state.cookies = ()
        for cookie in cookies.end():
            response.headers.append("set-cookie", cookie)
    return response
