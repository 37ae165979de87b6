"""What a sample record is before it becomes a file: blocks of text, and the metadata of its sidecar. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

#: stands on every page and in every sidecar; no record may be mistaken for a real one
MARK = "Beispiel – erfundene Daten"  # noqa: RUF001 - German uses this dash

GERMAN_MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()  # noqa: SIM905
)


class Kind(StrEnum):
    """The kind of file a record is written as; the value names the writer."""

    PDF = "pdf"
    PDFA = "pdfa"
    SCAN = "scan"
    TIFF = "tiff"
    DOCX = "docx"
    ODT = "odt"
    XLSX = "xlsx"
    PPTX = "pptx"
    EML = "eml"
    HTML = "html"
    HTML_1252 = "html-1252"
    TXT = "txt"
    TXT_1252 = "txt-1252"
    ZIP = "zip"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    EMPTY = "empty"

    @property
    def suffix(self) -> str:
        """The file name's ending."""
        return SUFFIXES.get(self, self.value)


SUFFIXES = {
    Kind.PDFA: "pdf",
    Kind.SCAN: "pdf",
    Kind.TIFF: "tif",
    Kind.HTML_1252: "html",
    Kind.TXT_1252: "txt",
    Kind.ENCRYPTED: "pdf",
    Kind.DAMAGED: "pdf",
    Kind.EMPTY: "pdf",
}


@dataclass(frozen=True)
class Heading:
    """A line set off from the text."""

    text: str


@dataclass(frozen=True)
class Para:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first row is the head."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class PageBreak:
    """What follows starts on a new page (a new slide, a new sheet)."""


Block = Heading | Para | Table | PageBreak


def german_date(day: date) -> str:
    """`7. März 2023`."""
    return f"{day.day}. {GERMAN_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """`07.03.2023`."""
    return f"{day:%d.%m.%Y}"


def euro(amount: float) -> str:
    """`1.234,50 EUR`; whole amounts keep their two zeros, as invoices do."""
    text = f"{amount:,.2f}".replace(",", "\0").replace(".", ",").replace("\0", ".")
    return f"{text} EUR"


@dataclass(frozen=True)
class Case:
    """A Vorgang: what its records share."""

    tenant: str
    body: str
    department: str
    office: str
    clerk: str
    case_type: str
    case_reference: str
    file_reference: str
    file_plan: str
    folder: str
    readers: tuple[str, ...]
    deny: tuple[str, ...] = ()
    confidential: bool = False


@dataclass(frozen=True)
class Draft:
    """One record: who it is from, what it says, as which kind of file."""

    case: Case
    name: str
    kind: Kind
    title: str
    document_type: str
    day: date
    blocks: tuple[Block, ...]
    addressee: tuple[str, ...] = ()
    sender: str = ""
    retention_end: date | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[Draft, ...] = ()

    @property
    def file_name(self) -> str:
        """The name with its ending."""
        return f"{self.name}.{self.kind.suffix}"

    @property
    def path(self) -> str:
        """Where the record lies below the sample folder."""
        return f"{self.case.tenant}/{self.case.department}/{self.case.folder}/{self.file_name}"

    @property
    def source_id(self) -> str:
        """The id that stays the same each time the samples are made."""
        return f"beispiel-{self.path}"

    def head(self) -> tuple[str, ...]:
        """Return the lines of the letter head; what came in names its sender, then who received it."""
        received = f"Eingang: {self.case.office}" if self.sender else self.case.office
        return (
            self.sender or self.case.body,
            f"{received} · Bearbeitung: {self.case.clerk}",
            f"Aktenzeichen: {self.case.file_reference}",
            f"Datum: {german_date(self.day)}",
        )

    def foot(self) -> str:
        """Return the line at the end of each page, without the page number."""
        return f"{MARK} · {self.case.file_reference}"

    def sidecar(self) -> dict[str, Any]:
        """Return the metadata beside the file."""
        meta: dict[str, Any] = {
            "source_id": self.source_id,
            "title": self.title,
            "file_reference": self.case.file_reference,
            "file_plan": self.case.file_plan,
            "document_type": self.document_type,
            "date": self.day.isoformat(),
            "department": self.case.department,
            "case_type": self.case.case_type,
            "case_reference": self.case.case_reference,
            "confidentiality": "vertraulich" if self.case.confidential else "offen",
            "tenant": self.case.tenant,
            "readers": list(self.case.readers),
            "clerk": self.case.clerk,
            "lead_unit": self.case.office,
            "beispiel": True,
        }
        if self.case.deny:
            meta["deny"] = list(self.case.deny)
        if self.retention_end:
            meta["retention_end"] = self.retention_end.isoformat()
        if self.sender:
            meta["sender"] = self.sender
        return meta | self.extra
