"""Asks Tika for the text of a file, page by page. What Tika answers is foreign input, and so is the file."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from indexer.language import language_of
from indexer.passages import tidy
from indexer.recognised import leaves_letters, pages_of
from indexer.settings import LimitSettings, TikaSettings
from indexer.tika import TakesLongError, Tika, UnreadableError, fault_of
from records.files import FileStore
from records.reasons import Reason
from records.record import Page, TextState

#: grows whenever the same file would now give another text
VERSION = 3
_KIND = f"text{VERSION}.json.gz"

#: what is made of other files, beside ZIP archives and internet mails, which indexer.members opens itself
_CONTAINERS = frozenset(
    {
        *("application/vnd.ms-outlook", "application/vnd.ms-tnef", "application/x-tar", "application/x-7z-compressed"),
        *("application/gzip", "application/x-bzip2", "application/x-xz", "application/x-rar-compressed"),
    }
)
_MAX_TITLE = 300
_POOR_TITLE = re.compile(
    r"(?i)^(untitled|unbenannt|ohne titel|microsoft \w+ ?-?.*|dokument\d*|document\d*|.*\.\w{3,4})$"
)


@dataclass(frozen=True)
class Extraction:
    """What a file holds."""

    media_type: str
    pages: tuple[Page, ...]
    text_state: TextState
    title: str | None = None
    created: dt.date | None = None
    notice: str | None = None
    #: what else is known of the file, by the names that records carry it under: language, has_macros, signed, encrypted
    facts: dict[str, str | bool] = field(default_factory=dict)
    #: whether there are files in it that become records of their own, and that only Tika can take out
    holds_files: bool = False


class Extractor:
    """Reads each content once: what was read is kept beside it."""

    def __init__(self, settings: TikaSettings, limits: LimitSettings, files: FileStore) -> None:
        self._files = files
        self._limits = limits
        self._tika = Tika(settings, limits)
        self._turns = _Turns()

    def text_of(self, sha256: str, *, seconds: float | None = None) -> Extraction:
        """Return the text of a kept content; UnreadableError if it has to go to quarantine.

        The same content is read once, however many files hold it. With `seconds`, nothing is recognised: TakesLongError
        if they are not enough, or if there are pictures in it whose letters only recognition finds.
        """
        with self._turns.of(sha256):
            kept = self._files.derived(sha256, _KIND)
            if kept is not None:
                return _from_json(kept)
            extraction = self._read(self._files.path(sha256), seconds)
            self.keep(sha256, extraction)
            return extraction

    def recognise(self, picture: Path) -> Page:
        """Return the text of a picture of one page; UnreadableError if nothing can be made of it."""
        pages = self._read(picture).pages
        return pages[0] if pages else Page(1, "")

    def unpack(self, sha256: str, target: IO[bytes]) -> None:
        """Write a ZIP of the files that a kept content holds; UnreadableError if they cannot be taken out."""
        self._tika.unpack(self._files.path(sha256), target)

    def keep(self, sha256: str, extraction: Extraction) -> None:
        """Keep a text that did not come from Tika."""
        self._files.keep_derived(sha256, _KIND, _to_json(extraction))

    def kept(self, sha256: str) -> Extraction | None:
        """Return a text that was read before."""
        kept = self._files.derived(sha256, _KIND)
        return None if kept is None else _from_json(kept)

    def _read(self, path: Path, seconds: float | None = None) -> Extraction:
        whole = seconds is None
        parts = self._tika.read(path, seconds=seconds, recognise=whole)
        if not whole and leaves_letters(_own(parts)):
            raise TakesLongError(path.name)
        return self._extraction(parts)

    def _extraction(self, parts: list[dict[str, Any]]) -> Extraction:
        first = parts[0] if parts else {}
        trouble = str(first.get("X-TIKA:EXCEPTION:container_exception", ""))
        found = pages_of(first.get("X-TIKA:content"))
        found += [p for part in _own(parts)[1:] for p in pages_of(part.get("X-TIKA:content")) if p.text]
        pages = numbered(found)
        if trouble:
            fault = fault_of(trouble)
            if fault.reason == Reason.ENCRYPTED or not any(p.text for p in pages):
                raise UnreadableError(fault)
        language = language_of(pages)
        return limited(
            Extraction(
                media_type=_media_type(first),
                pages=pages,
                text_state=TextState.FULL,
                title=_title(first),
                created=_created(first),
                notice=" ".join(_notices(parts, trouble=bool(trouble))) or None,
                facts={**({"language": language} if language else {}), **_flags(parts)},
                holds_files=_holds_files(parts),
            ),
            self._limits,
        )


class _Turns:
    """Lets one thread at a time work on a name; others that want the same name wait."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken: set[str] = set()

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: name not in self._taken)
            self._taken.add(name)
        try:
            yield
        finally:
            with self._changed:
                self._taken.discard(name)
                self._changed.notify_all()


