"""What the indexer asks of its queue. A message is only a hint: what has to be done stands in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

#: entries in one message: few enough that a crash costs little, after which each is tried alone, and enough that a bulk
#: write pays
BATCH = 8


class Queue(Protocol):
    """Tells workers about entries."""

    def send(self, ids: Sequence[int], *, late: bool = False) -> None:
        """Tell workers about entries; a queue that is down is no error, the sweep sends again.

        Entries that are sent `late` have their turn when all others had theirs.
        """
        ...

    def idle(self) -> bool:
        """Return whether surely no entries are on their way; False where that cannot be known."""
        ...

    def wake_vectors(self) -> None:
        """Tell the worker of the vectors that there is something to do."""
        ...


def batches(ids: Sequence[int]) -> Iterator[list[int]]:
    """Yield ids in the size of one message."""
    for start in range(0, len(ids), BATCH):
        yield list(ids[start : start + BATCH])
