"""Health and figures: the only addresses that answer without a token. They tell nothing about records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from records.errors import EmbeddingUnavailableError, EngineRefusedError, EngineUnavailableError, LedgerUnavailableError
from search_api.parts import Parts
from search_api.problems import unavailable


def open_routes(app: FastAPI, parts: Parts) -> None:
    """Add the open addresses as plain routes, outside the dependency that closes the application.

    None of them needs a thread of those that work on other requests: they tell how things are while all of these wait.
    """

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"})

    def ready() -> Response:
        missing = _missing(parts)
        return unavailable(f"not ready: {', '.join(missing)}") if missing else JSONResponse({"status": "ready"})

    def metrics() -> Response:
        return Response(parts.metrics.text(), media_type="text/plain; version=0.0.4")

    routes = (("/health/live", live), ("/health/ready", _apart(ready)), ("/metrics", _apart(metrics)))
    app.router.routes.extend(Route(path, endpoint, methods=["GET"]) for path, endpoint in routes)


def _apart(answer: Callable[[], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Return a route that makes its answers in threads of its own, two at a time."""
    threads = CapacityLimiter(2)

    async def route(_: Request) -> Response:
        return await run_sync(answer, limiter=threads)

    return route


def _missing(parts: Parts) -> list[str]:
    missing = []
    try:
        parts.index.ready()
    except (EngineUnavailableError, EngineRefusedError):
        missing.append("the search engine does not answer")
    except LedgerUnavailableError:
        # without it nobody knows what was revoked, and nothing is read
        missing.append("the ledger does not answer")
    try:
        parts.embedder.ready()
    except EmbeddingUnavailableError:
        missing.append("the embedding service does not answer")
    if parts.ready_file is not None and not parts.ready_file.exists():
        missing.append("the system is still being prepared")
    return missing
