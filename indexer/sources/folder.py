"""A folder, or a mounted share, as a source: lists its files and opens them as whoever asked for it. Never leaves it.

A link to a file inside the folder is read as that file; a link to a folder inside is passed over, since what it shows
is there already; a link that leads outside is named and never followed. Hidden files count; what programs leave behind
(`.DS_Store`, `Thumbs.db`, `desktop.ini`, lock files `~$…` and `.~lock.…`), sidecars, rights files and `MANIFEST.jsonl`
do not. A file that changed a moment ago may still be written: it waits until it looks the same twice.
"""

# ruff: noqa: PTH110, PTH112, PTH116, PTH118, PTH120, PTH122
# os, not pathlib: a path for each of many thousand entries of a scan would cost more than the scan

from __future__ import annotations

import contextlib
import datetime as dt
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import field_validator

from indexer.sidecar import SidecarError, named_tenant, parse
from indexer.sources.disk import open_file, read_small
from indexer.sources.folder_rights import RIGHTS_FILE, Rights, rights_in
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
from indexer.sources.settings import Duration, SourceSettings, Surroundings
from records.ledger_tables import AccessSource
from records.ledger_values import Fault
from records.reasons import Reason

_SIDECAR = ".meta.json"
_NO_FILES = frozenset({"MANIFEST.jsonl", RIGHTS_FILE, ".DS_Store", "Thumbs.db", "desktop.ini"})
_LOCKS = ("~$", ".~lock.")

Caller = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class Patience:
    """How files that are still being written are waited for, in seconds."""

    #: a file that was changed less than this long ago may still be written
    settle: float = 10.0
    #: how long a listing waits at its end for such files; what is then still being written waits for the next run
    wait: float = 0.0


@dataclass(frozen=True, kw_only=True)
class FolderItem(Item):
    """A file of the folder, or what stood in the way of one. `path` is relative, with `/`, always valid text."""

    place: str
    tenant: str = ""
    sidecar: str | None = None
    #: what the folders above say about who may read
    rights: Rights | None = None
    caller: Caller = field(default=contextlib.nullcontext, compare=False, repr=False)
    #: when its content or its name changed last, by the clock of the disk
    touched_at: float = 0.0

    def describe(self) -> Description:
        """Say what sidecar and folder say; without either nobody but the records managers may read."""
        if self.rights is not None and self.rights.fault is not None:
            # SECURITY: rights that cannot be understood open nothing, not even by a sidecar that could be read.
            raise ItemError(self.rights.fault)
        if self.sidecar is None:
            content, origin = b"{}", AccessSource.DEFAULT if self.rights is None else AccessSource.SOURCE
        else:
            with self.caller():
                content, origin = read_small(self.sidecar), AccessSource.SIDECAR
        try:
            metadata, access = parse(content, tenant=self.tenant, above=self.rights.stated if self.rights else {})
        except SidecarError as error:
            raise ItemError(error.fault) from error
        return Description(metadata, access, origin)

    def open(self) -> BinaryIO:
        """Open the file as the caller."""
        with self.caller():
            return open_file(self.place)

    def named_tenant(self) -> str | None:
        """Return the tenant that the sidecar names."""
        if self.sidecar is None:
            return None
        try:
            with self.caller():
                return named_tenant(read_small(self.sidecar))
        except (OSError, SidecarError):
            return None


class FolderSettings(SourceSettings):
    """A folder or mounted share; the worker's user has to be able to read it."""

    kind: Literal["folder"] = "folder"
    path: Path
    #: a file that was changed less than this long ago is looked at again so much later, in the same run; one that is
    #: then still being written waits for the next run
    settle: Duration = dt.timedelta(seconds=10)

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        if not value.is_absolute():
            raise ValueError("give the whole path, beginning with /")
        return value

    @property
    def location(self) -> str:
        """The real place: what `aktensuche import` of the same folder calls it, too."""
        return location_of(self.path)

    def connect(self, surroundings: Surroundings) -> FolderSource:
        """Make the connector; the folder need not be there now."""
        # the next run may be a day away: what somebody has just put down must not stay unfound for so long
        seconds = self.settle.total_seconds()
        patience = Patience(settle=seconds, wait=seconds)
        return FolderSource(self.path, tenant=self.tenant, caller=surroundings.caller, patience=patience)


def location_of(folder: Path) -> str:
    """Return how a folder is called in the ledger: its real place."""
    return os.fsencode(os.path.realpath(folder)).decode("utf-8", "backslashreplace")


