"""What every answer carries, and what is refused before anything of a request is read."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.problems import problem, unauthorized

#: an 8,000 character query with filters fits many times over
MAX_BODY = 1 << 20

#: the only addresses that answer without a token
OPEN_PATHS = frozenset({"/health/live", "/health/ready", "/metrics", "/openapi.json"})

SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


class SecurityHeaders:
    """ASGI middleware: adds the headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class Door:
    """ASGI middleware: without a bearer token nothing is read, parsed or routed; no body is larger than it may be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        # SECURITY: the token itself is verified by the application's dependency; here only its absence is answered.
        if scope["path"] not in OPEN_PATHS and not headers.get("authorization", "").lower().startswith("bearer "):
            await unauthorized("a bearer token is needed")(scope, receive, send)
            return
        length = headers.get("content-length")
        if headers.get("transfer-encoding") or (length is not None and not length.isdigit()):
            answer = problem(411, "Length Required", "send the body with a content-length")
            await answer(scope, receive, send)
            return
        if length is not None and int(length) > MAX_BODY:
            answer = problem(413, "Content Too Large", f"a body has at most {MAX_BODY} bytes")
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)
