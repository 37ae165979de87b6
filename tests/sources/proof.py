"""What every kind of source has to show against a real counterpart, in one place.

First run, a run without any change, then random changes (add, edit, move, rights, delete): afterwards nothing is
missing, nothing extra and nothing stale, comparing what the counterpart really holds with the ledger and with the
index. Used by the suite with few records and by `python -m benchmarks.sources` with many.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol

from indexer.source_look import Paths, SourceLook
from indexer.sync import SyncSummary

#: from a deletion at the source until nobody finds the record, while the source runs by itself
TO_GONE = "time to gone"


@dataclass(frozen=True)
class Holding:
    """A record as it should be, or as it is. A field that a side cannot tell is None on both."""

    title: str
    sha256: str
    readers: tuple[str, ...]


class Counterpart(Protocol):
    """A source that can be changed, and that tells the truth about itself."""

    def truth(self) -> Mapping[str, Holding]:
        """Return what it holds, by the path that the connector gives."""
        ...

    def change(self, chance: random.Random) -> str:
        """Change one thing by chance; returns add, edit, move, rights or delete."""
        ...

    def remove_one(self, chance: random.Random) -> str:
        """Delete one thing; returns the path of its record."""
        ...


class Side(Protocol):
    """The system under test, as the proof sees it."""

    def run(self) -> SyncSummary:
        """Bring the source up to date, and wait until the index has followed."""
        ...

    def in_ledger(self) -> Mapping[str, Holding]:
        """Return what the ledger holds of the source, by path."""
        ...

    def named(self) -> AbstractSet[str]:
        """Return the paths that are in quarantine, each with its reason."""
        ...

    def in_index(self) -> Mapping[str, Holding]:
        """Return what the index holds of the source, by path."""
        ...

    def look(self) -> SourceLook:
        """List the source in full beside the ledger, and change nothing (`aktensuche reconcile`)."""
        ...


@dataclass
class Differences:
    """What one side holds otherwise than the truth."""

    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    @classmethod
    def between(
        cls, truth: Mapping[str, Holding], held: Mapping[str, Holding], named: AbstractSet[str] = frozenset()
    ) -> Differences:
        """Compare; what is named with a reason why it cannot be read is not missing."""
        return cls(
            missing=sorted(truth.keys() - held.keys() - named),
            extra=sorted(held.keys() - truth.keys()),
            stale=sorted(path for path in truth.keys() & held.keys() if truth[path] != held[path]),
        )

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.stale)

    def __str__(self) -> str:
        counts = f"{len(self.missing)} missing, {len(self.extra)} extra, {len(self.stale)} stale"
        return counts + "".join(f"\n    {k}: {v[:5]}" for k, v in vars(self).items() if v)


@dataclass
class Proof:
    """What was shown, in figures."""

    name: str
    records: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    runs: dict[str, SyncSummary] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    differences: dict[str, Differences] = field(default_factory=dict)
    #: there and in quarantine
    unreadable: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Say whether nothing differed anywhere."""
        return not any(self.differences.values())

    def report(self) -> str:
        """Return the figures as lines."""
        lines = [f"{self.name}: {self.records} records"]
        lines += [f"  {name:28} {self.seconds[name]:8.1f} s   {_figures(run)}" for name, run in self.runs.items()]
        lines.append(f"  changes: {', '.join(f'{count} {kind}' for kind, count in sorted(self.changes.items()))}")
        lines.append(f"  there and in quarantine: {', '.join(f'{n} ({what})' for what, n in self.unreadable.items())}")
        lines += [f"  {name}: {found}" for name, found in self.differences.items()]
        if TO_GONE in self.seconds:
            lines.append(f"  {TO_GONE}: {self.seconds[TO_GONE]:.1f} s")
        return "\n".join(lines)


def prove(
    name: str,
    counterpart: Counterpart,
    side: Side,
    *,
    changes: int = 50,
    seed: int = 1,
    gone: Callable[[str], float] | None = None,
) -> Proof:
    """Run the proof; `gone` waits for a record that was just deleted, and returns the seconds until nobody found it."""
    proof, chance = Proof(name, records=len(counterpart.truth())), random.Random(seed)

    def run(what: str) -> None:
        began = time.monotonic()
        proof.runs[what] = side.run()
        proof.seconds[what] = time.monotonic() - began
        truth, named = counterpart.truth(), side.named()
        proof.unreadable[what] = len(truth.keys() & named)
        proof.differences[f"{what}, source and ledger"] = Differences.between(truth, side.in_ledger(), named)
        proof.differences[f"{what}, source and index"] = Differences.between(truth, side.in_index(), named)
        proof.differences[f"{what}, as reconcile sees it"] = _seen(side.look())

    run("first run")
    run("nothing changed")
    for _ in range(changes):
        kind = counterpart.change(chance)
        proof.changes[kind] = proof.changes.get(kind, 0) + 1
    # what reconcile says before the next run is what has changed, no more and no less
    held, named, seen = side.in_ledger(), side.named(), side.look()
    there = Differences.between(counterpart.truth(), held, named)
    proof.differences["changed and not read yet, reconcile beside the truth"] = Differences(
        missing=_otherwise(there.missing, seen.unknown),
        extra=_otherwise(there.extra, seen.gone, named),
        # what looks changed may turn out to be the same
        stale=sorted(set(there.stale) & set(_otherwise(there.stale, seen.changed))),
    )
    assert _seen(seen), "nothing was changed, so nothing is shown"
    run(f"after {changes} changes")
    if gone is not None:
        proof.seconds[TO_GONE] = gone(counterpart.remove_one(chance))
    return proof


def _seen(found: SourceLook) -> Differences:
    assert found.error is None, found.error
    return Differences(list(found.unknown.named), list(found.gone.named), list(found.changed.named))


def _otherwise(there: Sequence[str], seen: Paths, without: AbstractSet[str] = frozenset()) -> list[str]:
    """Return what one of the two lacks; a look names only its first, then it has to count enough."""
    shown = set(seen.named) - without
    if len(seen.named) == seen.number:
        return sorted(shown ^ set(there))
    return [] if seen.number >= len(there) else sorted(there)


def _figures(run: SyncSummary) -> str:
    return ", ".join(f"{value} {name}" for name, value in vars(run).items() if value)
