"""Reads single pages anew that text recognition was unsure of, from a sharper picture, and keeps the surer reading."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.extraction import Extractor
from indexer.queue import Queue, batches
from indexer.tika import TikaUnavailableError, UnreadableError
from records.errors import InvalidInputError
from records.files import FileStore
from records.ledger import Ledger
from records.ledger_pages_again import LedgerPagesAgain, PageAgain
from records.ledger_tables import Again, State
from records.pictures import NoPictureError, PictureBusyError
from records.record import Page

_log = logging.getLogger(__name__)

_POLL_SECONDS = 0.3
_SEND_AGAIN_SECONDS = 10.0

#: how sharp a picture is read, in dots per inch; half as sharp again as at first
DPI = 450
#: pages in one turn: files wait behind them
_AT_ONCE = 4

#: returns page n of a file of a media type as a picture with so many dots per inch
Draw = Callable[[Path, str, int, int], bytes]


@dataclass(frozen=True)
class ReadAnew:
    """How sure recognition was of a page before and now, in percent; the better one is kept."""

    before: int | None
    now: int | None
    kept: bool
    #: records that hold this content and were written again
    records: int


def read_anew(
    *,
    ledger: Ledger,
    files: FileStore,
    extractor: Extractor,
    queue: Queue,
    draw: Draw,
    record_id: str,
    page: int,
    dpi: int = DPI,
    wait: bool = True,
) -> ReadAnew:
    """Read one page of a record anew; InvalidInputError names what is wrong.

    Returns when the index has followed, or at once: the workers see to it.
    """
    content = ledger.content(record_id)
    if content is None:
        raise InvalidInputError("record", f"{record_id!r} is not in the index")
    extraction = extractor.text_of(content.sha256)
    old = next((p for p in extraction.pages if p.number == page), None)
    if old is None:
        raise InvalidInputError("page", f"the record has {len(extraction.pages)} pages")
    if old.text and old.confidence is None:
        raise InvalidInputError("page", "its text stands in the file; there is nothing to recognise")
    with tempfile.NamedTemporaryFile(suffix=".png") as picture:
        picture.write(draw(files.path(content.sha256), content.media_type, page, dpi))
        picture.flush()
        new = extractor.recognise(Path(picture.name))
    if not _surer(new, old):
        return ReadAnew(old.confidence, new.confidence, kept=False, records=0)
    pages = tuple(replace(new, number=page) if p.number == page else p for p in extraction.pages)
    extractor.keep(content.sha256, replace(extraction, pages=pages))
    ids = ledger.write_anew(content.sha256)
    if wait:
        _wait(ledger, queue, ids)
    else:
        for batch in batches(ids):
            queue.send(batch)
    return ReadAnew(old.confidence, new.confidence, kept=True, records=len(ids))


class PagesAgain:
    """Reads the pages anew that people asked for, a few at a time."""

    def __init__(
        self,
        *,
        pages: LedgerPagesAgain,
        ledger: Ledger,
        files: FileStore,
        extractor: Extractor,
        queue: Queue,
        draw: Draw,
    ) -> None:
        self._pages, self._ledger, self._files = pages, ledger, files
        self._extractor, self._queue, self._draw = extractor, queue, draw

    def read(self) -> None:
        """Read some; what cannot be tried now stays asked for, and is tried again after some minutes."""
        for _ in range(_AT_ONCE):
            page = self._pages.take()
            if page is None:
                return
            try:
                self._pages.came_of(page, self._again(page))
            except (TikaUnavailableError, PictureBusyError) as error:
                _log.warning("page %d of %s is read anew later: %s", page.page, page.record_id, error)
                return

    def _again(self, page: PageAgain) -> Again:
        try:
            done = read_anew(
                ledger=self._ledger,
                files=self._files,
                extractor=self._extractor,
                queue=self._queue,
                draw=self._draw,
                record_id=page.record_id,
                page=page.page,
                wait=False,
            )
        except (InvalidInputError, NoPictureError, UnreadableError, FileNotFoundError) as error:
            _log.warning("page %d of %s cannot be read anew: %s", page.page, page.record_id, error)
            return Again.FAILED
        return Again.KEPT if done.kept else Again.UNSURER


def _surer(new: Page, old: Page) -> bool:
    return new.confidence is not None and new.confidence > (old.confidence or 0)


def _wait(ledger: Ledger, queue: Queue, ids: tuple[int, ...]) -> None:
    sent = float("-inf")
    while any(state is State.PENDING for state in ledger.states(ids).values()):
        if time.monotonic() - sent > _SEND_AGAIN_SECONDS:
            for batch in batches(ids):
                queue.send(batch)
            sent = time.monotonic()
        time.sleep(_POLL_SECONDS)
