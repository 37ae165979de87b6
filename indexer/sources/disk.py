"""Opens files of a disk that others write to: no link is followed, no pipe waited for."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

_MAX_SMALL = 1_000_000


def open_file(place: str) -> BinaryIO:
    """Open a listed file for reading; OSError if it became something else meanwhile."""
    # SECURITY: no link is followed here, and a pipe does not make us wait.
    handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileNotFoundError(place)
    return os.fdopen(handle, "rb")


def read_small(place: str) -> bytes:
    """Return the content of a small file, such as a sidecar; OSError if it cannot be read."""
    with open_file(place) as content:
        return content.read(_MAX_SMALL)
