"""Waits until the index has followed the ledger, and tells how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

from indexer.queue import Queue, batches
from records.errors import EngineUnavailableError
from records.index import RecordWriter
from records.ledger import Ledger
from records.ledger_values import Source

_POLL_SECONDS = 0.3
SEND_AGAIN_SECONDS = 10.0
_QUIET_SECONDS = 45.0
#: how long a run waits at its end for an engine that refuses for now
_ENGINE_SECONDS = 180.0


@dataclass(frozen=True)
class Progress:
    """How far a run has come; `phase` is listing, reading, words or meaning."""

    phase: str
    done: int
    total: int
    rate: float = 0.0
    remaining_seconds: float | None = None


class Arrival:
    """Waiting for the workers, with what that needs."""

    def __init__(
        self, *, ledger: Ledger, queue: Queue, writer: RecordWriter, on_progress: Callable[[Progress], object]
    ) -> None:
        self._ledger, self._queue, self._writer, self._say = ledger, queue, writer, on_progress

    def wait(self, source: Source, *, meaning: bool) -> None:
        """Return when nothing of a source waits for its words, and with `meaning` for its vectors."""
        began = sent = time.monotonic()
        most = 0
        while (left := self._ledger.work(source)).pending:
            most = max(most, left.pending)
            self._say(progress("words", most - left.pending, most, began))
            sent = self._send_again(sent)
            time.sleep(_POLL_SECONDS)
        began, most = time.monotonic(), left.vectors_pending
        while meaning and (left := self._ledger.work(source)).vectors_pending:
            most = max(most, left.vectors_pending)
            self._say(progress("meaning", most - left.vectors_pending, most, began))
            now = time.monotonic()
            if now - sent > SEND_AGAIN_SECONDS:
                self._queue.wake_vectors()
                sent = now
            time.sleep(_POLL_SECONDS)

    # Everything is written by now; an engine that is busy or starting anew is waited for, as the workers wait for it.
    @retry(
        retry=retry_if_exception_type(EngineUnavailableError),
        stop=stop_after_delay(_ENGINE_SECONDS),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        reraise=True,
    )
    def show(self, tenant: str) -> None:
        """Have the engine show what was written."""
        self._writer.ensure_index(tenant)
        self._writer.refresh(tenant)

    def _send_again(self, sent: float) -> float:
        if time.monotonic() - sent < SEND_AGAIN_SECONDS:
            return sent
        for batch in batches(self._ledger.lost_work(quiet_seconds=_QUIET_SECONDS, limit=2_000)):
            self._queue.send(batch)
        return time.monotonic()


def progress(phase: str, done: int, total: int, began: float) -> Progress:
    """Make a progress with the rate since `began`, a reading of the monotonic clock."""
    seconds = time.monotonic() - began
    rate = done / seconds if seconds > 0 else 0.0
    return Progress(phase, done, total, rate, (total - done) / rate if rate else None)
