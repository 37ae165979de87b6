"""What a record is: frozen values, checked where they are made; no engine, no request."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from records.access import ReadAccess

#: the field that says what is missing from a record's text, in a sentence
NOTICE = "notice"


class TextState(StrEnum):
    """How much of a file became text."""

    FULL = "full"
    #: some pages carry no readable text (scans without text recognition), or a budget was exceeded
    PARTIAL = "partial"
    #: the file could be opened and holds no readable text; it is found by its metadata
    NONE = "none"


@dataclass(frozen=True)
class Page:
    """The text of one page; `number` counts from 1. A file without pages is one page."""

    number: int
    text: str
    #: how sure text recognition is of a page that was a picture, in percent; None where the text stood in the file
    confidence: int | None = None


@dataclass(frozen=True)
class Passage:
    """A piece of one page, the unit of meaning search: `page.text[start:end]`, offsets in Python characters."""

    page: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Metadata:
    """What is known about a record besides its text; `fields` keeps what has no name of its own."""

    title: str
    source_id: str | None = None
    file_reference: str | None = None
    file_plan: str | None = None
    document_type: str | None = None
    date: dt.date | None = None
    department: str | None = None
    case_type: str | None = None
    case_reference: str | None = None
    retention_end: dt.date | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Original:
    """The file itself: its name at the source, its media type and where its bytes are kept."""

    file_name: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Record:
    """One document with everything the index holds of it.

    `version` is the ledger's sequence and orders writes: the engine keeps the highest.
    `vectors` is parallel to `passages`, or None as long as meaning search does not know the record.
    """

    record_id: str
    source: str
    access: ReadAccess
    metadata: Metadata
    original: Original
    pages: tuple[Page, ...]
    passages: tuple[Passage, ...]
    text_state: TextState
    version: int
    parent_id: str | None = None
    vectors: tuple[bytes, ...] | None = None

    def __post_init__(self) -> None:
        if self.vectors is not None and len(self.vectors) != len(self.passages):
            raise ValueError(f"record {self.record_id}: {len(self.vectors)} vectors for {len(self.passages)} passages")
