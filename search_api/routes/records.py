"""`/v1/records/{id}` and what belongs to one record. Each asks the index first; the kept file alone opens nothing."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response, StreamingResponse

from records.audit_chain import Kind
from records.errors import NotVisibleError
from records.index import Found
from records.pictures import draw
from records.record import NOTICE, Original, TextState
from records.release import ReleaseForm
from records.usage import Use
from search_api.alike_schemas import AlikesOut, SimilarBody, alikes_out
from search_api.conditions import Conditional, conditional
from search_api.disclosures import Purpose
from search_api.likeness import Likeness
from search_api.parts import Asking, PartsOf
from search_api.schemas import NoticeOut, PageOut, RecordOut, TextOut, record_fields

_log = logging.getLogger(__name__)

router = APIRouter(prefix="/v1/records/{record_id}", tags=["records"])

RecordId = Annotated[str, Path(examples=["beispiel-0001"])]
Number = Annotated[int, Path(description="Counts from 1", examples=[1])]

_LONGEST_ID = 512
_MOST_PAGES = 1_000_000
_CHUNK = 1 << 18
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,100}/[a-z0-9.+-]{1,100}")

_STATES = {
    TextState.PARTIAL: NoticeOut(
        code="text_partial", text="Ein Teil dieser Unterlage ist nicht lesbar und wird nur über ihre Angaben gefunden."
    ),
    TextState.NONE: NoticeOut(
        code="text_none", text="Diese Unterlage enthält keinen lesbaren Text; sie wird über ihre Angaben gefunden."
    ),
}


def found_for(parts: PartsOf, asking: Asking, record_id: str) -> Found:
    """Return a record that this principal may read; NotVisibleError if there is none."""
    # SECURITY: an id that cannot exist is answered like one that does not.
    if len(record_id) > _LONGEST_ID:
        raise NotVisibleError("id too long")
    return parts.index.record(asking, record_id)


def _disclose(parts: PartsOf, asking: Asking, kind: Kind, record_id: str, purpose: str | None) -> None:
    parts.audit.disclose(asking, kind, [record_id], purpose)
    parts.usage.used(asking, Use.OPENED, kind)


def _file(found: Found) -> Original:
    # SECURITY: a redacted release, or one of mere existence, has no file, and is answered as if there were none at all.
    if found.original is None:
        raise NotVisibleError("no file is shown")
    return found.original


@router.get("", response_model=RecordOut, responses=conditional())
@router.head("", response_model=RecordOut, include_in_schema=False)
def record(
    asking: Asking,
    parts: PartsOf,
    record_id: RecordId,
    *,
    condition: Conditional,
    purpose: Purpose = None,
) -> RecordOut | Response:
    """Return a record without its text."""
    found = found_for(parts, asking, record_id)
    _disclose(parts, asking, Kind.RECORD, record_id, purpose)
    notices = [_STATES[found.text_state]] if found.text_state in _STATES else []
    if (said := found.metadata.fields.get(NOTICE)) is not None:
        notices.append(NoticeOut(code="text_limits", text=str(said)))
    file = found.original
    shown = RecordOut(
        **record_fields(found),
        pages=found.page_count,
        text=found.text_state.value,
        file_name=file.file_name if file else None,
        media_type=file.media_type if file else None,
        size=file.size if file else None,
        parent_id=found.parent_id,
        notices=notices if found.released is not ReleaseForm.EXISTENCE else [],
    )
    return condition.answer(shown)


@router.get("/text", response_model=TextOut, responses=conditional())
@router.head("/text", response_model=TextOut, include_in_schema=False)
def text(
    asking: Asking,
    parts: PartsOf,
    record_id: RecordId,
    *,
    condition: Conditional,
    purpose: Purpose = None,
) -> TextOut | Response:
    """Return the whole text, pages divided by a form feed."""
    found_for(parts, asking, record_id)
    pages = parts.index.pages(asking, record_id)
    _disclose(parts, asking, Kind.TEXT, record_id, purpose)
    return condition.answer(TextOut(text="\f".join(page.text for page in pages)))


@router.get("/pages/{n}", response_model=PageOut, responses=conditional())
@router.head("/pages/{n}", response_model=PageOut, include_in_schema=False)
def page(
    asking: Asking,
    parts: PartsOf,
    record_id: RecordId,
    n: Number,
    *,
    condition: Conditional,
    purpose: Purpose = None,
) -> PageOut | Response:
    """Return the text of one page."""
    found = found_for(parts, asking, record_id)
    if not 1 <= n <= min(found.page_count, _MOST_PAGES):
        raise NotVisibleError("no such page")
    one, count = parts.index.page(asking, record_id, n)
    _disclose(parts, asking, Kind.PAGE, record_id, purpose)
    return condition.answer(PageOut(page=one.number, of=count, text=one.text, confidence=one.confidence))


_BINARY = {"schema": {"type": "string", "format": "binary"}}
_PNG = conditional({"description": "The page", "content": {"image/png": _BINARY}})


@router.get("/pages/{n}/image", response_class=Response, responses=_PNG)
@router.head("/pages/{n}/image", include_in_schema=False)
def picture(
    asking: Asking, parts: PartsOf, record_id: RecordId, n: Number, *, condition: Conditional, purpose: Purpose = None
) -> Response:
    """Return one page of a PDF or an image as a picture."""
    found = found_for(parts, asking, record_id)
    file = _file(found)
    if not 1 <= n <= _MOST_PAGES:
        raise NotVisibleError("no such page")
    # before drawing: that there is no picture of it tells of the record too
    _disclose(parts, asking, Kind.IMAGE, record_id, purpose)
    try:
        drawn = draw(parts.files.path(file.sha256), file.media_type, n)
    except FileNotFoundError as error:
        raise _gone(record_id) from error
    tag = condition.tag(drawn)
    return condition.unchanged(tag) or Response(drawn, media_type="image/png", headers=_isolated({"etag": tag}))


_FILE = conditional({"description": "The file", "content": {"*/*": _BINARY}})


@router.get("/original", response_class=StreamingResponse, responses=_FILE)
@router.head("/original", include_in_schema=False)
def original(
    asking: Asking,
    parts: PartsOf,
    request: Request,
    record_id: RecordId,
    *,
    condition: Conditional,
    purpose: Purpose = None,
) -> Response:
    """Return the file as it was read."""
    file = _file(found_for(parts, asking, record_id))
    with ExitStack() as opening:
        try:
            content = opening.enter_context(parts.files.open(file.sha256))
        except FileNotFoundError as error:
            raise _gone(record_id) from error
        _disclose(parts, asking, Kind.ORIGINAL, record_id, purpose)
        tag = condition.tag(file.sha256.encode())
        if (unchanged := condition.unchanged(tag)) is not None:
            return unchanged
        kept = opening.pop_all()
    headers = _isolated(
        {
            "etag": tag,
            "content-disposition": _attachment(file.file_name),
            "content-length": str(file.size),
            "content-type": _media_type(file.media_type),
        }
    )
    if request.method == "HEAD":
        kept.close()
        return Response(headers=headers)
    return StreamingResponse(_chunks(kept, content), headers=headers)


@router.post("/similar")
def similar(
    asking: Asking, parts: PartsOf, record_id: RecordId, body: SimilarBody | None = None, purpose: Purpose = None
) -> AlikesOut:
    """Find records that are like this one, with what they share: own ones and what partners released."""
    body = body or SimilarBody()
    # SECURITY: before anything else is done, so that unknown and forbidden take the same time.
    found = found_for(parts, asking, record_id)
    with parts.meaning.taken(asking):
        answer = Likeness(parts.index, parts.embedder).similar(
            asking, found, narrowing=body.filters.narrowing(), size=body.size
        )
    # what is shared tells of this record too
    shown = [record_id, *(one.hit.found.record_id for one in answer.alike)]
    parts.audit.disclose(asking, Kind.SIMILAR, shown, purpose)
    parts.usage.used(asking, Use.SEARCHES, Kind.SIMILAR)
    parts.usage.used(asking, Use.SHOWN, Kind.SIMILAR, len(answer.alike))
    return alikes_out(answer)


def _chunks(kept: ExitStack, content: BinaryIO) -> Iterator[bytes]:
    with kept:
        while chunk := content.read(_CHUNK):
            yield chunk


def _gone(record_id: str) -> NotVisibleError:
    _log.error("the kept file of record %r is missing", record_id)
    return NotVisibleError("kept file missing")


def _isolated(headers: dict[str, str]) -> dict[str, str]:
    # SECURITY: a stranger's file never runs as a page of this address.
    return {**headers, "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'"}


def _media_type(named: str) -> str:
    # SECURITY: it was read out of a stranger's file and becomes a header.
    return named if _MEDIA_TYPE.fullmatch(named) else "application/octet-stream"


def _attachment(name: str) -> str:
    name = "".join(c for c in name if c.isprintable() and c not in '/\\"') or "datei"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
