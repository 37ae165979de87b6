"""Keeps leases alive while their work is done, from a thread of its own; and tells whose holder has died."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from records.errors import LedgerUnavailableError

_log = logging.getLogger(__name__)

_UNKNOWN = "?"


def new_owner() -> str:
    """Return a name for the holder of leases that nobody else has; `has_died` can read it."""
    return f"{_place()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def has_died(owner: str) -> bool:
    """Return whether the process that took this name is certainly gone.

    Of processes of another machine or container nothing is certain, nor of one whose number somebody else has by now:
    their leases run out.
    """
    place, _, rest = owner.rpartition(":")[0].rpartition(":")
    if place != _place() or _UNKNOWN in place or not rest.isdecimal():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it is there, and somebody else's
    return False


def _place() -> str:
    """Return where the number of a process means one process: one start of a machine, or one container on it."""
    try:
        start = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip().replace("-", "")
        space = str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:  # no Linux
        start, space = _UNKNOWN, _UNKNOWN
    return f"{socket.gethostname()[:12]}:{start}:{space}"


@contextmanager
def kept_alive(renew: Callable[[], object], every_seconds: float) -> Iterator[None]:
    """Call `renew` again and again until the block ends."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(every_seconds):
            try:
                renew()
            except LedgerUnavailableError as error:
                _log.warning("leases could not be prolonged: %s", error)

    thread = threading.Thread(target=beat, name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
