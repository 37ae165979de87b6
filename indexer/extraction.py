"""Asks Tika for the text of a file, page by page. What Tika answers is foreign input, and so is the file."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import threading
import time
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from lxml import etree, html

from indexer.passages import tidy
from indexer.settings import LimitSettings, TikaSettings
from records.files import FileStore
from records.ledger_values import Fault
from records.reasons import Reason
from records.record import Page, TextState

#: grows whenever the same file would now give another text
VERSION = 1
_KIND = f"text{VERSION}.json.gz"

_OLDEST = (3, 2, 2)  # before: CVE-2025-66516, XML forms in PDF files read the server's own files
_TRIES = 3
_RESTART_SECONDS = 40
_UNPROCESSABLE = 422
_PAUSE = 1.0
_BLOCKS = frozenset({"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "br", "title", "pre"})
_PAGE_CLASSES = frozenset({"page", "slide", "slide-content", "sheet"})
_MAX_TITLE = 300
_POOR_TITLE = re.compile(
    r"(?i)^(untitled|unbenannt|ohne titel|microsoft \w+ ?-?.*|dokument\d*|document\d*|.*\.\w{3,4})$"
)


class TikaUnavailableError(Exception):
    """Tika does not answer, for any file."""


class UnreadableError(Exception):
    """This file cannot be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.reason}: {fault.detail}")
        self.fault = fault


@dataclass(frozen=True)
class Extraction:
    """What a file holds."""

    media_type: str
    pages: tuple[Page, ...]
    text_state: TextState
    title: str | None = None
    created: dt.date | None = None
    notice: str | None = None


class Extractor:
    """Reads each content once: what was read is kept beside it."""

    def __init__(self, settings: TikaSettings, limits: LimitSettings, files: FileStore) -> None:
        self._files = files
        self._limits = limits
        self._http = httpx.Client(
            base_url=settings.url,
            timeout=httpx.Timeout(settings.timeout_seconds, connect=5),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=16),
            trust_env=False,
        )
        self._checked = False
        self._alone = threading.Lock()

    def text_of(self, sha256: str) -> Extraction:
        """Return the text of a kept content; UnreadableError if it has to go to quarantine."""
        kept = self._files.derived(sha256, _KIND)
        if kept is not None:
            return _from_json(kept)
        extraction = self._read(self._files.path(sha256))
        self.keep(sha256, extraction)
        return extraction

    def keep(self, sha256: str, extraction: Extraction) -> None:
        """Keep a text that did not come from Tika."""
        self._files.keep_derived(sha256, _KIND, _to_json(extraction))

    def kept(self, sha256: str) -> Extraction | None:
        """Return a text that was read before."""
        kept = self._files.derived(sha256, _KIND)
        return None if kept is None else _from_json(kept)

    def _read(self, path: Path) -> Extraction:
        answer = self._try(path)
        if answer is None:
            # Another file may have brought Tika down: only what fails while it is alone in here is its own fault.
            with self._alone:
                for _ in range(_TRIES):
                    answer = self._try(path)
                    if answer is not None:
                        break
        if answer is None:
            raise UnreadableError(Fault(Reason.CRASHED, "Tika"))
        if answer.status_code == _UNPROCESSABLE:
            raise UnreadableError(_fault(answer.text))
        return self._extraction(answer.json())

    def _try(self, path: Path) -> httpx.Response | None:
        self._check_version()
        try:
            with path.open("rb") as content:
                answer = self._http.put(
                    "/rmeta/xml", content=content, headers={"Content-Length": str(path.stat().st_size)}
                )
        except httpx.ReadTimeout as error:
            raise UnreadableError(Fault(Reason.TOO_SLOW)) from error
        except httpx.TransportError:
            self._checked = False
            return None
        if answer.status_code in {httpx.codes.OK, _UNPROCESSABLE}:
            return answer
        self._checked = False
        time.sleep(_PAUSE)
        return None

    def _check_version(self) -> None:
        """Wait for Tika while it restarts; TikaUnavailableError if it stays away or is too old to be safe."""
        if self._checked:
            return
        end = time.monotonic() + _RESTART_SECONDS
        while True:
            try:
                answer = self._http.get("/version", timeout=5)
                answer.raise_for_status()
                break
            except httpx.HTTPError as error:
                if time.monotonic() > end:
                    raise TikaUnavailableError(f"tika does not answer: {error}") from error
                time.sleep(0.5)
        found = re.search(r"(\d+)\.(\d+)\.(\d+)", answer.text)
        # SECURITY: an older Tika can be made to read files of its machine by what it is given to read.
        if found is None or tuple(int(n) for n in found.groups()) < _OLDEST:
            raise TikaUnavailableError(f"tika answers as {answer.text[:60]!r}; 3.2.2 or newer is needed")
        self._checked = True

    def _extraction(self, parts: list[dict[str, Any]]) -> Extraction:
        first = parts[0] if parts else {}
        trouble = str(first.get("X-TIKA:EXCEPTION:container_exception", ""))
        texts = _pages_of(first.get("X-TIKA:content"))
        # what is embedded (a table in a letter, an attachment of an Outlook mail) follows; pictures have no text
        texts += [t for part in parts[1:] for t in _pages_of(part.get("X-TIKA:content")) if t]
        pages = _numbered(texts)
        if trouble:
            fault = _fault(trouble)
            if fault.reason == Reason.ENCRYPTED or not any(p.text for p in pages):
                raise UnreadableError(fault)
        return limited(
            Extraction(
                media_type=_text(first.get("Content-Type")).split(";")[0].strip() or "application/octet-stream",
                pages=pages,
                text_state=TextState.FULL,
                title=_title(first),
                created=_created(first),
                notice="Die Datei ist beschädigt; nur ein Teil des Textes war lesbar." if trouble else None,
            ),
            self._limits,
        )


