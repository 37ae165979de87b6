"""Tries quarantined files again: after Tika was repaired, a program installed, a limit raised."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexer.queue import Queue, batches
from records.ledger import Ledger
from records.ledger_tables import State

_POLL_SECONDS = 0.3
_SEND_AGAIN_SECONDS = 10.0


@dataclass(frozen=True)
class Retried:
    """What became of quarantined files; `not_read` counts those refused before reading: their source has to change."""

    retried: int = 0
    indexed: int = 0
    quarantined: int = 0
    not_read: int = 0


def retry(
    ledger: Ledger,
    queue: Queue,
    tenants: Sequence[str],
    *,
    reason: str | None = None,
    record_id: str | None = None,
    on_progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> Retried:
    """Let these tenants' quarantine, or one reason's files, or one file, be read anew; returns when it was."""
    waiting: list[int] = []
    not_read = 0
    for tenant in tenants:
        ids, lost = ledger.quarantined_ids(tenant, reason=reason, record_id=record_id)
        waiting += ids
        not_read += lost
    ledger.retry(waiting)
    sent = float("-inf")
    while True:
        states = ledger.states(waiting)
        left = [i for i, state in states.items() if state in {State.PENDING, State.REMOVING}]
        on_progress(len(waiting) - len(left), len(waiting))
        if not left:
            break
        if time.monotonic() - sent > _SEND_AGAIN_SECONDS:
            for batch in batches(left):
                queue.send(batch)
            sent = time.monotonic()
        time.sleep(_POLL_SECONDS)
    ends = list(states.values())
    return Retried(len(waiting), ends.count(State.INDEXED), ends.count(State.QUARANTINED), not_read)
