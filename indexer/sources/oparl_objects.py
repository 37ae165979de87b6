"""What the objects of an OParl server are as records. Pure: objects in, words out; whatever may be absent is.

A paper and a meeting are records of their own, with what was said about them; each of their files is one, too. The
items of an agenda are found in their meeting, as far as they are public.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from records.ledger_values import MEMBER
from records.record import Metadata

Json = Mapping[str, Any]
Names = Mapping[str, str]

#: of what describes a record; what is written down in words is never cut
_MAX_TEXT = 4_000

_MEETING_FILES = ("invitation", "resultsProtocol", "verbatimProtocol", "auxiliaryFile")
_AGENDA_FILES = ("resolutionFile", "auxiliaryFile")
_PAPER_FILES = ("mainFile", "auxiliaryFile")
_GERMAN = {
    "invitation": "Einladung",
    "resultsProtocol": "Ergebnisprotokoll",
    "verbatimProtocol": "Wortprotokoll",
    "resolutionFile": "Beschluss",
    "mainFile": "Hauptdokument",
    "auxiliaryFile": "Anlage",
}


@dataclass(frozen=True)
class Attached:
    """A file with its place: the paper or meeting it belongs to, and as what."""

    file: Json
    role: str


def identifier(thing: Any) -> str | None:
    """Return the id of an object, or of a reference to one; None where there is none that could be used."""
    said = thing.get("id") if isinstance(thing, Mapping) else thing
    if not isinstance(said, str) or not said.isprintable() or not said or any(c.isspace() for c in said):
        return None
    return said


def path_of(parent: str, file: str | None = None) -> str:
    """Return what a paper or meeting, or one of its files, is called in the ledger."""
    return " ".join(part.replace(MEMBER, "!%2F") for part in (parent, file) if part is not None)


def deleted(thing: Json) -> bool:
    """Say whether the source calls an object deleted."""
    return thing.get("deleted") is True


def files_of_paper(paper: Json) -> Iterator[Attached]:
    """Yield the files of a paper, each once."""
    yield from _once(_attached(paper, _PAPER_FILES))


def files_of_meeting(meeting: Json) -> Iterator[Attached]:
    """Yield the files of a meeting and of the public items of its agenda, each once."""
    found = list(_attached(meeting, _MEETING_FILES))
    for item in agenda_of(meeting):
        found += _attached(item, _AGENDA_FILES)
    yield from _once(found)


def agenda_of(meeting: Json) -> Iterator[Json]:
    """Yield the items of an agenda that are public and there."""
    for item in _objects(meeting.get("agendaItem")):
        # SECURITY: what a council treats behind closed doors is nobody's to find, even where a server shows it.
        if item.get("public") is not False and not deleted(item):
            yield item


def about_paper(paper: Json, names: Names) -> Metadata:
    """Return what is said of a paper."""
    return Metadata(
        title=_text(paper.get("name")) or _text(paper.get("reference")) or "Vorlage",
        source_id=identifier(paper),
        file_reference=_text(paper.get("reference")),
        document_type=_text(paper.get("paperType")) or "Vorlage",
        date=_date(paper.get("date")) or _date(paper.get("created")),
        department=_names(paper.get("underDirectionOf"), names),
        fields=_fields(council_kind="paper", web=_text(paper.get("web"))),
    )


def about_meeting(meeting: Json, names: Names) -> Metadata:
    """Return what is said of a meeting."""
    return Metadata(
        title=_text(meeting.get("name")) or "Sitzung",
        source_id=identifier(meeting),
        document_type="Sitzung",
        date=_date(meeting.get("start")),
        fields=_fields(
            council_kind="meeting",
            committee=_names(meeting.get("organization"), names),
            web=_text(meeting.get("web")),
        ),
    )


def about_file(attached: Attached, parent: Metadata) -> Metadata:
    """Return what is said of a file: where it belongs is that of its paper or meeting."""
    file = attached.file
    name = _text(file.get("name")) or _GERMAN[attached.role]
    return Metadata(
        title=f"{parent.title}: {name}",
        source_id=identifier(file),
        file_reference=parent.file_reference,
        document_type=parent.document_type if attached.role in _PAPER_FILES else _GERMAN[attached.role],
        date=_date(file.get("date")) or parent.date,
        department=parent.department,
        fields=_fields(
            council_kind="file",
            belongs_to=parent.source_id,
            committee=parent.fields.get("committee"),
            license=_text(file.get("fileLicense")) or _text(file.get("license")),
        ),
    )


def words_of_paper(paper: Json, names: Names) -> str:
    """Write down a paper as text."""
    about = about_paper(paper, names)
    lines = [
        f"{about.document_type} {about.file_reference or ''}".rstrip(),
        about.title,
        _line("Datum", about.date.strftime("%d.%m.%Y") if about.date else None),
        _line("Federführend", about.department),
        _line("Einreichende", _names(paper.get("originatorOrganization"), names)),
    ]
    for consultation in _objects(paper.get("consultation")):
        if not deleted(consultation):
            role = _text(consultation.get("role")) or "Beratung"
            lines.append(_line(role, _names(consultation.get("organization"), names) or "ohne Gremium"))
    lines += [_line(_GERMAN[one.role], _text(one.file.get("name"))) for one in files_of_paper(paper)]
    return "\n".join(line for line in lines if line)


def words_of_meeting(meeting: Json, names: Names) -> str:
    """Write down a meeting with its public agenda as text."""
    about = about_meeting(meeting, names)
    location = meeting.get("location")
    where = _text(location.get("description")) if isinstance(location, Mapping) else None
    lines = [
        about.title,
        _line("Gremium", about.fields.get("committee")),
        _line("Datum", about.date.strftime("%d.%m.%Y") if about.date else None),
        _line("Ort", where),
        "abgesagt" if meeting.get("cancelled") is True else "",
    ]
    for item in agenda_of(meeting):
        number = _text(item.get("number"))
        lines.append(f"TOP {number}: {_text(item.get('name')) or ''}" if number else _text(item.get("name")) or "")
        lines.append(_line("Ergebnis", _text(item.get("result"), None)))
        lines.append(_line("Beschluss", _text(item.get("resolutionText"), None)))
    return "\n".join(line for line in lines if line)


def name_of_file(file: Json) -> str:
    """Return the name of a file, made of its address where it has none."""
    name = _text(file.get("fileName"))
    if name is None:
        try:
            place = urlsplit(address_of(file) or "").path
        except ValueError:
            place = ""
        name = _text(unquote(place).rpartition("/")[2]) or ""
    return name.replace("/", "_")[:200] or "datei"


def address_of(file: Json) -> str | None:
    """Return where the content of a file can be had."""
    return _text(file.get("downloadUrl")) or _text(file.get("accessUrl"))


def fingerprint_of(*said: Any) -> str:
    """Return what differs whenever something of this differs."""
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def tells_changes(file: Json) -> bool:
    """Say whether a changed content shows in the object."""
    return any(file.get(name) for name in ("modified", "sha1Checksum", "sha512Checksum", "text"))


def moment_of(thing: Json) -> dt.datetime | None:
    """Return when an object was modified, by the clock of its source."""
    try:
        found = dt.datetime.fromisoformat(str(thing.get("modified")))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def _attached(thing: Json, roles: Sequence[str]) -> Iterator[Attached]:
    for role in roles:
        for file in _objects(thing.get(role)):
            if identifier(file) is not None and not deleted(file):
                yield Attached(file, role)


def _once(found: Iterator[Attached] | list[Attached]) -> Iterator[Attached]:
    told: set[str] = set()
    for attached in found:
        name = identifier(attached.file) or ""
        if name not in told:
            told.add(name)
            yield attached


def _objects(value: Any) -> list[Json]:
    """Return the objects in a field that holds one, several or none; what is only named by its id stays an id."""
    several = value if isinstance(value, list) else [value]
    return [{"id": one} if isinstance(one, str) else one for one in several if isinstance(one, Mapping | str)]


def _text(value: Any, most: int | None = _MAX_TEXT) -> str | None:
    if not isinstance(value, str):
        return None
    # what no store takes: halves of characters, and signs that nobody can see
    known = value.encode("utf-8", "replace").decode("utf-8")
    text = " ".join("".join(c if c.isprintable() else " " for c in known).split())[:most]
    return text or None


def _date(value: Any) -> dt.date | None:
    try:
        return dt.datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None


def _names(value: Any, names: Names) -> str | None:
    found = [names.get(name) for one in _objects(value) if (name := identifier(one)) is not None]
    return ", ".join(dict.fromkeys(name for name in found if name)) or None


def _fields(**values: str | None) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _line(label: str, value: str | None) -> str:
    return f"{label}: {value}" if value else ""
