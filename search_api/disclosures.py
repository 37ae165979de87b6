"""The one way out for records: what an answer shows is written into the audit log before the answer leaves.

A route says what it shows with `disclose`, which returns once that is committed. The guard stands around all routes:
an answer does not leave if its route neither disclosed nor declares, as `openapi_extra`, that it shows no record
(`NO_RECORDS`, `OWN_ENTRY`). So a new route that forgets the log answers 500 from its first try.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Protocol

from fastapi import Header
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from records.access import Principal
from records.audit_chain import MAX_PURPOSE, Event, Kind
from records.errors import AktensucheError, InvalidInputError
from records.index import Hit
from search_api.headers import OPEN_PATHS
from search_api.problems import internal

_log = logging.getLogger(__name__)

#: for a route whose answers show no record
NO_RECORDS = {"x-audit": "no records"}
#: for a route that reads the log, which notes that itself
OWN_ENTRY = {"x-audit": "an entry of its own"}

#: hits of an export that are written down in one entry, before the first of them leaves
PIECE = 200

Purpose = Annotated[
    str | None,
    Header(
        alias="Aktensuche-Purpose",
        max_length=3 * MAX_PURPOSE,
        description=f"What it is for, at most {MAX_PURPOSE} characters in UTF-8; goes into the audit log",
        examples=["Antrag auf Fällung, Az. 632.6-31/2026"],
    ),
]


class Commits(Protocol):
    """Where events are written down."""

    def commit(self, event: Event) -> None:
        """Return when the event is written down for good; AuditUnavailableError if it cannot be."""
        ...


@dataclass
class _Answer:
    """What is known of the answer that is being made."""

    disclosed: bool = False


_answer: ContextVar[_Answer | None] = ContextVar("answer", default=None)


class Disclosures:
    """Writes down what answers show."""

    def __init__(self, log: Commits) -> None:
        self._log = log

    def disclose(self, principal: Principal, kind: Kind, record_ids: Iterable[str], purpose: str | None = None) -> None:
        """Return when it is committed that this principal is shown these records; no record needs no entry.

        AuditUnavailableError if it cannot be: then nothing may be shown.
        """
        # SECURITY: called before anything of these records leaves.
        ids = tuple(dict.fromkeys(record_ids))
        if ids:
            self._log.commit(Event.of(principal, kind, ids, purpose=_readable(purpose)))
        answer = _answer.get()
        if answer is not None:
            answer.disclosed = True

    def hits(self, principal: Principal, kind: Kind, hits: Sequence[Hit], purpose: str | None) -> Sequence[Hit]:
        """Return these hits once it is committed that they are shown."""
        self.disclose(principal, kind, (hit.found.record_id for hit in hits), purpose)
        return hits

    def stream(self, principal: Principal, kind: Kind, hits: Iterable[Hit], purpose: str | None) -> Iterator[Hit]:
        """Yield these hits; each of them is written down before it is yielded, a piece at a time."""
        self.disclose(principal, kind, (), purpose)
        return self._pieces(principal, kind, iter(hits), purpose)

    def _pieces(self, principal: Principal, kind: Kind, hits: Iterator[Hit], purpose: str | None) -> Iterator[Hit]:
        failed: AktensucheError | None = None
        while failed is None:
            piece: list[Hit] = []
            try:
                piece.extend(islice(hits, PIECE))
            except AktensucheError as error:
                # what came before it is still shown
                failed = error
            yield from self.hits(principal, kind, piece, purpose)
            if len(piece) < PIECE:
                break
        if failed is not None:
            raise failed


def _readable(purpose: str | None) -> str | None:
    """Return the purpose as the caller wrote it; headers arrive as Latin-1, whatever they are."""
    if purpose is None:
        return None
    try:
        text = purpose.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        # out of a body, or really Latin-1
        text = purpose
    text = " ".join(text.split())
    if len(text) > MAX_PURPOSE or not text.isprintable():
        raise InvalidInputError("Aktensuche-Purpose", f"is not made of up to {MAX_PURPOSE} printable characters")
    return text or None


class AuditGuard:
    """ASGI middleware: an answer that shows something without an entry in the audit log does not leave."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer()
        # the object is shared with the threads that work on this request, which get a copy of the context
        _answer.set(answer)
        held_back = False

        async def guarded(message: Message) -> None:
            nonlocal held_back
            if message["type"] == "http.response.start" and not _may_leave(scope, message["status"], answer):
                held_back = True
            if not held_back:
                await send(message)

        await self._app(scope, receive, guarded)
        if held_back:
            _log.error("%s answered without the audit log; nothing was shown", getattr(scope["route"], "path", "?"))
            await internal()(scope, receive, send)


def _may_leave(scope: Scope, status: int, answer: _Answer) -> bool:
    # SECURITY: whatever is no refusal has been written down, or declares that it shows no record.
    refused = status >= 300  # noqa: PLR2004  nothing redirects here
    return refused or answer.disclosed or scope["path"] in OPEN_PATHS or _declared(scope.get("route"))


def _declared(route: Any) -> bool:
    return "x-audit" in (getattr(route, "openapi_extra", None) or {})
