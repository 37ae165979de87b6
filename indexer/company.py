"""Lets work go side by side, or alone: a file that may have killed a worker is tried without company.

Holds for one process, which is what dies.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Company:
    """Work side by side waits while somebody waits to be alone, so that being alone comes to pass."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._together = 0
        self._lonely = 0
        self._alone = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Wait until nobody is alone, or waits to be, then work beside others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone and not self._lonely)
            self._together += 1
        try:
            yield
        finally:
            with self._changed:
                self._together -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until all others have ended, then work while nobody else does."""
        with self._changed:
            self._lonely += 1
            try:
                self._changed.wait_for(lambda: not self._alone and not self._together)
                self._alone = True
            finally:
                self._lonely -= 1
        try:
            yield
        finally:
            with self._changed:
                self._alone = False
                self._changed.notify_all()
