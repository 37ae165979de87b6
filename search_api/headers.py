"""What every answer carries, and what is refused before anything of a request is read."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search_api.problems import SECURITY_HEADERS, problem, unauthorized

#: an 8,000 character query with filters fits many times over
MAX_BODY = 1 << 20
#: a search body is three deep
MAX_DEPTH = 20

_REFUSED = 400

#: the only addresses that answer without a token
OPEN_PATHS = frozenset({"/health/live", "/health/ready", "/metrics", "/openapi.json"})


class SecurityHeaders:
    """ASGI middleware: adds the headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        # one object for all that work on this request, whether or not they copy the scope
        state = scope.setdefault("state", {})

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # a refusal says no more than that: unknown and forbidden look the same to the last byte
                if message["status"] < _REFUSED:
                    headers.update(state.get("rate", {}))
            await send(message)

        await self._app(scope, receive, with_headers)


class Door:
    """ASGI middleware: without a bearer token nothing is read or routed; no body is larger or deeper than it may be."""

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
        if not length or length == "0":
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        if body is not None and deeper_than(MAX_DEPTH, body):
            answer = problem(422, "Unprocessable Content", f"the body is nested more than {MAX_DEPTH} deep")
            await answer(scope, receive, send)
        elif body is not None:
            await self._app(scope, _once(body, receive), send)


async def _whole(receive: Receive) -> bytes | None:
    """Return the body, which is no longer than the server let it announce; None if the caller has gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _once(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


#: a text with its escapes, or a bracket
_JSON_SIGN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def deeper_than(most: int, body: bytes) -> bool:
    """Say whether JSON is nested deeper than this, without parsing it."""
    depth = 0
    for sign in _JSON_SIGN.finditer(body):
        first = sign.group()[:1]
        if first in b"[{":
            depth += 1
            if depth > most:
                return True
        elif first in b"]}":
            depth -= 1
    return False
