"""Reads what a sidecar says about its file. Pure; refuses rather than guesses, since it decides who may read."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Mapping
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
_RIGHTS = ("readers", "deny", "confidentiality", "privacy_class")
_OWN = frozenset({*_TEXTS, *_DATES, *_RIGHTS, "tenant"})
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


def parse(content: bytes, *, tenant: str, above: Mapping[str, Any] | None = None) -> tuple[Metadata, ReadAccess]:
    """Return what a sidecar says, for a file that is being taken in for `tenant`; SidecarError if it cannot be used.

    `above` is what `rights_of_folder` returned for the folder that the file lies in.
    """
    stated = _object(content)
    named = _text(stated, "tenant")
    if named is not None and named != tenant:
        # SECURITY: a file never changes hands by what stands beside it.
        raise SidecarError(Fault(Reason.TENANT, f"tenant: {named[:60]!r}"))
    rights = _below(above or {}, stated)
    access = ReadAccess(
        tenant=tenant,
        readers=_readers(rights, "readers", tenant),
        deny=_readers(rights, "deny", tenant),
        confidentiality=_confidentiality(rights),
        privacy_class=_privacy_class(rights),
    )
    texts = {name: _text(stated, name) for name in _TEXTS}
    title = texts.pop("title") or ""
    dates = {name: _date(stated, name) for name in _DATES}
    fields = {k: v for k, v in stated.items() if k not in _OWN and v is not None}
    return Metadata(title=title, **texts, **dates, fields=fields), access  # type: ignore[arg-type]


def rights_of_folder(content: bytes, above: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a folder's rights file and those above it say together; SidecarError if it cannot be used."""
    stated = _object(content)
    if unknown := sorted(stated.keys() - set(_RIGHTS)):
        # SECURITY: a misspelt "deny" must not open what it was meant to close.
        raise _wrong(unknown[0][:40], f"ist hier unbekannt; erlaubt sind {', '.join(_RIGHTS)}")
    for name in ("readers", "deny"):
        _listed(stated, name)
    _confidentiality(stated)
    _privacy_class(stated)
    return _below(above, stated)


def _below(above: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rights that hold where `stated` is said in a place of which `above` is said."""
    rights = {name: stated[name] if stated.get(name) is not None else above.get(name) for name in _RIGHTS}
    # SECURITY: nothing below takes back what a folder denies or calls confidential.
    if above.get("deny"):
        rights["deny"] = sorted({*above["deny"], *_listed(stated, "deny")})
    if _confidentiality(above) is Confidentiality.CONFIDENTIAL and _confidentiality(stated) is Confidentiality.OPEN:
        rights["confidentiality"] = above["confidentiality"]
    return rights


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


def _text(stated: Mapping[str, Any], name: str) -> str | None:
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


def _listed(stated: Mapping[str, Any], name: str) -> list[str]:
    value = stated.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise _wrong(name, "muss eine Liste von Texten sein")
    return value


def _readers(stated: Mapping[str, Any], name: str, tenant: str) -> frozenset[Reader]:
    try:
        return frozenset(Reader.parse(v, own_tenant=tenant) for v in _listed(stated, name))
    except InvalidInputError as error:
        raise _wrong(name, "nennt eine andere Kommune oder etwas, das keine Gruppe ist") from error


def _confidentiality(stated: Mapping[str, Any]) -> Confidentiality:
    word = (_text(stated, "confidentiality") or "").casefold()
    if word in _OPEN:
        return Confidentiality.OPEN
    if word in _CONFIDENTIAL:
        return Confidentiality.CONFIDENTIAL
    if word in _CLASSIFIED:
        raise SidecarError(Fault(Reason.CLASSIFIED, f"confidentiality: {word!r}"))
    raise _wrong("confidentiality", f"{word[:40]!r} ist unbekannt; erlaubt sind „offen“ und „vertraulich“")


def _privacy_class(stated: Mapping[str, Any]) -> PrivacyClass:
    word = (_text(stated, "privacy_class") or PrivacyClass.NORMAL).casefold()
    try:
        return PrivacyClass(word)
    except ValueError as error:
        # SECURITY: a class that is not understood may protect; nobody reads the file until a person decides.
        allowed = ", ".join(f"„{known}“" for known in PrivacyClass)
        raise _wrong("privacy_class", f"{word[:40]!r} ist unbekannt; erlaubt sind {allowed}") from error


def _wrong(name: str, what: str) -> SidecarError:
    return SidecarError(Fault(Reason.SIDECAR, f"{name}: {what}"))
