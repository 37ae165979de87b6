"""The fields that a question can name, in German and English, and how their values are written. Pure."""

from __future__ import annotations

import re

from records.query import FilterField, InField, InTitle

#: how a field is called back to whoever asked
CALLED = {
    FilterField.FILE_REFERENCE: "Aktenzeichen",
    FilterField.CASE_REFERENCE: "Vorgangszeichen",
    FilterField.DEPARTMENT: "Amt",
    FilterField.YEAR: "Jahr",
    FilterField.DOCUMENT_TYPE: "Typ",
    FilterField.CASE_TYPE: "Vorgangsart",
    FilterField.FILE_PLAN: "Aktenplan",
    FilterField.TENANT: "Kommune",
}
_TITLE = ("titel", "title")
_NAMES = {
    FilterField.FILE_REFERENCE: ("az", "aktenzeichen", "gz", "geschäftszeichen", "reference", "file_reference"),
    FilterField.CASE_REFERENCE: ("vorgang", "vorgangszeichen", "case", "case_reference"),
    FilterField.DEPARTMENT: ("amt", "abteilung", "department"),
    FilterField.YEAR: ("jahr", "year"),
    FilterField.DOCUMENT_TYPE: ("typ", "art", "type", "document_type"),
    FilterField.CASE_TYPE: ("vorgangsart", "case_type"),
    FilterField.FILE_PLAN: ("aktenplan", "file_plan"),
    FilterField.TENANT: ("kommune", "municipality", "tenant"),
}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names}
#: every name, in small letters
NAMES = frozenset((*_FIELDS, *_TITLE))
#: fields whose values are numbers that may be typed with spaces
NUMBERED = {name for field in (FilterField.FILE_REFERENCE, FilterField.CASE_REFERENCE) for name in _NAMES[field]}

_YEARS = re.compile(r"(\d{4})(?:\s*[-\u2013]\s*(\d{4}))?")
_MOST_YEARS = 100


def named(name: str, value: str, *, exact: bool = False, begins: bool = False) -> InField | InTitle | None:
    """Return the condition that this name and value stand for; None where the value is none of this field."""
    value = value.strip()
    if not any(c.isalnum() for c in value):
        return None
    if name in _TITLE:
        return None if begins else InTitle(value, exact=exact)
    field = _FIELDS[name]
    if field is FilterField.YEAR:
        years = _years(value)
        return InField(field, years) if years and not begins else None
    return InField(field, (value,), begins=begins)


def _years(value: str) -> tuple[str, ...]:
    found = _YEARS.fullmatch(value)
    if found is None:
        return ()
    first, last = int(found.group(1)), int(found.group(2) or found.group(1))
    return tuple(f"{year:04}" for year in range(first, last + 1)) if 0 <= last - first < _MOST_YEARS else ()


def called(condition: InField | InTitle) -> str:
    """Return the condition as whoever asked would say it."""
    if isinstance(condition, InTitle):
        return f"Titel „{condition.text}“"
    values = condition.values
    if condition.field is FilterField.YEAR and len(values) > 1:
        return f"Jahr {values[0]} bis {values[-1]}"
    return f"{CALLED[condition.field]} {values[0]}{'…' if condition.begins else ''}"
