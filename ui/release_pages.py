"""The pages for records managers: what the own town shows to others, taking it back, and showing one more record."""

# no "from __future__ import annotations": FastAPI could not see the names made inside `routes`

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ui.api import ApiError
from ui.parts import Parts
from ui.rendering import address, language_of
from ui.session import Session

_FORMS = ("whole", "redacted", "existence")
#: what can be ticked, as the API names it
FIELDS = ("document_type", "year", "department", "case_type", "file_plan")
_NEXT_PAGE = re.compile(r"^-{3,}\s*$", re.MULTILINE)
_UNPROCESSABLE = 422
_KEY = re.compile(r"(^|; )[a-z_.]+: ")


def routes(parts: Parts) -> APIRouter:
    """Return the routes of releases."""
    router = APIRouter()
    current = Annotated[Session, Depends(parts.session)]
    text = Annotated[str, Form()]

    @router.get("/releases")
    def given(request: Request, session: current, cursor: str = "") -> Response:
        page = parts.api.releases(session, language_of(request), cursor=cursor)
        return parts.pages.render(request, "releases.html", session=session, releases=page.releases, cursor=page.cursor)

    @router.post("/releases/{release_id}/recall")
    def recall(request: Request, session: current, release_id: str, csrf: text = "") -> Response:
        parts.check_form(request, session, csrf)
        parts.api.recall(session, release_id, language_of(request))
        return RedirectResponse("/releases", status_code=303)

    @router.get("/records/{record_id}/release")
    def wanted(request: Request, session: current, record_id: str) -> Response:
        # SECURITY: whoever may not release gets no form; the API decides again when it is sent.
        parts.api.releases(session, language_of(request), record_id=record_id)
        return _form(request, session, record_id, {"form": "existence"}, None)

    @router.post("/records/{record_id}/release")
    def give(  # noqa: PLR0917 - FastAPI calls by name
        request: Request,
        session: current,
        record_id: str,
        csrf: text = "",
        form: text = "",
        partners: text = "",
        purpose: text = "",
        legal_basis: text = "",
        until: text = "",
        title: text = "",
        pages: text = "",
        shown_fields: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI reads it, nobody changes it
    ) -> Response:
        parts.check_form(request, session, csrf)
        written = {
            "form": form, "partners": partners, "purpose": purpose, "legal_basis": legal_basis,
            "until": until, "title": title, "pages": pages, "shown_fields": shown_fields,
        }  # fmt: skip
        try:
            parts.api.give_release(session, _body(record_id, written), language_of(request))
        except ApiError as error:
            if error.status != _UNPROCESSABLE:
                raise
            # what was written stays in the form
            return _form(request, session, record_id, written, error)
        return RedirectResponse("/releases", status_code=303)

    def _form(
        request: Request, session: Session, record_id: str, written: dict[str, Any], error: ApiError | None
    ) -> Response:
        record = parts.api.record(session, record_id, language_of(request))
        blank = dict.fromkeys(("form", "partners", "purpose", "legal_basis", "until", "title", "pages"), "")
        return parts.pages.render(
            request,
            "release.html",
            status=_UNPROCESSABLE if error else 200,
            session=session,
            record=record,
            written={**blank, "shown_fields": [], **written},
            # the API names its fields by their keys; the form says them in words
            problem=_KEY.sub(r"\1", error.detail) if error else "",
            forms=_FORMS,
            fields=FIELDS,
            record_address=address("records", record_id),
            target=address("records", record_id, "release"),
        )

    return router


def _body(record_id: str, written: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "record_id": record_id,
        "form": written["form"],
        "partners": [name for name in re.split(r"[\s,;]+", written["partners"]) if name],
        "purpose": written["purpose"].strip(),
        "legal_basis": written["legal_basis"].strip(),
        "until": written["until"] or None,
    }
    # what belongs to another form than the chosen one is not sent: a field left filled in is no mistake
    if written["form"] == "redacted":
        pages = [page.strip("\r\n") for page in _NEXT_PAGE.split(written["pages"].replace("\r\n", "\n"))]
        body["redacted"] = {"title": written["title"], "pages": pages}
    if written["form"] in {"redacted", "existence"}:
        body["shown_fields"] = [name for name in FIELDS if name in written["shown_fields"]]
    return body
