"""Everything a search finds as CSV, XLSX or JSON lines, streamed. A file that stops early says so in its last line."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

from records.access import Principal, Role
from records.errors import AktensucheError, InvalidInputError
from records.index import Hit
from search_api.schemas import RecordFields, record_fields

_log = logging.getLogger(__name__)

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
}

#: those who may take more out than other clerks
_ROLES = frozenset({Role.RECORDS_MANAGER, Role.REPORTS})

INCOMPLETE = "UNVOLLSTÄNDIG: Die Ausgabe brach vorzeitig ab. Bitte erneut ausführen."

_COLUMNS = {
    "record_id": "Kennung",
    "source_id": "Kennung der Quelle",
    "tenant": "Mandant",
    "title": "Titel",
    "file_reference": "Aktenzeichen",
    "file_plan": "Aktenplan",
    "document_type": "Dokumentart",
    "date": "Datum",
    "department": "Amt",
    "case_type": "Vorgangsart",
    "case_reference": "Vorgangszeichen",
    "retention_end": "Aufbewahrung bis",
    "text": "Text",
    "confidentiality": "Vertraulichkeit",
    "privacy_class": "Datenschutzklasse",
    "released": "Freigabe",
    "fields": "Weitere Angaben",
}

#: where a spreadsheet would see a formula: at the beginning of a cell, and behind whatever it may take for the end of
#: one, as a semicolon is in German; white space and quotation marks before the sign change nothing
_ACTIVE = re.compile(r"""(?:^|(?<=[;\t\r\n]))(?=["'\s\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\n])""")  # noqa: RUF001
_CHUNK = 1 << 16
_LONGEST_CELL = 32_767
_CHECKED_AFTER_SECONDS = 1.0


class ExportCapError(AktensucheError):
    """There is more than may be exported; says so in words for clerks."""

    def __init__(self, rows: int) -> None:
        number = f"{rows:,}".replace(",", ".")
        super().__init__(f"UNVOLLSTÄNDIG: Mehr als {number} Treffer. Bitte die Suche eingrenzen.")


@dataclass(frozen=True)
class ExportCaps:
    """How many lines an export may have."""

    rows: int
    rows_of_roles: int

    def capped(self, principal: Principal, hits: Iterable[Hit]) -> Iterator[Hit]:
        """Yield hits up to what this principal may take out; ExportCapError if there are more."""
        # SECURITY: software never lends a role's larger cap to itself.
        larger = principal.software is None and bool(principal.roles & _ROLES)
        rows = self.rows_of_roles if larger else self.rows
        for number, hit in enumerate(hits):
            if number == rows:
                raise ExportCapError(rows)
            yield hit


def while_allowed(hits: Iterable[Hit], check: Callable[[], None]) -> Iterator[Hit]:
    """Yield hits as long as `check`, called once a second, does not raise."""
    checked = time.monotonic()
    for hit in hits:
        # SECURITY: an export takes minutes; a token taken back meanwhile ends it.
        if time.monotonic() - checked > _CHECKED_AFTER_SECONDS:
            check()
            checked = time.monotonic()
        yield hit


def behind(record_id: str | None, hits: Iterable[Hit]) -> Iterator[Hit]:
    """Yield the hits that stand behind a record, all of them where none is named.

    InvalidInputError if it is not among them: a rest that begins nowhere would look like a whole.
    """
    hits = iter(hits)
    # SECURITY: looked for among what may be read only, so that unknown and forbidden are one refusal.
    if record_id is not None and all(hit.found.record_id != record_id for hit in hits):
        raise InvalidInputError("after", "is none of the records that this search finds now; leave it out")
    yield from hits


def _told(error: AktensucheError) -> str:
    """Return the last line of an export that holds not everything."""
    if isinstance(error, ExportCapError):
        return str(error)
    _log.error("export stopped early: %s", error)
    return INCOMPLETE


def lines(kind: str, hits: Iterable[Hit]) -> Iterator[bytes]:
    """Return the export piece by piece; the first hit is fetched before this returns, so an early error is an error."""
    whole = _begun(iter(hits))
    if kind == "xlsx":
        # Written whole before a byte leaves: what fails in between is still an error to the caller.
        return _chunks(_xlsx(whole))
    return _csv(whole) if kind == "csv" else _jsonl(whole)


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; without these apostrophes it is what it was."""
    # SECURITY: titles come from letters of strangers; a leading apostrophe keeps them text.
    return _ACTIVE.sub("'", cell)


def _begun(hits: Iterator[Hit]) -> Iterator[Hit]:
    try:
        return _again(next(hits, None), hits)
    except ExportCapError as error:
        # what comes behind the last line that may be had: the file says so, as it does behind others
        return _ended(error)


def _again(first: Hit | None, rest: Iterator[Hit]) -> Iterator[Hit]:
    if first is not None:
        yield first
        yield from rest


def _ended(error: AktensucheError) -> Iterator[Hit]:
    raise error
    yield


def _row(hit: Hit) -> list[str]:
    known = record_fields(hit.found)
    more: dict[str, Any] = dict(known.pop("fields"))
    named = {name: more.pop(name, None) for name in _COLUMNS if name not in known and name != "fields"}
    left = json.dumps(more, ensure_ascii=False, sort_keys=True, default=str) if more else ""
    values = {**known, **named, "fields": left}
    return ["" if values[name] is None else str(values[name]) for name in _COLUMNS]


def _csv(hits: Iterator[Hit]) -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS.values())
    # The byte order mark tells Excel that this is UTF-8.
    yield b"\xef\xbb\xbf"
    try:
        for hit in hits:
            writer.writerow([harmless(cell) for cell in _row(hit)])
            if out.tell() > _CHUNK:
                yield _taken(out)
    except AktensucheError as error:
        writer.writerow([_told(error)])
    yield _taken(out)


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


def _jsonl(hits: Iterator[Hit]) -> Iterator[bytes]:
    try:
        for hit in hits:
            yield RecordFields(**record_fields(hit.found)).model_dump_json().encode() + b"\n"
    except AktensucheError as error:
        yield json.dumps({"incomplete": True, "text": _told(error)}, ensure_ascii=False).encode() + b"\n"


def book_in(file: IO[bytes]) -> xlsxwriter.Workbook:
    """Return a workbook in a file; no string becomes a formula or an address, whatever it begins with."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    return xlsxwriter.Workbook(file, options)


def write_text(sheet: Any, line: int, column: int, text: str) -> None:
    """Write a cell of a workbook."""
    # SECURITY: written as a string, never as a formula, whatever it begins with.
    sheet.write_string(line, column, text[:_LONGEST_CELL])


def _xlsx(hits: Iterator[Hit]) -> io.BufferedIOBase:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - _chunks closes it
    book = book_in(file)
    sheet = book.add_worksheet("Treffer")
    for column, name in enumerate(_COLUMNS.values()):
        sheet.write_string(0, column, name)
    line = 0
    try:
        for line, hit in enumerate(hits, start=1):
            for column, cell in enumerate(_row(hit)):
                write_text(sheet, line, column, cell)
    except ExportCapError as error:
        sheet.write_string(line + 1, 0, str(error))
    except BaseException:
        # half a table is none; its temporary files go at once
        book.close()
        file.close()
        raise
    book.close()
    file.seek(0)
    return file


def _chunks(file: io.BufferedIOBase) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
