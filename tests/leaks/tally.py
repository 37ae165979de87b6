"""What each family tried and what came through; printed as one table at the end."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

#: the size that `make leaks` asks for; `make test` runs the small one
FULL = os.environ.get("AKTENSUCHE_LEAKS") == "full"

FAMILIES = {
    "S1": "no leak, nothing missing: every route, random rights, both ways",
    "L": "each lock alone, the other one taken out",
    "S2": "ghost twin: the same answers with and without what is forbidden",
    "S3": "unknown and forbidden look the same",
    "S4": "a canary planted next door changes no answer",
    "S5": "canaries in answers, errors, logs, metrics, queue, exports",
    "S6": "rights taken away during search, paging, export",
    "S7": "every route x every kind of credential",
    "S8": "hostile queries and tampered cursors",
    "S9": "scripts in titles, texts and names run nowhere",
    "S10": "formulas in exports",
    "S11": "hostile files: nobody called, nothing shown, nothing written, each ended in time",
    "S12": "addresses and names from outside: nobody called, nothing written",
    "S13": "no disclosure without its line in the audit log",
    "S14": "nothing is left of what was removed",
    "S17": "releases: shown to whom, until when, recalled",
}


def size(small: int, full: int) -> int:
    """Return the size of a family for this run."""
    return full if FULL else small


@dataclass
class Row:
    """One family: how much was tried, what came out that must not, what did not come out that must."""

    sizes: dict[str, int] = field(default_factory=dict)
    leaks: int = 0
    missing: int = 0
    passed: int = 0
    failed: int = 0
    left_out: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, *, leaks: int = 0, missing: int = 0, **sizes: int) -> None:
        for what, count in sizes.items():
            self.sizes[what] = self.sizes.get(what, 0) + count
        self.leaks += leaks
        self.missing += missing

    @property
    def verdict(self) -> str:
        if self.failed or self.leaks or self.missing:
            return "RED"
        return "held" if self.passed else "NOT RUN"


class Tally:
    """All rows of a run."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    def row(self, family: str) -> Row:
        assert family in FAMILIES
        return self.rows.setdefault(family, Row())

    def table(self) -> list[str]:
        lines = [f"{'family':<8}{'verdict':<9}{'leaks':>6}{'missing':>9}  tried"]
        for name, about in FAMILIES.items():
            row = self.rows.get(name)
            if row is None:
                continue
            tests = f"{row.passed} tests" + (f", {row.failed} failed" if row.failed else "")
            tried = ", ".join([*(f"{count:,} {what.replace('_', ' ')}" for what, count in row.sizes.items()), tests])
            lines.append(f"{name:<8}{row.verdict:<9}{row.leaks:>6}{row.missing:>9}  {tried}")
            lines.extend(f"{'':<34}{line}" for line in (about, *row.notes))
        return lines


TALLY = Tally()
