"""Every error as problem details (RFC 9457), and the one place that decides the HTTP status of an error.

No answer says more than the caller may know: nothing of the inside, and the same 404 for unknown and forbidden.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from records.errors import (
    AktensucheError,
    AuditUnavailableError,
    EmbeddingUnavailableError,
    EngineUnavailableError,
    InvalidInputError,
    LedgerUnavailableError,
    NotVisibleError,
)
from records.ledger_repeats import InHandError, KeyReusedError
from records.pictures import NoPictureError, PictureBusyError
from search_api.auth import NotEntitledError
from search_api.issuer import NotSignedInError, SignInUnavailableError
from search_api.rates import TooManyRequestsError

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 5

#: on every answer; search_api/headers.py adds them
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}

_UNAVAILABLE: dict[type[AktensucheError], str] = {
    AuditUnavailableError: "what is shown cannot be recorded at the moment, so nothing is shown; try again shortly",
    EngineUnavailableError: "the search engine does not answer; try again shortly",
    EmbeddingUnavailableError: "search by meaning is not available at the moment; search by words works",
    LedgerUnavailableError: "the ledger does not answer; try again shortly",
    SignInUnavailableError: "the sign-in does not answer; try again shortly",
    PictureBusyError: "too many pages are being drawn at the moment; try again shortly",
}


def problem(
    status: int, title: str, detail: str, *, headers: dict[str, str] | None = None, **members: Any
) -> JSONResponse:
    """Return problem details."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def unauthorized(detail: str) -> JSONResponse:
    """Return the answer to whoever is not signed in."""
    return problem(401, "Unauthorized", detail, headers={"www-authenticate": 'Bearer realm="aktensuche"'})


def not_found() -> JSONResponse:
    """Return the one answer for everything that is not there for this caller."""
    # SECURITY: unknown, forbidden and malformed look the same.
    return problem(404, "Not Found", "there is nothing here, or nothing that you may see")


def unavailable(detail: str) -> JSONResponse:
    """Return the answer while a part is down."""
    return problem(503, "Service Unavailable", detail, headers={"retry-after": str(_RETRY_SECONDS)})


def invalid(errors: list[tuple[str, str]]) -> JSONResponse:
    """Return the answer to input that cannot be used, naming each field."""
    detail = "; ".join(f"{field}: {message}" for field, message in errors[:5])
    named = [{"field": field, "message": message} for field, message in errors[:50]]
    return problem(422, "Unprocessable Content", detail, errors=named)


def problem_of(error: Exception) -> JSONResponse:  # noqa: PLR0911 - one line an error
    """Return the answer to an error of ours."""
    match error:
        case NotSignedInError():
            return unauthorized(str(error))
        case NotEntitledError():
            return problem(403, "Forbidden", str(error))
        case NotVisibleError():
            return not_found()
        case NoPictureError():
            return problem(404, "Not Found", "no picture: this page of this kind of file cannot be drawn")
        case InvalidInputError():
            return invalid([(error.field, error.reason)])
        case KeyReusedError():
            return invalid([("Idempotency-Key", str(error))])
        case InHandError():
            return problem(409, "Conflict", str(error), headers={"retry-after": "1"})
        case TooManyRequestsError():
            return problem(429, "Too Many Requests", str(error), headers={"retry-after": str(error.retry_after)})
    reason = _UNAVAILABLE.get(type(error))  # type: ignore[arg-type]
    if reason is not None:
        _log.warning("%s: %s", type(error).__name__, error)
        return unavailable(reason)
    _log.error("%s: %s", type(error).__name__, error)
    return internal()


def internal() -> JSONResponse:
    """Return the answer to a fault of our own."""
    return problem(500, "Internal Server Error", "something went wrong here; it has been noted")


def _unexpected(_: Request, __: Exception) -> JSONResponse:
    answer = internal()
    # this one is made outside of all that adds headers
    answer.headers.update(SECURITY_HEADERS)
    return answer


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return not_found()
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # the one thing that FastAPI answers so; the document knows one status for what cannot be used
        return invalid([("body", "cannot be read")])
    title = HTTPStatus(error.status_code).phrase
    return problem(error.status_code, title, title.lower(), headers=dict(error.headers or {}))


def _ours(_: Request, error: Exception) -> JSONResponse:
    return problem_of(error)


def unusable(faults: Sequence[Any], *, within: str = "body") -> JSONResponse:
    """Return the answer to input that pydantic found faults in; `within` stands for a fault of the whole."""
    named: dict[str, str] = {}
    for fault in faults:
        place = [str(p) for p in fault["loc"] if not isinstance(p, int)]
        # What was sent stays out of the answer: it can be personal data.
        message = str(fault["msg"])
        named.setdefault(".".join(place) or within, message[:1].lower() + message[1:])
    return invalid(list(named.items()))


def _validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # what comes first says where it stood: body, query, path or header
    faults = [{**fault, "loc": fault["loc"][1:] or fault["loc"][:1]} for fault in error.errors()]
    return unusable(faults)


def handle_errors(app: FastAPI) -> None:
    """Answer every error of this application as problem details."""
    app.add_exception_handler(AktensucheError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(Exception, _unexpected)


_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def documented(description: str) -> dict[str, Any]:
    """Return an error for the OpenAPI document."""
    return {"description": description, "content": {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}}


#: the errors that any route can answer with, for the OpenAPI document
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: documented(description)
    for status, description in {
        401: "No token, or one that is not valid",
        403: "The token opens nothing here, or not this",
        404: "Not there, or not for you",
        411: "The body came without its length",
        413: "The body is too large",
        422: "A field cannot be used; `errors` names it",
        429: "Too many requests; see Retry-After",
        503: "A part is down; see Retry-After",
    }.items()
}
