"""Counts for reports, beside the answers: handed to a thread and forgotten. A crash may lose some; nobody waits."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import Counter
from typing import Protocol

from records.access import Principal
from records.errors import AktensucheError
from records.usage import Count, Miss, Use

_log = logging.getLogger(__name__)

_EVERY_SECONDS = 5.0
_TIDY_SECONDS = 6 * 3600.0
#: what is not yet written and more than this is dropped
_MOST_WAITING = 5_000
_LONGEST_TERM = 100


class Figures(Protocol):
    """Where the counts end up."""

    def add(self, counts: Counter[Count], misses: list[Miss]) -> None:
        """Add these figures."""
        ...

    def tidy(self) -> None:
        """Forget what is too old."""
        ...


class UsageRecorder:
    """Gathers what was used and writes it down every few seconds."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._lock = threading.Lock()
        self._counts: Counter[Count] = Counter()
        self._misses: list[Miss] = []
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def used(self, principal: Principal, use: Use, mode: str, times: int = 1) -> None:
        """Count a use, so many times."""
        if times == 0:
            return
        with self._lock:
            if len(self._counts) < _MOST_WAITING:
                self._counts[Count(principal.tenant, _today(), use, mode)] += times
            self._start()

    def missed(self, principal: Principal, query: str) -> None:
        """Note that a question without filters found nothing by its words; running text is no question."""
        term = " ".join(query.lower().split())
        if not 0 < len(term) <= _LONGEST_TERM or not term.isprintable():
            return
        with self._lock:
            if len(self._misses) < _MOST_WAITING:
                self._misses.append(Miss(principal.tenant, _today(), term, principal.subject))
            self._start()

    def flush(self) -> None:
        """Write down what was gathered; what cannot be written is lost."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            misses, self._misses = self._misses, []
        if not counts and not misses:
            return
        try:
            self._figures.add(counts, misses)
        except AktensucheError as error:
            _log.warning("%d usage figures were lost: %s", counts.total() + len(misses), error)

    def close(self) -> None:
        """Write down what was gathered, then end."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_EVERY_SECONDS)
        self.flush()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        tidied = float("-inf")
        while not self._ended.wait(_EVERY_SECONDS):
            self.flush()
            if time.monotonic() - tidied >= _TIDY_SECONDS:
                tidied = time.monotonic()
                try:
                    self._figures.tidy()
                except AktensucheError as error:
                    _log.warning("old usage figures stay for now: %s", error)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
