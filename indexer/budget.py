"""How much may still come out of a file: all that is nested in one outermost file shares one budget.

The ledger knows what came out and was noted; what this process has unpacked and not yet noted is added here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from indexer.members import SEPARATOR
from indexer.settings import LimitSettings
from records.ledger import Ledger
from records.ledger_values import Entry, Seen

T = TypeVar("T")
_Outermost = tuple[int, str]


class Budget:
    """Safe for threads; nested archives are unpacked one after the other, so that none spends what another took."""

    def __init__(self, ledger: Ledger, limits: LimitSettings) -> None:
        self._ledger, self._limits = ledger, limits
        self._turn = threading.Lock()
        self._spent: dict[int, tuple[_Outermost, int, int]] = {}

    def unpack(
        self, entry: Entry, work: Callable[[LimitSettings], tuple[T, tuple[Seen, ...]]]
    ) -> tuple[T, tuple[Seen, ...]]:
        """Do `work` under the limits that are left, and remember what came out until it is `noted`."""
        if entry.parent_id is None:
            return work(self._limits)
        outermost = (entry.source.id, entry.path.partition(SEPARATOR)[0])
        with self._turn:
            number, size = self._ledger.unpacked(entry, SEPARATOR)
            for where, members, octets in list(self._spent.values()):
                if where == outermost:
                    number, size = number + members, size + octets
            left = {
                "archive_members": max(0, self._limits.archive_members - number),
                "archive_bytes": max(0, self._limits.archive_bytes - size),
            }
            result, inner = work(self._limits.model_copy(update=left))
            self._spent[entry.id] = (outermost, len(inner), sum(s.size or 0 for s in inner))
        return result, inner

    def noted(self, entries: Iterable[Entry]) -> None:
        """Forget what came out of these: the ledger knows it, or it will be unpacked again."""
        for entry in entries:
            self._spent.pop(entry.id, None)