def limited(extraction: Extraction, limits: LimitSettings) -> Extraction:
    """Return the extraction within the budget and with its text state; what was left out is said."""
    kept: list[Page] = []
    left, notice = limits.characters, extraction.notice
    for page in extraction.pages:
        if len(page.text) > left:
            notice = joined(notice, _too_long(limits))
            kept.append(replace(page, text=page.text[:left]))
            break
        kept.append(page)
        left -= len(page.text)
    filled = sum(bool(p.text) for p in kept)
    state = TextState.NONE if not filled else TextState.FULL
    if filled and (filled < len(kept) or notice):
        state = TextState.PARTIAL
    return replace(extraction, pages=tuple(kept), text_state=state, notice=notice)


def numbered(pages: Sequence[Page]) -> tuple[Page, ...]:
    """Return pages of several parts as those of one file, at least one."""
    return tuple(replace(page, number=number) for number, page in enumerate(pages or [Page(1, "")], start=1))


def _too_long(limits: LimitSettings) -> str:
    most = f"{limits.characters:,}".replace(",", ".")
    return f"Der Text ist sehr lang; durchsuchbar sind die ersten {most} Zeichen."


def joined(one: str | None, other: str) -> str:
    """Return one notice or two after each other."""
    return other if one is None else f"{one} {other}"


def _own(parts: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Return a file and what is embedded in it (a table in a letter); what is attached becomes a record of its own."""
    if not _holds_files(parts):
        return parts
    return [*parts[:1], *(p for p in parts[1:] if _text(p.get("embeddedResourceType")) == "MACRO")]


def _holds_files(parts: Sequence[dict[str, Any]]) -> bool:
    kinds = {_text(part.get("embeddedResourceType")) for part in parts[1:]}
    return len(parts) > 1 and (_media_type(parts[0]) in _CONTAINERS or "ATTACHMENT" in kinds)


def _media_type(part: dict[str, Any]) -> str:
    return _text(part.get("Content-Type")).split(";")[0].strip() or "application/octet-stream"


def _notices(parts: Sequence[dict[str, Any]], *, trouble: bool) -> Iterator[str]:
    """Say what is missing from the text, so that nothing is cut off silently."""
    if trouble:
        yield "Die Datei ist beschädigt; nur ein Teil des Textes war lesbar."
    if any(_is(part, "X-TIKA:EXCEPTION:embedded_resource_limit_reached") for part in parts):
        yield "Die Datei enthält mehr eingebettete Dateien, als gelesen werden; die übrigen fehlen."
    broken = sum("X-TIKA:EXCEPTION:embedded_exception" in part and not _is_picture(part) for part in parts[1:])
    if broken:
        yield f"Nicht lesbar: {broken} eingebettete Datei{'en' if broken > 1 else ''}."


def _flags(parts: Sequence[dict[str, Any]]) -> dict[str, str | bool]:
    """Return the marks of a file: it holds macros or scripts, it is signed, it is encrypted and opens all the same."""
    first = parts[0] if parts else {}
    kinds = {_text(part.get("embeddedResourceType")) for part in parts[1:]}
    flags = {
        "has_macros": "MACRO" in kinds or "macroenabled" in _text(first.get("Content-Type")).lower(),
        "signed": any(_is(part, "hasSignature") for part in parts[:1]),
        "encrypted": _is(first, "pdf:encrypted") or _is(first, "X-TIKA:encrypted"),
    }
    return {name: True for name, holds in flags.items() if holds}


def _is(part: dict[str, Any], name: str) -> bool:
    return _text(part.get(name)).lower() == "true"


def _is_picture(part: dict[str, Any]) -> bool:
    return _text(part.get("Content-Type")).startswith("image/")


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
        "confidence": {p.number: p.confidence for p in extraction.pages if p.confidence is not None},
        "text_state": extraction.text_state,
        "title": extraction.title,
        "created": extraction.created.isoformat() if extraction.created else None,
        "notice": extraction.notice,
        "facts": extraction.facts,
        "holds_files": extraction.holds_files,
    }
    return gzip.compress(json.dumps(value, ensure_ascii=False).encode(), compresslevel=1)


def _from_json(data: bytes) -> Extraction:
    value = json.loads(gzip.decompress(data))
    return Extraction(
        media_type=value["media_type"],
        pages=tuple(
            Page(number, text, value["confidence"].get(str(number)))
            for number, text in enumerate(value["pages"], start=1)
        ),
        text_state=TextState(value["text_state"]),
        title=value["title"],
        created=dt.date.fromisoformat(value["created"]) if value["created"] else None,
        notice=value["notice"],
        facts=value["facts"],
        holds_files=value["holds_files"],
    )
