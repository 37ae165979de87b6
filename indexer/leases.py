"""Keeps leases alive while their work is done, from a thread of its own."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from records.errors import LedgerUnavailableError

_log = logging.getLogger(__name__)


def new_owner() -> str:
    """Return a name for the holder of leases that nobody else has."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


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
