"""Which files are read in their first turn, and which after all others: what is short shall not wait for what is long.

What is learned here is forgotten when the process ends. That costs a file a second short attempt, and loses nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from records.ledger_tables import State
from records.ledger_values import Entry

#: a file of more bytes, as most scans of several pages are, is read after the shorter ones
LONG_BYTES = 1_000_000
#: what reading may take in a first turn. Whoever needs more gets all the time there is, after the others: until then a
#: single file cannot hold a place, and a processor, that a thousand others wait for.
FIRST_SECONDS = 30.0
_REMEMBERED = 10_000


class Turns:
    """Safe for threads."""

    def __init__(self) -> None:
        self._slow: set[str] = set()
        self._lock = threading.Lock()

    def later(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return those that are to be read after the others: long ones, what came out of a file, and known slow ones.

        What leaves the index, or only changes hands, never waits.
        """
        return [e for e in entries if e.state is State.PENDING and not e.rights_only and self._waits(e)]

    def was_slow(self, sha256: str) -> None:
        """Remember that the first turn is not enough for this content."""
        with self._lock:
            if len(self._slow) >= _REMEMBERED:
                self._slow.clear()
            self._slow.add(sha256)

    def _waits(self, entry: Entry) -> bool:
        with self._lock:
            known = entry.sha256 in self._slow
        return known or entry.parent_id is not None or entry.size > LONG_BYTES
