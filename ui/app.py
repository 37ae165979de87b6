"""Wires the pages: builds clients once, hands them down, turns errors into pages in plain German."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import httpx
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from ui import (
    alike_pages,
    citation_pages,
    management_pages,
    ready_pages,
    recognition_page,
    record_page,
    release_pages,
    report_pages,
    search_page,
    sign_in,
)
from ui.api import Api, ApiError
from ui.guard import ForeignFormError, Guard
from ui.parts import Parts
from ui.provider import Provider, ProviderError
from ui.rendering import HERE, Pages
from ui.sealing import Sealer
from ui.session import NotSignedInError, SessionCookies
from ui.settings import UiSettings

_LOG = logging.getLogger(__name__)
_EXPLAINED = {403, 404, 413, 422, 429, 503}
_TIMEOUT = httpx.Timeout(60, connect=3)


def create_app(settings: UiSettings) -> FastAPI:
    """Return the pages as an ASGI application."""
    trust = ssl.create_default_context(cafile=None if settings.ca_file is None else str(settings.ca_file))
    http = httpx.Client(timeout=_TIMEOUT, verify=trust, follow_redirects=False, trust_env=False)
    key = settings.session_key()
    parts = Parts(
        settings=settings,
        api=Api(http, settings.api_url),
        provider=Provider(settings, http),
        cookies=SessionCookies(settings),
        pages=Pages(),
        searches=Sealer(key, "search"),
        marks=Sealer(key, "marks"),
        citations=Sealer(key, "citations"),
        attempts=Sealer(key, "sign-in"),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        http.close()  # noqa: ASYNC212 - waits for nothing

    app = FastAPI(
        title="Aktensuche",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.add_middleware(Guard, settings=settings)

    @app.get("/health/live")
    def live() -> dict[str, str]:
        return {"status": "ok"}

    app.include_router(sign_in.routes(parts))
    app.include_router(search_page.routes(parts))
    app.include_router(record_page.routes(parts))
    app.include_router(alike_pages.routes(parts))
    app.include_router(citation_pages.routes(parts))
    app.include_router(release_pages.routes(parts))
    app.include_router(recognition_page.routes(parts))
    app.include_router(management_pages.routes(parts))
    app.include_router(report_pages.routes(parts))
    app.include_router(ready_pages.routes(parts))
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.mount("/assets/kern", StaticFiles(directory=settings.assets / "kern"))
    app.mount("/assets/htmx", StaticFiles(directory=settings.assets / "htmx"))
    _explain_errors(app, parts)
    return app


def _explain_errors(app: FastAPI, parts: Parts) -> None:
    def page(request: Request, status: int, *, retry: int = 0, key: str | None = None) -> Response:
        try:
            session = parts.cookies.read(request)
        except NotSignedInError:
            session = None
        return parts.pages.render(
            request,
            "error.html",
            status=status,
            session=session,
            key=key or f"error_{status if status in _EXPLAINED else 500}",
            seconds=retry or 1,
        )

    def api_error(request: Request, error: ApiError) -> Response:
        _LOG.warning("%s %s: %s", request.method, getattr(request.scope.get("route"), "path", ""), error)
        return page(request, error.status, retry=error.retry)

    def provider_error(request: Request, error: ProviderError) -> Response:
        _LOG.error("sign-in provider: %s", error)
        return page(request, 503, key="sign_in_down")

    handlers: dict[type[Exception], Callable[..., Response]] = {
        NotSignedInError: partial(sign_in.to_sign_in, parts.cookies),
        ApiError: api_error,
        ProviderError: provider_error,
        ForeignFormError: lambda request, _: page(request, 403),
        # an address with letters where a page number belongs names nothing
        RequestValidationError: lambda request, _: page(request, 404),
        HTTPException: lambda request, error: page(request, error.status_code),
        Exception: lambda request, _: page(request, 500),
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
