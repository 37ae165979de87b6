"""Many answers, one commit: whoever wants something written down hands it to one thread and waits until it is.

While one commit is on its way to the disk, what arrives gathers for the next, so that answers that go out at the same
time share the price of a single write.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from records.audit_chain import Event
from records.errors import AktensucheError, AuditUnavailableError

_log = logging.getLogger(__name__)

_AT_ONCE = 500
_WAIT_SECONDS = 15.0
_TIDY_SECONDS = 600.0


class Log(Protocol):
    """Where events are written down."""

    def append(self, events: Sequence[Event]) -> None:
        """Write these events down, all or none."""
        ...

    def prune(self) -> int:
        """Take away a piece of what is too old; return how much that was."""
        ...


class GroupCommit:
    """One thread that commits for all. Now and then it also takes away old entries, a few at a time."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._waiting: deque[tuple[Event, Future[None]]] = deque()
        self._arrived = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._tidied = float("-inf")

    def commit(self, event: Event) -> None:
        """Return when this event is written down for good; AuditUnavailableError if it cannot be."""
        done: Future[None] = Future()
        with self._arrived:
            if self._closed:
                raise AuditUnavailableError("the audit log is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()
            self._waiting.append((event, done))
            self._arrived.notify()
        try:
            done.result(timeout=_WAIT_SECONDS)
        except TimeoutError as error:
            # It may still be written; that is an entry too many, never one too few.
            raise AuditUnavailableError("the audit log was not written in time") from error
        except Exception as error:
            # SECURITY: whatever the reason, what is not written down is not shown.
            raise AuditUnavailableError(f"the audit log was not written ({type(error).__name__})") from error

    def close(self) -> None:
        """Commit what waits, then end."""
        with self._arrived:
            self._closed = True
            self._arrived.notify()
        if self._thread is not None:
            self._thread.join(_WAIT_SECONDS)

    def _run(self) -> None:
        while True:
            with self._arrived:
                if not self._waiting and not self._closed:
                    self._arrived.wait(_TIDY_SECONDS)
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _AT_ONCE))]
                if not batch and self._closed:
                    return
            if batch:
                self._commit(batch)
            if time.monotonic() - self._tidied >= _TIDY_SECONDS:
                self._tidied = time.monotonic()
                self._tidy()

    def _commit(self, batch: Sequence[tuple[Event, Future[None]]]) -> None:
        try:
            self._log.append([event for event, _ in batch])
        except Exception as error:  # noqa: BLE001  whatever it is, those who wait must hear of it
            for _, done in batch:
                done.set_exception(error)
            return
        for _, done in batch:
            done.set_result(None)

    def _tidy(self) -> None:
        try:
            self._log.prune()
        except AktensucheError as error:
            _log.warning("old entries of the audit log stay for now: %s", error)