def limited(extraction: Extraction, limits: LimitSettings) -> Extraction:
    """Return the extraction within the budget and with its text state; what was left out is said."""
    kept: list[Page] = []
    left, notice = limits.characters, extraction.notice
    for page in extraction.pages:
        if len(page.text) > left:
            notice = f"Der Text ist sehr lang; durchsuchbar sind die ersten {limits.characters:,} Zeichen.".replace(
                ",", "."
            )
            kept.append(Page(page.number, page.text[:left]))
            break
        kept.append(page)
        left -= len(page.text)
    filled = sum(bool(p.text) for p in kept)
    state = TextState.NONE if not filled else TextState.FULL
    if filled and (filled < len(kept) or notice):
        state = TextState.PARTIAL
    return replace(extraction, pages=tuple(kept), text_state=state, notice=notice)


def _pages_of(xhtml: object) -> list[str]:
    if not isinstance(xhtml, str) or not xhtml.strip():
        return []
    root = html.document_fromstring(xhtml.encode(), parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    body = root.find("body")
    if body is None:
        return []
    divisions = [e for e in body.iterchildren("div") if e.get("class") in _PAGE_CLASSES]
    if not divisions:
        return [tidy(_inner(body))]
    pages = [tidy(_inner(d)) for d in divisions]
    for division in divisions:
        body.remove(division)
    rest = tidy(_inner(body))  # bookmarks, notes and comments stand outside the pages
    if rest:
        pages[-1] = f"{pages[-1]}\n\n{rest}".strip()
    return pages


def _inner(element: Any) -> str:
    etree.strip_elements(element, "script", "style", etree.Comment, with_tail=False)
    for block in element.iter(*_BLOCKS):
        if block is not element:
            block.tail = f"\n{block.tail or ''}"
    for cell in element.iter("td", "th"):
        cell.tail = f"\t{cell.tail or ''}"
    return "".join(element.itertext())


def _numbered(texts: list[str]) -> tuple[Page, ...]:
    return tuple(Page(number, text) for number, text in enumerate(texts or [""], start=1))


def _fault(trouble: str) -> Fault:
    first = trouble.strip().splitlines()[0][:200] if trouble.strip() else ""
    if re.search(r"(?i)encrypt|password", trouble[:4000]):
        return Fault(Reason.ENCRYPTED, first)
    if "ZeroByteFile" in trouble[:4000]:
        return Fault(Reason.EMPTY)
    return Fault(Reason.DAMAGED, first)


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return unicodedata.normalize("NFC", " ".join(value.split())) if isinstance(value, str) else ""


def _title(part: dict[str, Any]) -> str | None:
    title = tidy(_text(part.get("dc:title")))[:_MAX_TITLE]
    return title if len(title) > 3 and not _POOR_TITLE.match(title) else None  # noqa: PLR2004


def _created(part: dict[str, Any]) -> dt.date | None:
    for name in ("dcterms:created", "dcterms:modified"):
        try:
            return dt.date.fromisoformat(_text(part.get(name))[:10])
        except ValueError:
            continue
    return None


def _to_json(extraction: Extraction) -> bytes:
    value = {
        "media_type": extraction.media_type,
        "pages": [p.text for p in extraction.pages],
        "text_state": extraction.text_state,
        "title": extraction.title,
        "created": extraction.created.isoformat() if extraction.created else None,
        "notice": extraction.notice,
    }
    return gzip.compress(json.dumps(value, ensure_ascii=False).encode(), compresslevel=1)


def _from_json(data: bytes) -> Extraction:
    value = json.loads(gzip.decompress(data))
    return Extraction(
        media_type=value["media_type"],
        pages=_numbered(value["pages"]),
        text_state=TextState(value["text_state"]),
        title=value["title"],
        created=dt.date.fromisoformat(value["created"]) if value["created"] else None,
        notice=value["notice"],
    )
