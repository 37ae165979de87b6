"""What each drill did and what it found; printed as one table at the end. The ids are those of the reliability page."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

#: the size that `make drills` asks for; `make test` runs the small one
FULL = os.environ.get("AKTENSUCHE_DRILLS") == "full"

DRILLS = {
    "R1": "kill -9 of the worker, again and again",
    "R2": "kill -9 of Tika and of its readers, Tika hangs",
    "R3": "kill -9 of the engine while it takes records",
    "R4": "queue flushed, killed, hung, full",
    "R5": "poisoned files between good ones",
    "R6": "the engine takes no writes: its disk is too full",
    "R7": "clocks of the worker, the files and the API a day off",
    "R8": "each message three times, in parallel",
    "R9": "create, update, rights, delete in all 24 orders",
    "R10": "a bulk write that fails in part",
    "R11": "deleted, late update, added again",
    "R12": "rebuild under writes and searches, and back",
    "R15": "a source is down, breaks off, lies, loses much",
    "R16": "the model is away",
    "R17": "the ledger restarts, is locked, is full",
}


def size(small: int, full: int) -> int:
    """Return the size of a drill for this run."""
    return full if FULL else small


@dataclass
class Row:
    """One drill: its figures, in the order they were told."""

    figures: list[str] = field(default_factory=list)
    passed: int = 0
    failed: int = 0
    seconds: float = 0.0

    def tell(self, **figures: object) -> None:
        """Note figures; they are printed whatever becomes of the test."""
        self.figures += [f"{value} {name.replace('_', ' ')}" for name, value in figures.items()]

    @property
    def verdict(self) -> str:
        return "RED" if self.failed else "held" if self.passed else "NOT RUN"


class Tally:
    """All rows of a run."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    def row(self, drill: str) -> Row:
        assert drill in DRILLS
        return self.rows.setdefault(drill, Row())

    def table(self) -> list[str]:
        lines = [f"{'id':<5}{'verdict':<9}{'seconds':>7}  drill, figures"]
        for name, about in DRILLS.items():
            row = self.rows.get(name)
            if row is None:
                lines.append(f"{name:<5}{'NOT RUN':<9}{'':>7}  {about}")
                continue
            lines.append(f"{name:<5}{row.verdict:<9}{row.seconds:>7.0f}  {about}")
            lines.append(f"{'':<23}{', '.join(row.figures)}")
        return lines


TALLY = Tally()
