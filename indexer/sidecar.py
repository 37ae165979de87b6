"""Reads what a sidecar says about its file. Pure; refuses rather than guesses, since it decides who may read."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import unicodedata
from typing import Any

from records.access import Confidentiality, PrivacyClass, ReadAccess, Reader
from records.errors import InvalidInputError
from records.ledger_values import Fault
from records.reasons import Reason
from records.record import Metadata

_TEXTS = (
    "source_id",
    "title",
    "file_reference",
    "file_plan",
    "document_type",
    "department",
    "case_type",
    "case_reference",
)
_DATES = ("date", "retention_end")
_OWN = frozenset({*_TEXTS, *_DATES, "confidentiality", "privacy_class", "tenant", "readers", "deny"})
_MAX_TEXT = 4_000
_MAX_DIGITS = 300
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")

_OPEN = frozenset({"", "offen", "öffentlich", "open", "public", "normal", "intern", "internal", "003"})
_CONFIDENTIAL = frozenset({"vertraulich", "confidential", "005"})
_CLASSIFIED = frozenset(
    {
        *("vs-nfd", "nfd", "nur für den dienstgebrauch", "vs-nur für den dienstgebrauch", "vs-vertraulich"),
        *("geheim", "streng geheim", "secret", "top secret", "001", "002", "004"),
    }
)


class SidecarError(Exception):
    """A sidecar cannot be used; `fault` names the field."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.reason}: {fault.detail}")
        self.fault = fault


def parse(content: bytes, *, tenant: str) -> tuple[Metadata, ReadAccess]:
    """Return what a sidecar says, for a file that is being taken in for `tenant`; SidecarError if it cannot be used."""
    stated = _object(content)
    named = _text(stated, "tenant")
    if named is not None and named != tenant:
        # SECURITY: a file never changes hands by what stands beside it.
        raise SidecarError(Fault(Reason.TENANT, f"tenant: {named[:60]!r}"))
    access = ReadAccess(
        tenant=tenant,
        readers=_readers(stated, "readers", tenant),
        deny=_readers(stated, "deny", tenant),
        confidentiality=_confidentiality(stated),
        privacy_class=_privacy_class(stated),
    )
    texts = {name: _text(stated, name) for name in _TEXTS}
    title = texts.pop("title") or ""
    dates = {name: _date(stated, name) for name in _DATES}
    fields = {k: v for k, v in stated.items() if k not in _OWN and v is not None}
    return Metadata(title=title, **texts, **dates, fields=fields), access  # type: ignore[arg-type]


def named_tenant(content: bytes) -> str | None:
    """Return the tenant that a sidecar names, if it can be read that far."""
    return _text(_object(content), "tenant")


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content.decode("utf-8-sig"), parse_constant=_refused, parse_int=_whole, parse_float=_finite)
        # half of a character, written as \\ud800, is text to nobody
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise _wrong("JSON", "lässt sich nicht lesen") from error
    if not isinstance(value, dict):
        raise _wrong("JSON", "ist kein Objekt")
    return value


def _refused(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError("a number that no store takes")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number that no store takes")
    return number


def _text(stated: dict[str, Any], name: str) -> str | None:
    value = stated.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _wrong(name, "muss Text sein")
    value = " ".join(unicodedata.normalize("NFC", value).split())
    if len(value) > _MAX_TEXT:
        raise _wrong(name, f"ist länger als {_MAX_TEXT} Zeichen")
    return value or None


def _date(stated: dict[str, Any], name: str) -> dt.date | None:
    text = _text(stated, name)
    if text is None:
        return None
    try:
        if german := _GERMAN_DATE.fullmatch(text):
            day, month, year = (int(g) for g in german.groups())
            return dt.date(year, month, day)
        return dt.datetime.fromisoformat(text).date()
    except ValueError as error:
        raise _wrong(name, f"{text[:40]!r} ist kein Datum; erwartet wird JJJJ-MM-TT oder TT.MM.JJJJ") from error


def _readers(stated: dict[str, Any], name: str, tenant: str) -> frozenset[Reader]:
    value = stated.get(name)
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise _wrong(name, "muss eine Liste von Texten sein")
    try:
        return frozenset(Reader.parse(v, own_tenant=tenant) for v in value)
    except InvalidInputError as error:
        raise _wrong(name, "nennt eine andere Kommune oder etwas, das keine Gruppe ist") from error


def _confidentiality(stated: dict[str, Any]) -> Confidentiality:
    word = (_text(stated, "confidentiality") or "").casefold()
    if word in _OPEN:
        return Confidentiality.OPEN
    if word in _CONFIDENTIAL:
        return Confidentiality.CONFIDENTIAL
    if word in _CLASSIFIED:
        raise SidecarError(Fault(Reason.CLASSIFIED, f"confidentiality: {word!r}"))
    raise _wrong("confidentiality", f"{word[:40]!r} ist unbekannt; erlaubt sind „offen“ und „vertraulich“")


def _privacy_class(stated: dict[str, Any]) -> PrivacyClass:
    word = (_text(stated, "privacy_class") or PrivacyClass.NORMAL).casefold()
    try:
        return PrivacyClass(word)
    except ValueError as error:
        # SECURITY: a class that is not understood may protect; nobody reads the file until a person decides.
        allowed = ", ".join(f"„{known}“" for known in PrivacyClass)
        raise _wrong("privacy_class", f"{word[:40]!r} ist unbekannt; erlaubt sind {allowed}") from error


def _wrong(name: str, what: str) -> SidecarError:
    return SidecarError(Fault(Reason.SIDECAR, f"{name}: {what}"))
