"""Kept bytes, named by their SHA-256: originals as they were read, and the texts extracted from them.

The same content is kept once. A file appears under its name whole or not at all. Nobody asks here whether somebody may
read something; callers hold a record that `RecordIndex.record` gave them.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


class FileStore:
    """A folder of contents. Safe for several processes at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: BinaryIO, *, limit: int) -> tuple[str, int]:
        """Keep a content and return its SHA-256 and size in bytes; ValueError if it is larger than `limit` bytes."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(dir=self._folder, prefix="incoming-")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                while chunk := content.read(_CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise ValueError(f"content is larger than {limit} bytes")
                    digest.update(chunk)
                    out.write(chunk)
            target = self._path(digest.hexdigest(), "")
            target.parent.mkdir(exist_ok=True, mode=0o700)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return digest.hexdigest(), size

    @contextmanager
    def open(self, sha256: str) -> Iterator[BinaryIO]:
        """Open a kept content; FileNotFoundError if there is none."""
        with self._path(sha256, "").open("rb") as content:
            yield content

    def path(self, sha256: str) -> Path:
        """Return where a kept content lies."""
        return self._path(sha256, "")

    def keep_derived(self, sha256: str, kind: str, data: bytes) -> None:
        """Keep what was made from a content, such as its text."""
        target = self._path(sha256, kind)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix="incoming-")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(data)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def derived(self, sha256: str, kind: str) -> bytes | None:
        """Return what was made from a content, or None."""
        try:
            return self._path(sha256, kind).read_bytes()
        except FileNotFoundError:
            return None

    def kept_within(self, sha256: str, seconds: float) -> bool:
        """Say whether a content was kept, perhaps once more, within the last seconds."""
        try:
            return time.time() - self._path(sha256, "").stat().st_mtime < seconds
        except FileNotFoundError:
            return False

    def forget(self, sha256: str) -> None:
        """Remove a content and everything made from it."""
        path = self._path(sha256, "")
        for kept in path.parent.glob(f"{sha256}*"):
            kept.unlink(missing_ok=True)

    def _path(self, sha256: str, kind: str) -> Path:
        # SECURITY: the name is a hash and nothing else, so no value can point out of the folder.
        if _SHA256.fullmatch(sha256) is None:
            raise ValueError(f"{sha256[:80]!r} is no sha-256")
        return self._folder / sha256[:2] / (f"{sha256}.{kind}" if kind else sha256)
