"""Conditional requests (RFC 9110, 13): an answer carries a tag, and whoever has it already gets 304 instead.

Everything else is as without a condition: the rights are asked, and what is shown is written down, before the tag is
looked at. So a 304 says that the record may still be read, and is as it was.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from records.access import Principal
from search_api.parts import Asking, PartsOf
from search_api.tags import Tags

M = TypeVar("M", bound=BaseModel)

_TAG = {"ETag": {"description": "Of this answer, for whoever asked", "schema": {"type": "string"}}}
_UNCHANGED = {"description": "As it was when it had this tag", "headers": _TAG}


def conditional(answer: dict[str, Any] | None = None) -> dict[int | str, dict[str, Any]]:
    """Return what the document says of a route that answers with a tag."""
    return {200: {**(answer or {}), "headers": _TAG}, 304: _UNCHANGED}


class Condition:
    """What one request knows already."""

    def __init__(self, tags: Tags, principal: Principal, request: Request, response: Response, known: str) -> None:
        self._tags, self._principal, self._asked = tags, principal, request.url.path
        self._response = response
        self._known = {one.strip().removeprefix("W/") for one in known.split(",")}

    def tag(self, content: bytes) -> str:
        """Return the tag of an answer that holds this."""
        return self._tags.tag(self._principal, self._asked, content)

    def unchanged(self, tag: str) -> Response | None:
        """Return the answer 304 if the caller has what this is the tag of."""
        return Response(status_code=304, headers={"etag": tag}) if {tag, "*"} & self._known else None

    def answer(self, model: M) -> M | Response:
        """Return this answer with its tag, or 304."""
        tag = self.tag(model.model_dump_json().encode())
        self._response.headers["etag"] = tag
        return self.unchanged(tag) or model


def _condition(
    request: Request,
    response: Response,
    asking: Asking,
    parts: PartsOf,
    known: Annotated[
        str,
        Header(
            alias="If-None-Match",
            max_length=1000,
            description="Tags of answers you have; 304 if it is still one of them",
            examples=['"mzxw6ytboi3dimjsgm2tmn"'],
        ),
    ] = "",
) -> Condition:
    return Condition(parts.tags, asking, request, response, known)


Conditional = Annotated[Condition, Depends(_condition)]
