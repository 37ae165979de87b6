"""A folder as a source: lists its files and opens them, always as whoever asked for it. Never leaves the folder.

A link to a file inside the folder is read as that file; a link to a folder inside is passed over, since what it shows
is there already; a link that leads outside is named and never followed. Hidden files count; what programs leave behind
(`.DS_Store`, `Thumbs.db`, `desktop.ini`, lock files `~$…` and `.~lock.…`), sidecars and `MANIFEST.jsonl` do not.
"""

# ruff: noqa: PTH110, PTH112, PTH116, PTH118, PTH120, PTH122
# os, not pathlib: a path for each of many thousand entries of a scan would cost more than the scan

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from records.ledger_values import Fault
from records.reasons import Reason

_SIDECAR = ".meta.json"
_NO_FILES = frozenset({"MANIFEST.jsonl", ".DS_Store", "Thumbs.db", "desktop.ini"})
_LOCKS = ("~$", ".~lock.")
_MAX_SIDECAR = 1_000_000


@dataclass(frozen=True)
class Listed:
    """A file of the folder, or what stood in the way of one. `path` is relative, with `/`, always valid text."""

    path: str
    file_name: str
    place: str
    fingerprint: str | None = None
    size: int = 0
    modified_at: float = 0.0
    sidecar: str | None = None
    fault: Fault | None = None
    #: a folder that could not be listed: nothing is known of what lies in it
    is_folder: bool = False


def walk(folder: Path) -> Iterator[Listed]:
    """Yield the files of a folder, sorted within each folder; OSError only if the folder itself is unreadable."""
    root = os.path.realpath(folder)
    waiting = [(root, "")]
    while waiting:
        here, prefix = waiting.pop()
        try:
            with os.scandir(here) as scan:
                found = sorted(scan, key=lambda e: e.name)
        except OSError as error:
            if not prefix:
                raise
            yield _faulty(here, prefix.rstrip("/"), fault_of(error), is_folder=True)
            continue
        names = {e.name for e in found}
        folders: list[tuple[str, str]] = []
        for entry in found:
            relative = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, relative + "/"))
            elif not _passed_over(entry.name):
                listed = _listed(root, entry, relative, names)
                if listed is not None:
                    yield listed
        waiting += reversed(folders)


def open_file(place: str) -> BinaryIO:
    """Open a listed file for reading; OSError if it became something else meanwhile."""
    # SECURITY: no link is followed here, and a pipe does not make us wait.
    handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileNotFoundError(place)
    return os.fdopen(handle, "rb")


def read_sidecar(place: str) -> bytes:
    """Return the content of a sidecar; OSError if it cannot be read."""
    with open_file(place) as content:
        return content.read(_MAX_SIDECAR)


def fault_of(error: OSError) -> Fault:
    """Return the reason for quarantine that an error of the disk amounts to."""
    if isinstance(error, PermissionError):
        return Fault(Reason.NO_PERMISSION)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Fault(Reason.VANISHED)
    return Fault(Reason.UNREADABLE, error.strerror or "")


def _passed_over(name: str) -> bool:
    return name in _NO_FILES or name.endswith(_SIDECAR) or name.startswith(_LOCKS)


def _listed(root: str, entry: os.DirEntry[str], relative: str, names: set[str]) -> Listed | None:
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
    except OSError as error:
        return _faulty(place, relative, fault_of(error))
    return Listed(
        path=_as_text(relative),
        file_name=_as_text(entry.name),
        place=place,
        fingerprint=fingerprint,
        size=about.st_size,
        modified_at=about.st_mtime,
        sidecar=sidecar,
    )


def _sidecar_of(entry: os.DirEntry[str], names: set[str]) -> str | None:
    folder = os.path.dirname(entry.path)
    for stem in (entry.name, os.path.splitext(entry.name)[0]):
        if stem + _SIDECAR in names:
            return os.path.join(folder, stem + _SIDECAR)
    return None


def _print_of(about: os.stat_result) -> str:
    return f"{about.st_size}:{about.st_mtime_ns}:{about.st_ctime_ns}:{about.st_ino}"


def _faulty(place: str, relative: str, fault: Fault, *, is_folder: bool = False) -> Listed:
    path = _as_text(relative)
    return Listed(path, path.rpartition("/")[2], place, fault=fault, is_folder=is_folder)


def _as_text(name: str) -> str:
    """Return a name as text that any store takes; different names stay different.

    "!/" is kept for members of archives: a folder called `a.zip!` must not pass for what lies in `a.zip`.
    """
    name = name.replace("\\", "\\\\").replace("!/", "\\x21/")
    return os.fsencode(name).decode("utf-8", "backslashreplace")
