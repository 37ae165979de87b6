"""What an XDOMEA message says, in versions 2.3 to 4.0: file plan, and documents with the case and file they belong to.

Pure. Messages of one standard differ from each other: a case has another type in 0401 than in 0503, the file around it
may be missing, identification and confidentiality have other names in 4.0. So elements are known by their own names and
by what stands around them, not by a path from the top.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from records.record import Metadata

#: the messages that are taken in: file plan, transfer, disposal
FILE_PLAN, TRANSFER, DISPOSAL = "0301", "0401", "0503"
_NAMESPACE = re.compile(r"urn:xoev-de:xdomea:schema:(2\.[34]\.\d+|3\.[01]\.\d+|4\.0\.\d+)")
_ROOT = re.compile(r"(?:Aktenplan\.Aktenplan|Abgabe\.Abgabe|Aussonderung\.Aussonderung)\.(0301|0401|0503)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: the standard: a UUID, perhaps a name, an ending
_FILE_NAME = re.compile(rf"{_UUID.pattern}(_[^/\\\x00-\x1f]+)?\.[0-9A-Za-z]{{1,10}}")
_LEVELS = frozenset({"Akte", "Teilakte", "Vorgang", "Teilvorgang", "Dokument", "Schriftstueck", "Anlage"})
_WRAPPERS = frozenset({"Schriftgutobjekt", "Akteninhalt", "DokumentOderDokumentMitSchriftstueck"})
_FILES, _CASES = frozenset({"Akte", "Teilakte"}), frozenset({"Vorgang", "Teilvorgang"})
_DISPOSAL = frozenset({"ArchivspezifischeMetadaten", "Aussonderungsmetadaten"})
_DEPTH = 60

#: confidentiality as the standard counts it
OPEN, CONFIDENTIAL = "003", "005"
_RANK = ("003", "005", "002", "001", "004")


class MessageError(Exception):
    """This is no message of the standard that could be understood; the sentence is German."""


@dataclass(frozen=True)
class Part:
    """One file of a document or attachment."""

    #: what it is called from message to message
    identity: str
    #: its name in the package; None where the message gives none that the standard allows
    file_name: str | None
    #: the name that it had where it was written
    original_name: str | None
    sha256: str | None
    metadata: Metadata
    #: the strictest level of the document and all around it, None where none is named
    confidentiality: str | None
    #: who is in charge, from the document up to the file
    units: tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """One message."""

    kind: str
    version: str
    #: when it was written, as it says; orders messages
    written: str
    parts: tuple[Part, ...] = ()
    #: documents that name no file: allowed, and nothing to search
    without_file: int = 0
    #: titles of a file plan by their numbers
    file_plan: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Around:
    """What a document has from what it lies in."""

    metadata: Metadata = field(default_factory=lambda: Metadata(title=""))
    confidentiality: str | None = None
    units: tuple[str, ...] = ()
    years: int | None = None
    closed: dt.date | None = None
    identity: str = ""


def parse(content: bytes) -> Message:
    """Read a message; MessageError where it is none."""
    # SECURITY: no entity is put in, no definition or schema is fetched, and a document that declares any is refused.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root: Any = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise MessageError("Die Nachricht ist kein gültiges XML.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise MessageError("Die Nachricht enthält eine Dokumenttypdefinition.")
    name = etree.QName(root)
    version = _NAMESPACE.fullmatch(name.namespace or "")
    kind = _ROOT.fullmatch(name.localname)
    if version is None:
        raise MessageError("Die Nachricht gehört zu keiner Version von XDOMEA zwischen 2.3 und 4.0.")
    if kind is None:
        raise MessageError("Eingelesen werden die Nachrichten 0301, 0401 und 0503.")
    written = next((_text(e) for e in root.iter() if _name(e).lower() == "erstellungszeitpunkt"), "")
    plan = _file_plan(root)
    message = Message(kind.group(1), version.group(1), written, file_plan=plan)
    if kind.group(1) == FILE_PLAN:
        return message
    parts: list[Part] = []
    without = 0
    for found in _walk(root, _Around(), plan, 0):
        if found is None:
            without += 1
        else:
            parts.append(found)
    return replace(message, parts=tuple(parts), without_file=without)


def _walk(element: Any, around: _Around, plan: dict[str, str], depth: int) -> Iterator[Part | None]:
    if depth > _DEPTH:
        raise MessageError("Die Nachricht ist zu tief verschachtelt.")
    for child in element:
        name = _name(child)
        if name in _WRAPPERS:
            yield from _walk(child, around, plan, depth + 1)
        elif name in _LEVELS:
            inside = _into(child, name, around, plan)
            if name not in _FILES | _CASES:
                yield from _parts(child, inside)
            yield from _walk(child, inside, plan, depth + 1)


def _into(level: Any, name: str, around: _Around, plan: dict[str, str]) -> _Around:
    """Return what is known of a level, together with what is around it."""
    general = _child(level, "AllgemeineMetadaten")
    subject, sign = _said(general, "Betreff"), _said(general, "Kennzeichen")
    meta, fields = around.metadata, dict(around.metadata.fields)
    kind = _said(level, "Typ")
    if name in _FILES:
        meta = replace(meta, file_reference=sign or meta.file_reference)
        fields |= _given(file_title=subject, file_type=kind)
    elif name in _CASES:
        meta = replace(meta, case_reference=sign or meta.case_reference, case_type=kind or meta.case_type)
        fields |= _given(case_title=subject)
    else:
        received, sent, letter = (
            _said(level, n) for n in ("Posteingangsdatum", "Postausgangsdatum", "DatumDesSchreibens")
        )
        meta = replace(
            meta,
            title=subject or "",
            document_type=kind or meta.document_type,
            date=_date(letter) or _date(received) or _date(sent) or meta.date,
        )
        fields |= _given(
            level=name,
            document_reference=sign,
            received=received,
            sent=sent,
            sub_subject=_said(level, "Hier"),
            reference_to=_said(level, "Bezug"),
            foreign_reference=_said(level, "FremdesGeschaeftszeichen"),
        )
    unit = next((e for e in (_child(general, "Aktenplaneinheit"),) if e is not None), None)
    if unit is not None:
        number = _said(unit, "Kennzeichen")
        meta = replace(meta, file_plan=number or meta.file_plan)
        fields |= _given(file_plan_title=_said(unit, "Inhaltsangabe") or plan.get(number or ""))
    lead, keeping = _said(general, "Federfuehrung"), _said(general, "Aktenfuehrung")
    fields |= _given(lead_unit=lead, keeping_unit=keeping)
    closed = _date(_said(level, "ZdADatum")) or _date(_said(_child(level, "Laufzeit"), "Ende")) or around.closed
    years, art, end = _retention(level, around.years)
    fields |= _given(disposal=art, closed_at=closed.isoformat() if closed else None)
    if years is not None:
        fields["retention_years"] = years
    meta = replace(meta, department=lead or meta.department, retention_end=end or _after(closed, years), fields=fields)
    own = tuple(unit for unit in (lead, keeping) if unit)
    return _Around(
        metadata=meta,
        confidentiality=_stricter(around.confidentiality, _confidentiality(general)),
        units=tuple(dict.fromkeys((*own, *around.units))),
        years=years,
        closed=closed,
        identity=_identity(level) or around.identity,
    )


def _parts(document: Any, around: _Around) -> Iterator[Part | None]:
    """Yield the files of the last version of a document, None where it has none."""
    versions = [e for e in document if _name(e) == "Version"]
    primaries = [
        primary
        for form in (versions[-1] if versions else ())
        if _name(form) == "Format"
        for primary in form
        if _name(primary) == "Primaerdokument"
    ]
    if not primaries:
        if _name(document) == "Dokument":
            yield None
        return
    fields = dict(around.metadata.fields) | _given(version=_said(versions[-1], "Nummer"))
    for number, primary in enumerate(primaries):
        name = _said(primary, "Dateiname") or ""
        allowed = _FILE_NAME.fullmatch(name) is not None
        base = around.identity or (name[:36] if allowed else "")
        hashed = _child(primary, "Hash")
        is_sha256 = "SHA-256" in "".join(hashed.itertext()) if hashed is not None else False
        yield Part(
            identity=base if number == 0 else f"{base}/{number + 1}",
            file_name=name if allowed else None,
            original_name=_said(primary, "DateinameOriginal"),
            sha256=(_said(hashed, "Wert") or "").lower() if is_sha256 else None,
            metadata=replace(around.metadata, source_id=base or None, fields=fields),
            confidentiality=around.confidentiality,
            units=around.units,
        )


def _file_plan(root: Any) -> dict[str, str]:
    """Return the titles of a file plan, wherever in the message it stands."""
    titles: dict[str, str] = {}
    for plan in root:
        if _name(plan) != "Aktenplan":
            continue
        for unit in plan.iter():
            general = _child(unit, "AllgemeineMetadaten") if _name(unit) == "Einheit" else None
            named = next((e for e in (_child(unit, "Aktenplaneinheit"), general, unit) if e is not None), unit)
            number, title = _said(named, "Kennzeichen"), _said(named, "Inhaltsangabe") or _said(named, "Betreff")
            if _name(unit) in {"Einheit", "Aktenplaneinheit"} and number and title:
                titles.setdefault(number, title)
    return titles


def _retention(level: Any, inherited: int | None) -> tuple[int | None, str | None, dt.date | None]:
    """Return years, kind of disposal and end of retention as far as a level says."""
    years, art, end = inherited, None, None
    for about in level:
        if _name(about) not in _DISPOSAL:
            continue
        for one in about.iter():
            match _name(one):
                case "Aufbewahrungsdauer":
                    said = _said(one, "AnzahlJahre") or _text(one)
                    years = int(said) if said.isdecimal() and len(said) <= 4 else None  # noqa: PLR2004
                case "Aussonderungsart":
                    art = next((_text(c) for c in one.iter() if _name(c) == "code"), "") or _text(one) or None
                case "Aufbewahrungsende":
                    end = _date(_text(one))
    return years, art, end


def _after(closed: dt.date | None, years: int | None) -> dt.date | None:
    """Return the last day of the year in which retention ends; it is counted from the closing of the case."""
    if closed is None or years is None or closed.year + years > dt.MAXYEAR:
        return None
    return dt.date(closed.year + years, 12, 31)


def _confidentiality(general: Any) -> str | None:
    for place in ("Vertraulichkeitsstufe", "Geheimhaltung"):
        said = _child(general, place)
        if said is not None:
            code = next((_text(e) for e in said.iter() if _name(e) == "code"), "")
            # SECURITY: a level that is stated and not understood is the strictest.
            return code if code in _RANK else _RANK[-1]
    return None


def _stricter(one: str | None, other: str | None) -> str | None:
    both = [level for level in (one, other) if level is not None]
    return max(both, key=_RANK.index) if both else None


def _identity(level: Any) -> str | None:
    about = _child(level, "Identifikation")
    said = _said(about, "xdomeaUUID") or _said(about, "ID") or ""
    return said.lower() if _UUID.fullmatch(said) else None


def _given(**said: str | None) -> dict[str, str]:
    return {name: value for name, value in said.items() if value}


def _date(said: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat((said or "")[:10])
    except ValueError:
        return None


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _child(element: Any, name: str) -> Any:
    return next((e for e in element if _name(e) == name), None) if element is not None else None


def _said(element: Any, name: str) -> str | None:
    child = _child(element, name)
    return (_text(child) or None) if child is not None else None


def _text(element: Any) -> str:
    return " ".join((element.text or "").split())[:4000]
