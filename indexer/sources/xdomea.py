"""A folder of XDOMEA packages as a source: documents handed over by 0401 and 0503, with the file plan of 0301.

A package is a ZIP with one message and the files it names. A document that several messages bring is what the latest
says. What a message says of a file is a name and nothing more: it is looked for in its own package, and no file of
the disk is ever made by it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Literal, cast

from pydantic import Field, field_validator

from indexer.sources.disk import open_file
from indexer.sources.protocol import (
    Checkpoint,
    Description,
    Item,
    ItemError,
    PassBegins,
    PassEnds,
    SourceUnavailableError,
    Step,
    fault_of,
)
from indexer.sources.settings import SourceSettings, Surroundings
from indexer.sources.xdomea_message import CONFIDENTIAL, OPEN, Message, MessageError, Part, parse
from records.access import Confidentiality, ReadAccess, Reader
from records.errors import InvalidInputError
from records.ledger_values import Fault, metadata_to_json
from records.reasons import Reason

_log = logging.getLogger(__name__)

#: `<uuid>_Aussonderung.Aussonderung.0503.xml` up to 3.1, `<uuid>_0503_1.xml` since 4.0
_MESSAGE = re.compile(r"[^/\\]+[._]0(?:301|401|503)(?:_\d+)?\.xml", re.IGNORECASE)
_MAX_MESSAGE = 100_000_000
_MAX_MEMBERS = 200_000
_IN_MEMORY = 1_000_000
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class XdomeaSettings(SourceSettings):
    """A folder that packages are put into."""

    kind: Literal["xdomea"] = "xdomea"
    path: Path
    #: groups that read whatever comes from here; without, only records managers
    readers: tuple[str, ...] = ()
    #: groups by the office in charge (Federführung, Aktenführung), as messages name it
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    #: whether "Vertraulich" (005) is taken in as confidential; else it waits for a person in quarantine
    takes_confidential: bool = False

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        if not value.is_absolute():
            raise ValueError("give the whole path, beginning with /")
        return value

    @property
    def location(self) -> str:
        """The folder."""
        return str(self.path)

    def readers_of(self, part: Part) -> frozenset[Reader]:
        """Return who reads a document; ValueError where a name is none."""
        names = [*self.readers, *(name for unit in part.units for name in self.groups.get(unit, ()))]
        try:
            return frozenset(Reader.parse(name, own_tenant=self.tenant) for name in names)
        except InvalidInputError as error:
            raise ValueError(str(error)) from error

    def connect(self, surroundings: Surroundings) -> XdomeaSource:
        """Make the connector; ValueError where a group's name is none."""
        for name in (*self.readers, *(n for names in self.groups.values() for n in names)):
            try:
                Reader.parse(name, own_tenant=self.tenant)
            except InvalidInputError as error:
                raise ValueError(f"{name[:60]!r} is no group of {self.tenant}") from error
        return XdomeaSource(self, surroundings)


@dataclass(frozen=True, kw_only=True)
class DocumentItem(Item):
    """One file of a document."""

    part: Part
    package: Path
    settings: XdomeaSettings
    surroundings: Surroundings = field(compare=False, repr=False)

    def describe(self) -> Description:
        """Say what the message says; ItemError for what must not be taken in."""
        level = self.part.confidentiality
        # SECURITY: 001, 002 and 004 are classified material; 005 is used loosely, so a person decides.
        if level not in {None, OPEN, CONFIDENTIAL}:
            raise ItemError(Fault(Reason.CLASSIFIED, f"Vertraulichkeitsstufe {level}"))
        if level == CONFIDENTIAL and not self.settings.takes_confidential:
            raise ItemError(Fault(Reason.UNDECIDED, f"Vertraulichkeitsstufe {level}"))
        confidentiality = Confidentiality.CONFIDENTIAL if level == CONFIDENTIAL else Confidentiality.OPEN
        access = ReadAccess(self.settings.tenant, self.settings.readers_of(self.part), confidentiality=confidentiality)
        return Description(self.part.metadata, access)

    def open(self) -> BinaryIO:
        """Open the file out of its package, checked against what the message says of it."""
        if self.part.file_name is None:
            raise ItemError(Fault(Reason.PACKAGE, "Dateiname ohne führende UUID"))
        with contextlib.ExitStack() as opening:
            content = opening.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))
            digest = hashlib.sha256()
            try:
                with self._opened() as archive, archive.open(self.part.file_name) as member:
                    while chunk := member.read(1 << 20):
                        digest.update(chunk)
                        content.write(chunk)
            except KeyError as error:
                raise ItemError(Fault(Reason.PACKAGE, f"{self.part.file_name} fehlt im Paket")) from error
            except _DAMAGE as error:
                raise ItemError(Fault(Reason.DAMAGED, type(error).__name__)) from error
            if self.part.sha256 is not None and self.part.sha256 != digest.hexdigest():
                raise ItemError(Fault(Reason.DAMAGED, "die Prüfsumme der Nachricht stimmt nicht"))
            content.seek(0)
            opening.pop_all()
        return cast("BinaryIO", content)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        with self.surroundings.caller():
            file = open_file(str(self.package))
        with file, zipfile.ZipFile(file) as archive:
            yield archive


