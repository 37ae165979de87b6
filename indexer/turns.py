"""Which files are read in their first turn, and which after all others: what is short shall not wait for what is long.

What is learned here is kept beside the content: whichever process of the worker is told of it next knows it, too.
"""

from __future__ import annotations

from collections.abc import Iterable

from records.files import FileStore
from records.ledger_tables import State
from records.ledger_values import Entry

#: a file of more bytes is read after the shorter ones
LONG_BYTES = 1_000_000
#: what reading may take in a first turn, in which nothing is recognised. Whoever needs more gets all the time there is,
#: after the others: until then a single file cannot hold a place, and a processor, that a thousand others wait for.
FIRST_SECONDS = 8.0
_KIND = "slow"


class Turns:
    """Safe for threads and processes."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def later(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return those that are to be read after the others: long ones, what came out of a file, and known slow ones.

        What leaves the index, or only changes hands, never waits.
        """
        return [e for e in entries if e.state is State.PENDING and not e.rights_only and self._waits(e)]

    def was_slow(self, sha256: str) -> None:
        """Remember that the first turn is not enough for this content."""
        self._files.keep_derived(sha256, _KIND, b"")

    def _waits(self, entry: Entry) -> bool:
        if entry.parent_id is not None or entry.size > LONG_BYTES:
            return True
        if entry.sha256 is None:
            return False
        return self._files.derived(entry.sha256, _KIND) is not None
