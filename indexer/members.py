"""What archives and mails hold: their members, opened under limits. Names of members are only names, never paths."""

from __future__ import annotations

import email
import email.policy
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from lxml import html

from indexer.extraction import Extraction
from indexer.passages import tidy
from indexer.settings import LimitSettings
from indexer.tika import UnreadableError
from records.ledger_values import MEMBER, Fault
from records.reasons import Reason
from records.record import Page, TextState

#: between the path of an archive and the name of its member
SEPARATOR = MEMBER

#: what a damaged or unusual member makes the standard library say
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, NotImplementedError, ValueError)
_MAX_NAME = 1_000
_HEAD = 4096
_RATIO_COUNTS_FROM = 10_000_000
_ENCRYPTED_FLAG = 0x1
_UTF8_FLAG = 0x800
_OFFICE_PARTS = frozenset({"[Content_Types].xml", "mimetype", "META-INF/manifest.xml", "META-INF/MANIFEST.MF"})
_MAIL_BEGINS = (
    *(b"received:", b"from:", b"return-path:", b"mime-version:", b"message-id:", b"delivered-to:"),
    *(b"subject:", b"date:", b"to:", b"reply-to:", b"x-", b"dkim-signature:", b"content-type:"),
)
_MAIL_NEEDS = (b"\nfrom:", b"\nto:", b"\nsubject:", b"\ndate:", b"\nmessage-id:", b"\nmime-version:", b"\nreceived:")


@dataclass(frozen=True)
class Member:
    """One file inside another."""

    name: str
    content: bytes
    #: why it could not be unpacked
    fault: Fault | None = None


def is_archive(path: Path) -> bool:
    """Say whether this content is a ZIP archive of files, not a document that happens to be one."""
    with path.open("rb") as content:
        if content.read(2) != b"PK" or not zipfile.is_zipfile(content):
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            return not _OFFICE_PARTS & set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def is_mail(path: Path) -> bool:
    """Say whether this content is an internet mail."""
    with path.open("rb") as content:
        head = content.read(_HEAD).lower().replace(b"\r", b"")
    if not head.startswith(_MAIL_BEGINS):
        return False
    return sum(sign in b"\n" + head for sign in _MAIL_NEEDS) >= 2  # noqa: PLR2004  two headers of a mail, not one word


def read_archive(path: Path, limits: LimitSettings) -> tuple[Extraction, Iterator[Member]]:
    """Return the list of an archive as its text, and its members; UnreadableError for bombs and locked ones."""
    archive, infos = _opened(path, limits)
    names = [tidy(_name(i)) for i in infos]
    state = TextState.FULL if any(names) else TextState.NONE
    listing = Extraction("application/zip", (Page(1, "\n".join(names)),), state)
    return listing, _unpack(archive, infos, limits)


def read_unpacked(path: Path, limits: LimitSettings) -> Iterator[Member]:
    """Return what Tika took out of a file and packed for us; UnreadableError for bombs."""
    if path.stat().st_size == 0:
        return iter(())
    return _unpack(*_opened(path, limits), limits)


def _opened(path: Path, limits: LimitSettings) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UnreadableError(Fault(Reason.DAMAGED)) from error
    infos = [i for i in archive.infolist() if not i.is_dir()]
    packed, total = path.stat().st_size, sum(i.file_size for i in infos)
    # SECURITY: refused by what it declares, and again below by what really comes out.
    too_dense = total > _RATIO_COUNTS_FROM and total > limits.archive_ratio * packed
    if len(infos) > limits.archive_members or total > limits.archive_bytes or too_dense:
        archive.close()
        raise UnreadableError(Fault(Reason.ARCHIVE_BOMB, f"{len(infos)} Dateien, {total} Byte"))
    if any(i.flag_bits & _ENCRYPTED_FLAG for i in infos):
        archive.close()
        raise UnreadableError(Fault(Reason.ENCRYPTED))
    return archive, infos


def _unpack(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], limits: LimitSettings) -> Iterator[Member]:
    left = limits.archive_bytes
    with archive:
        for info in infos:
            fault = None
            try:
                with archive.open(info) as member:
                    content = member.read(left + 1)
            except _DAMAGE as error:
                content, fault = b"", Fault(Reason.DAMAGED, type(error).__name__)
            left -= len(content)
            if left < 0:
                raise UnreadableError(Fault(Reason.ARCHIVE_BOMB, _name(info)[:200]))
            yield Member(_name(info), content, fault)


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    # zipfile took the bytes for code page 437; German archives hold UTF-8 without saying so, or code page 850
    raw = info.filename.encode("cp437", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp850")


def read_mail(path: Path, limits: LimitSettings) -> tuple[Extraction, Iterator[Member]]:
    """Return head and text of a mail, and its attachments."""
    with path.open("rb") as content:
        message = email.message_from_binary_file(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # what the default policy makes
    head = [f"{label}: {_header(message, name)}" for label, name in _SHOWN if _header(message, name)]
    attachments = list(_attachments(message))
    if len(attachments) > limits.archive_members:
        raise UnreadableError(Fault(Reason.ARCHIVE_BOMB, f"{len(attachments)} Anlagen"))
    head += [f"Anlage: {member.name}" for member in attachments]
    text = tidy("\n".join(head) + "\n\n" + _body(message))
    try:
        created = parsedate_to_datetime(_header(message, "date")).date()
    except (ValueError, TypeError):
        created = None
    return (
        Extraction(
            media_type="message/rfc822",
            pages=(Page(1, text),),
            text_state=TextState.FULL if text else TextState.NONE,
            title=_header(message, "subject") or None,
            created=created,
        ),
        iter(attachments),
    )


_SHOWN = (("Von", "from"), ("An", "to"), ("Kopie", "cc"), ("Datum", "date"), ("Betreff", "subject"))


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, TypeError, IndexError, AttributeError):
        return ""  # the parser of the standard library stumbles over some broken headers


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        text = part.get_content()
    except (LookupError, ValueError, KeyError):
        raw = part.get_payload(decode=True)
        text = raw.decode("windows-1252", "replace") if isinstance(raw, bytes) else ""
    if not isinstance(text, str) or not text.strip():
        return ""
    if part.get_content_type() != "text/html":
        return text
    return "\n".join(t for e in html.document_fromstring(text).iter("body") for t in e.itertext() if isinstance(t, str))


def _attachments(message: EmailMessage) -> Iterator[Member]:
    body = message.get_body(preferencelist=("plain", "html"))
    for number, part in enumerate(message.walk()):
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            continue
        if part is body or part is message or (part.get_content_maintype() == "text" and not part.get_filename()):
            continue
        name = " ".join(str(part.get_filename() or f"anlage-{number}").split())
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, EmailMessage):
                yield Member(name if name.endswith(".eml") else f"{name}.eml", inner.as_bytes())
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield Member(name, payload)


def unique_names(members: Iterator[Member]) -> Iterator[tuple[str, Member]]:
    """Yield members under names that differ, that any store takes, and that no member of a member can have."""
    seen: set[str] = set()
    for member in members:
        # a name out of a broken mail may hold halves of characters, and a name in an archive 65,535 bytes
        plain = member.name.replace("\x00", "").encode("utf-8", "replace").decode()
        plain = plain.replace(SEPARATOR, "! /")
        stem, dot, ending = plain.rpartition(".")
        if len(plain) > _MAX_NAME:
            plain = f"{stem[: _MAX_NAME - 20]}…{dot}{ending[:10]}"
        plain = plain or "ohne Namen"
        name, number = plain, 1
        while name in seen:
            number += 1
            name = f"{plain} ({number})"
        seen.add(name)
        yield name, member
