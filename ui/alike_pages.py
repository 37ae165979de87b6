"""The pages of what is alike: records similar to one record, and precedents for a draft.

A draft is posted and answered at once: it is too long for an address, and its page is not worth keeping. So going back
shows the form again as it was.
"""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from ui.api import ApiError
from ui.marking import Marks, mark_passage
from ui.parts import Parts
from ui.record_api import Alikes, Hit, Passage, Share
from ui.rendering import address, language_of
from ui.session import Session
from ui.texts import TEXTS, say

_LOG = logging.getLogger(__name__)

LONGEST_DRAFT = 50_000
LONGEST_PURPOSE = 200
#: fields of the case that can be named, as the API calls them
FIELDS = ("file_plan", "case_type")
_SHOWN = 10


def routes(parts: Parts) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    current = Annotated[Session, Depends(parts.session)]
    text = Annotated[str, Form()]

    @router.get("/records/{record_id}/similar")
    def similar(request: Request, session: current, record_id: str) -> Response:
        record = parts.api.record(session, record_id, language_of(request))
        found = parts.api.similar(session, record_id, language_of(request))
        return _render(request, session, "similar.html", found, record=record)

    @router.get("/precedents")
    def empty(request: Request, session: current) -> Response:
        return _form(request, session, {}, None)

    @router.post("/precedents")
    def find(  # noqa: PLR0917 - FastAPI calls by name
        request: Request,
        session: current,
        csrf: text = "",
        draft: text = "",
        purpose: text = "",
        file_plan: text = "",
        case_type: text = "",
    ) -> Response:
        parts.check_question(request, session, csrf)
        written = {"draft": draft, "purpose": purpose, "file_plan": file_plan, "case_type": case_type}
        try:
            found = parts.api.precedents(session, _body(written), language_of(request))
        except ApiError as error:
            _LOG.warning("precedents not answered: %s", error)
            return _form(request, session, written, None, error=error)
        return _form(request, session, written, found)

    def _form(
        request: Request,
        session: Session,
        written: dict[str, str],
        found: Alikes | None,
        *,
        error: ApiError | None = None,
    ) -> Response:
        blank = dict.fromkeys(("draft", "purpose", *FIELDS), "")
        return _render(
            request,
            session,
            "precedents.html",
            found,
            status=error.status if error else 200,
            written={**blank, **written},
            error=error,
            problem=_problem(error) if error else "",
            fields=FIELDS,
            longest_draft=LONGEST_DRAFT,
            longest_purpose=LONGEST_PURPOSE,
        )

    def _render(
        request: Request, session: Session, template: str, found: Alikes | None, *, status: int = 200, **values: Any
    ) -> Response:
        language = language_of(request)

        def page_address(hit: Hit, passage: Passage) -> str:
            marks = parts.marks.seal(Marks.of(passage).to_seal(), owner=session.subject)
            return address("records", hit.record_id, "pages", passage.page, m=marks)

        def said(share: Share) -> str:
            key = f"share_{share.code}"
            # what a newer API shares is said in its own words
            return say(language, key, values=", ".join(share.values)) if key in TEXTS else share.text

        return parts.pages.render(
            request,
            template,
            status=status,
            session=session,
            found=found,
            said=said,
            page_address=page_address,
            mark_passage=mark_passage,
            **values,
        )

    return router


def _body(written: dict[str, str]) -> dict[str, Any]:
    fields = {name: written[name].strip() for name in FIELDS if written[name].strip()}
    # forms send line ends as two characters, which would count as two
    draft = written["draft"].replace("\r\n", "\n").strip()
    return {"text": draft, "purpose": written["purpose"].strip(), "fields": fields, "size": _SHOWN}


def _problem(error: ApiError) -> str:
    """Return the key of the sentence that says what to change; empty where nothing of the form is wrong."""
    for begins, key in (
        ("purpose", "precedents_no_purpose"),
        ("fields", "precedents_no_fields"),
        ("text", "precedents_no_draft"),
    ):
        if any(field.startswith(begins) for field in error.fields):
            return key
    return ""
