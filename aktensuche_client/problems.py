"""What the interface says when it does not answer a question: problem details (RFC 9457)."""

from __future__ import annotations

from typing import Any

import httpx


class ProblemError(Exception):
    """An answer that is an error; `errors` names fields that cannot be used."""

    def __init__(self, status: int, title: str, detail: str, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.title, self.detail, self.errors = status, title, detail, errors


class NotThereError(ProblemError):
    """Not there, or not for this clerk and this software; nobody tells the two apart."""


class IncompleteError(Exception):
    """An export ended before its end; the text says why, for clerks."""


def problem_of(answer: httpx.Response) -> ProblemError:
    """Return what an answer that is an error says."""
    try:
        told = answer.json()
    except ValueError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    kind = NotThereError if answer.status_code == httpx.codes.NOT_FOUND else ProblemError
    title = str(told.get("title", answer.reason_phrase))
    return kind(answer.status_code, title, str(told.get("detail", "")), list(told.get("errors", [])))
