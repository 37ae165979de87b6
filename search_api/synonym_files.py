"""The towns' own lists of synonyms: one file each, `FOLDER/TENANT.txt`, in force as soon as it is saved.

A list that cannot be used changes nothing: the last good one stays in force, and the log says which line is wrong.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from records.synonyms import SynonymListError, Thesaurus, built_in, read

_log = logging.getLogger(__name__)


def load(path: Path) -> Thesaurus:
    """Return the list in a file; ValueError names the file, the line, and what to do."""
    try:
        return read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not in UTF-8: save it so") from error
    except SynonymListError as error:
        raise ValueError(f"{path}, {error}") from error


@dataclass(frozen=True)
class _Loaded:
    #: modification time and size of the file; None where there is none
    version: tuple[int, int] | None
    thesaurus: Thesaurus


class SynonymFiles:
    """What a town's words stand for: the list that every town has, and its own."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._everybody = built_in()
        self._loaded: dict[str, _Loaded] = {}
        self._lock = threading.Lock()

    def of(self, tenant: str) -> Thesaurus:
        """Return the list that holds now for a tenant of the closed list."""
        if self._folder is None:
            return self._everybody
        path = self._folder / f"{tenant}.txt"
        version = _version(path)
        with self._lock:
            last = self._loaded.get(tenant)
            if last is None or last.version != version:
                last = self._loaded[tenant] = _Loaded(version, self._read(path, version, last))
            return last.thesaurus

    def _read(self, path: Path, version: tuple[int, int] | None, last: _Loaded | None) -> Thesaurus:
        if version is None:
            return self._everybody
        try:
            return self._everybody.with_own(load(path))
        except ValueError as error:
            _log.error("synonyms: %s. What held before still holds.", error)
            return last.thesaurus if last is not None else self._everybody


def _version(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