@dataclass(frozen=True, kw_only=True)
class PackageItem(Item):
    """A package that cannot be understood; it is named and nothing else."""

    def describe(self) -> Description:
        """Say nothing; never asked, because of the fault."""
        raise ItemError(self.fault or Fault(Reason.PACKAGE))

    def open(self) -> BinaryIO:
        """Open nothing."""
        raise ItemError(self.fault or Fault(Reason.PACKAGE))


@dataclass(frozen=True)
class _Package:
    place: Path
    stamp: str
    message: Message
    members: dict[str, zipfile.ZipInfo]


class XdomeaSource:
    """One folder of packages for one tenant."""

    def __init__(self, settings: XdomeaSettings, surroundings: Surroundings) -> None:
        self._settings, self._surroundings = settings, surroundings
        self._again: frozenset[str] | None = None

    def listing(self, checkpoint: Checkpoint | None) -> Iterator[Step]:  # noqa: ARG002
        """Tell every document of every package, as the latest message has it."""
        packages, broken = self._read()
        yield PassBegins()
        yield from broken
        yield from self._items(packages)
        if broken:
            names = ", ".join(item.file_name for item in broken[:5])
            raise SourceUnavailableError(f"{names}: cannot be read, so nothing is taken for removed")
        yield PassEnds()

    def is_gone(self, path: str) -> bool:
        """Read all packages once more, once in a run."""
        if self._again is None:
            packages, broken = self._read()
            if broken:
                raise SourceUnavailableError(f"{broken[0].file_name} cannot be read")
            self._again = frozenset(item.path for item in self._items(packages))
        return path not in self._again

    def close(self) -> None:
        """Hold nothing."""

    def _read(self) -> tuple[list[_Package], list[PackageItem]]:
        packages: list[_Package] = []
        broken: list[PackageItem] = []
        try:
            with self._surroundings.caller():
                places = sorted(p for p in self._settings.path.iterdir() if p.suffix.lower() == ".zip")
        except OSError as error:
            raise SourceUnavailableError(f"{self._settings.path} cannot be listed: {error.strerror}") from error
        for place in places:
            try:
                packages.append(self._package(place))
            except MessageError as error:
                broken.append(_broken(place, Fault(Reason.PACKAGE, str(error))))
            except _DAMAGE as error:
                broken.append(_broken(place, Fault(Reason.DAMAGED, type(error).__name__)))
            except OSError as error:
                broken.append(_broken(place, fault_of(error)))
        # the latest message wins: it is told last of all that name a document
        packages.sort(key=lambda p: (p.message.written, p.place.name))
        return packages, broken

    def _package(self, place: Path) -> _Package:
        with self._surroundings.caller():
            file = open_file(str(place))
            stamp = f"{place.stat().st_size}:{place.stat().st_mtime_ns}"
        with file, zipfile.ZipFile(file) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if len(members) > _MAX_MEMBERS:
                raise MessageError(f"Das Paket enthält mehr als {_MAX_MEMBERS} Dateien.")
            named = [info for name, info in members.items() if _MESSAGE.fullmatch(name)]
            if len(named) != 1:
                raise MessageError(f"Das Paket enthält {len(named)} Nachrichten 0301, 0401 oder 0503 statt einer.")
            with archive.open(named[0]) as member:
                content = member.read(_MAX_MESSAGE + 1)
        if len(content) > _MAX_MESSAGE:
            raise MessageError("Die Nachricht ist zu groß.")
        return _Package(place, stamp, parse(content), members)

    def _items(self, packages: list[_Package]) -> Iterator[DocumentItem]:
        plan = {number: title for package in packages for number, title in package.message.file_plan.items()}
        latest: dict[str, DocumentItem] = {}
        for package in packages:
            if package.message.without_file:
                _log.info("%s: %d documents without a file", package.place.name, package.message.without_file)
            for number, part in enumerate(package.message.parts):
                path = part.identity or f"{package.place.name}/{number + 1}"
                latest[path] = self._item(path, package, _with_plan(part, plan))
        yield from latest.values()

    def _item(self, path: str, package: _Package, part: Part) -> DocumentItem:
        info = package.members.get(part.file_name or "")
        said = json.dumps(
            [
                metadata_to_json(part.metadata),
                sorted(str(r) for r in self._settings.readers_of(part)),
                [part.confidentiality, self._settings.takes_confidential, part.file_name],
                [package.place.name, package.stamp, info.CRC if info else None],
            ],
            sort_keys=True,
        )
        return DocumentItem(
            path=path.replace("!/", "_/"),
            file_name=part.original_name or part.file_name or path,
            fingerprint=hashlib.sha256(said.encode("utf-8", "replace")).hexdigest(),
            size=info.file_size if info else None,
            part=part,
            package=package.place,
            settings=self._settings,
            surroundings=self._surroundings,
        )


def _with_plan(part: Part, plan: dict[str, str]) -> Part:
    """Give a document the title of its place in the file plan, if another message told it."""
    title = plan.get(part.metadata.file_plan or "")
    if title is None or "file_plan_title" in part.metadata.fields:
        return part
    fields = part.metadata.fields | {"file_plan_title": title}
    return replace(part, metadata=replace(part.metadata, fields=fields))


def _broken(place: Path, fault: Fault) -> PackageItem:
    name = place.name.encode("utf-8", "backslashreplace").decode()
    return PackageItem(path=name.replace("!/", "_/"), file_name=name, fault=fault)
