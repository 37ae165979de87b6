"""While the engine is silent one request at a time tries it, so that nobody stands in a queue before a hung engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opensearchpy.exceptions import ConnectionError as EngineConnectionError
from opensearchpy.exceptions import TransportError

from records.errors import EngineUnavailableError

#: between one who tried it in vain and the next; those who stood in the queue are told meanwhile, and do not wait again
PAUSE_SECONDS = 2.0


class Silence:
    """Knows whether the engine is silent. Safe for threads.

    It is, once somebody has waited for `patience` seconds in vain and nobody else got an answer meanwhile: a question
    that is too much for an engine that answers others closes nothing. Any answer ends it, a refusal too.
    """

    def __init__(self, patience: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._now = clock
        self._heard = clock()
        self._silent = False
        self._tried = False
        self._next_try = self._heard
        self._lock = threading.Lock()

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Ask the engine inside of this; EngineUnavailableError at once while it is silent, but for who tries it."""
        began = self._now()
        with self._lock:
            trying = self._silent
            if trying and (self._tried or began < self._next_try):
                raise EngineUnavailableError("the engine is silent, and was asked a moment ago")
            self._tried = trying
        try:
            yield
        except EngineConnectionError:
            self._waited_in_vain(began)
            raise
        except TransportError:
            self._answered()
            raise
        else:
            self._answered()
        finally:
            if trying:
                with self._lock:
                    self._tried = False

    def _waited_in_vain(self, began: float) -> None:
        with self._lock:
            now = self._now()
            if now - began >= self._patience and self._heard <= began:
                self._silent = True
                self._next_try = now + PAUSE_SECONDS

    def _answered(self) -> None:
        with self._lock:
            self._heard = self._now()
            self._silent = False