class FolderSource:
    """One folder for one tenant."""

    def __init__(
        self,
        folder: Path,
        *,
        tenant: str,
        caller: Caller = contextlib.nullcontext,
        patience: Patience | None = None,
        listed: Sequence[FolderItem] | None = None,
    ) -> None:
        self._folder, self._tenant, self._caller = folder, tenant, caller
        self._patience, self._listed = patience or Patience(), listed

    def listing(self, checkpoint: Checkpoint | None) -> Iterator[Step]:  # noqa: ARG002
        """Tell every file; a folder is scanned faster than anybody could tell what changed in it."""
        listed = self._listed
        if listed is None:
            try:
                with self._caller():
                    listed = list(walk(self._folder))
            except OSError as error:
                raise SourceUnavailableError(f"{self._folder} cannot be listed: {error.strerror}") from error
        yield PassBegins()
        listed = [replace(item, tenant=self._tenant, caller=self._caller) for item in listed]
        late = [item for item in listed if self._may_be_written(item, time.time())]
        waiting = {item.path for item in late}
        yield from (item for item in listed if item.path not in waiting)
        yield from self._settled(late)
        yield PassEnds()

    def is_gone(self, path: str) -> bool:
        """Look whether there is no longer a file in this place."""
        if self._listed is not None or "\\" in path:
            return True  # whoever listed it has looked; and a name that is no text cannot be looked up
        with self._caller():
            here = os.path.join(os.path.realpath(self._folder), path)
            above, name = os.path.split(here)
            # a link to a folder shows what is listed elsewhere
            moved_on = os.path.realpath(above) != above or os.path.isdir(here) or _passed_over(name)
            return moved_on or not os.path.lexists(here)

    def close(self) -> None:
        """Hold nothing."""

    def _may_be_written(self, item: FolderItem, now: float) -> bool:
        return item.fault is None and abs(now - item.touched_at) < self._patience.settle

    def _settled(self, late: Sequence[FolderItem]) -> Iterator[FolderItem]:
        """Yield files when they look the same twice; at the end of the patience, as unsettled."""
        ends = time.monotonic() + self._patience.wait
        while late and time.monotonic() < ends:
            time.sleep(min(self._patience.settle, max(0.0, ends - time.monotonic())))
            changing: list[FolderItem] = []
            for item in late:
                with self._caller():
                    now = _looked_at_again(item)
                if now == item:
                    yield item
                elif now is not None:
                    changing.append(now)
            late = changing
        for item in late:
            yield replace(item, unsettled=True)


def walk(folder: Path) -> Iterator[FolderItem]:
    """Yield the files of a folder, sorted within each folder; OSError only if the folder itself is unreadable."""
    root = os.path.realpath(folder)
    waiting: list[tuple[str, str, Rights | None]] = [(root, "", None)]
    while waiting:
        here, prefix, inherited = waiting.pop()
        try:
            with os.scandir(here) as scan:
                found = sorted(scan, key=lambda e: e.name)
        except OSError as error:
            if not prefix:
                raise
            yield _faulty(here, prefix.rstrip("/"), fault_of(error), closed=True)
            continue
        names = {e.name for e in found}
        mine = rights_in(here, inherited) if RIGHTS_FILE in names else inherited
        folders: list[tuple[str, str, Rights | None]] = []
        for entry in found:
            relative = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, relative + "/", mine))
            elif not _passed_over(entry.name):
                listed = _listed(root, entry, relative, names, mine)
                if listed is not None:
                    yield listed
        waiting += reversed(folders)


def _passed_over(name: str) -> bool:
    return name in _NO_FILES or name.endswith(_SIDECAR) or name.startswith(_LOCKS)


def _listed(
    root: str, entry: os.DirEntry[str], relative: str, names: set[str], rights: Rights | None
) -> FolderItem | None:
    place = entry.path
    if entry.is_symlink():
        place = os.path.realpath(place)
        # SECURITY: a link must not bring in what lies outside of the folder that was asked for.
        inside = place == root or place.startswith(root.rstrip("/") + "/")
        if not inside or not os.path.exists(place):
            return _faulty(place, relative, Fault(Reason.LINK_LEAVES))
        if os.path.isdir(place):
            return None
    try:
        about = os.stat(place, follow_symlinks=False)
        if not stat.S_ISREG(about.st_mode):
            return _faulty(place, relative, Fault(Reason.NO_FILE))
        sidecar = _sidecar_of(entry, names)
        fingerprint = _print_of(about)
        if sidecar is not None:
            fingerprint += "|" + _print_of(os.stat(sidecar, follow_symlinks=False))
        if rights is not None:
            fingerprint += "|" + rights.fingerprint
    except OSError as error:
        return _faulty(place, relative, fault_of(error))
    return FolderItem(
        path=_as_text(relative),
        file_name=_as_text(entry.name),
        place=place,
        fingerprint=fingerprint,
        # a link has no place of its own that could be told from that of its file
        identity=None if entry.is_symlink() else f"{about.st_ino}:{about.st_mtime_ns}",
        size=about.st_size,
        modified_at=about.st_mtime,
        sidecar=sidecar,
        rights=rights,
        touched_at=max(about.st_mtime, about.st_ctime),
    )


def _looked_at_again(item: FolderItem) -> FolderItem | None:
    """Return the item as it is now; None if it has gone."""
    try:
        about = os.stat(item.place, follow_symlinks=False)
    except OSError:
        return None
    if _print_of(about) == (item.fingerprint or "").partition("|")[0]:
        return item
    _, bar, rest = (item.fingerprint or "").partition("|")
    return replace(
        item,
        fingerprint=_print_of(about) + bar + rest,
        size=about.st_size,
        modified_at=about.st_mtime,
        touched_at=max(about.st_mtime, about.st_ctime),
    )


def _sidecar_of(entry: os.DirEntry[str], names: set[str]) -> str | None:
    folder = os.path.dirname(entry.path)
    for stem in (entry.name, os.path.splitext(entry.name)[0]):
        if stem + _SIDECAR in names:
            return os.path.join(folder, stem + _SIDECAR)
    return None


def _print_of(about: os.stat_result) -> str:
    return f"{about.st_size}:{about.st_mtime_ns}:{about.st_ctime_ns}:{about.st_ino}"


def _faulty(place: str, relative: str, fault: Fault, *, closed: bool = False) -> FolderItem:
    path = _as_text(relative)
    return FolderItem(path=path, file_name=path.rpartition("/")[2], place=place, fault=fault, closed=closed)


def _as_text(name: str) -> str:
    """Return a name as text that any store takes; different names stay different.

    "!/" is kept for members of archives: a folder called `a.zip!` must not pass for what lies in `a.zip`.
    """
    name = name.replace("\\", "\\\\").replace("!/", "\\x21/")
    return os.fsencode(name).decode("utf-8", "backslashreplace")
