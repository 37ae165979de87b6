"""Holds two sides against each other, part by part by count and hash; knows neither ledger nor engine.

Both sides are cut into parts by the beginning of the id. Only parts that differ are listed one by one, and what differs
is looked at again until it stays, because work goes on meanwhile: what is on its way is no finding.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from records.reconciliation import NAMED, Difference, Finding, Side

#: how many letters of an id name its part: a thousand parts, some thousand records in each where there are millions
_PART = 2
#: looks at what differs, and the pause between them: the engine shows a write after a second
_LOOKS, _PAUSE = 4, 1.5
_IDS = 1_000

Standing = TypeVar("Standing", bound="Moving")
_Told_co = TypeVar("_Told_co", bound="Moving", covariant=True)


class Moving(Protocol):
    """Where something stands in the ledger."""

    @property
    def moving(self) -> bool:
        """Whether somebody is working on it, or will."""
        ...


class Line(Protocol):
    """What is compared: which one, in which version, and a digest of who may see it."""

    @property
    def record_id(self) -> str:
        """The id."""
        ...

    @property
    def version(self) -> int:
        """The version."""
        ...

    @property
    def rights(self) -> str:
        """The digest."""
        ...


@dataclass(frozen=True)
class Wanted:
    """A line of the ledger."""

    record_id: str
    version: int
    rights: str


def judged(record_id: str, wanted: Wanted | None, held: Line | None, *, known: bool, ahead: bool) -> Finding | None:
    """Say how the index is wrong about what nobody is working on; None if it is right.

    `known` says whether the ledger knows it at all, `ahead` whether the index may be one version on: vectors may be
    written and not noted yet.
    """
    difference: Difference | None = None
    if held is None:
        difference = Difference.MISSING if wanted is not None else None
    elif not known:
        difference = Difference.UNKNOWN
    elif wanted is None:
        difference = Difference.REMOVED
    elif held.version < wanted.version:
        difference = Difference.OLDER
    elif held.version > wanted.version + ahead:
        difference = Difference.NEWER
    elif held.rights != wanted.rights:
        difference = Difference.RIGHTS
    if difference is None:
        return None
    due, there = (None if one is None else one.version for one in (wanted, held))
    return Finding(record_id, difference, due, there)


class Sides(Protocol[_Told_co]):
    """The two sides of a comparison."""

    def wanted(self) -> Iterable[Line]:
        """Yield what the ledger wants to be there."""
        ...

    def held(self) -> Iterable[Line]:
        """Yield what is there."""
        ...

    def look(self, ids: Sequence[str]) -> Iterator[tuple[str, Finding | None, _Told_co | None]]:
        """Look at some of them anew, the ledger first."""
        ...

    def refresh(self) -> None:
        """Let what was written be seen."""
        ...


@dataclass(frozen=True)
class Compared(Generic[Standing]):
    """What a comparison found."""

    ledger: Side
    index: Side
    buckets: int
    listed: int
    findings: tuple[Finding, ...] = ()
    #: where those of the findings stand that the ledger knows
    standing: Mapping[str, Standing] = field(default_factory=dict)
    in_flight: int = 0

    @property
    def counts(self) -> Counter[Difference]:
        """How many of each kind."""
        return Counter(one.difference for one in self.findings)

    @property
    def named(self) -> tuple[Finding, ...]:
        """The first of each kind."""
        counted: Counter[Difference] = Counter()
        named = []
        for one in sorted(self.findings, key=lambda f: f.record_id):
            counted[one.difference] += 1
            if counted[one.difference] <= NAMED:
                named.append(one)
        return tuple(named)


def compare(sides: Sides[Standing], *, pause: Callable[[float], object] = time.sleep) -> Compared[Standing]:
    """Compare two sides; changes nothing."""
    sides.refresh()
    wanted, held = _Parts(sides.wanted()), _Parts(sides.held())
    differing = wanted.other_than(held)
    compared: Compared[Standing] = Compared(
        wanted.side, held.side, buckets=len(wanted.names | held.names), listed=len(differing)
    )
    if not differing:
        return compared
    here = {line.record_id: _said(line) for line in sides.wanted() if line.record_id[:_PART] in differing}
    there = {line.record_id: _said(line) for line in sides.held() if line.record_id[:_PART] in differing}
    suspects = sorted(i for i in here.keys() | there.keys() if here.get(i) != there.get(i))
    return _settled(sides, suspects, compared, pause)


def _settled(
    sides: Sides[Standing], suspects: Sequence[str], compared: Compared[Standing], pause: Callable[[float], object]
) -> Compared[Standing]:
    """Look until what is said stays the same; what does not stay is being worked on."""
    said: dict[str, tuple[Finding | None, Standing | None]] = {}
    settled: list[Finding] = []
    standing: dict[str, Standing] = {}
    left = list(suspects)
    for look in range(_LOOKS):
        if not left:
            break
        if look:
            pause(_PAUSE)
            sides.refresh()
        again: list[str] = []
        now: dict[str, tuple[Finding | None, Standing | None]] = {}
        for start in range(0, len(left), _IDS):
            for record_id, finding, place in sides.look(left[start : start + _IDS]):
                now[record_id] = (finding, place)
                moving = place is not None and place.moving
                if not moving and finding is None:
                    continue
                if not moving and said.get(record_id) == (finding, place) and finding is not None:
                    settled.append(finding)
                    if place is not None:
                        standing[record_id] = place
                    continue
                again.append(record_id)
        said, left = now, again
    return Compared(
        compared.ledger, compared.index, compared.buckets, compared.listed, tuple(settled), standing, len(left)
    )


class _Parts:
    """One side, cut into parts: how many, and what they hash to."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._sums: dict[str, tuple[int, int]] = {}
        for line in lines:
            # added up, so that no order has to be agreed on; 256 bits leave no room for chance
            count, value = self._sums.get(line.record_id[:_PART], (0, 0))
            said = " ".join(map(str, _said(line))).encode()
            value = (value + int.from_bytes(hashlib.sha256(said).digest())) % (1 << 256)
            self._sums[line.record_id[:_PART]] = (count + 1, value)

    @property
    def names(self) -> frozenset[str]:
        """The parts that hold something."""
        return frozenset(self._sums)

    @property
    def side(self) -> Side:
        """All parts together."""
        whole = sum(value for _, value in self._sums.values()) % (1 << 256)
        return Side(sum(count for count, _ in self._sums.values()), f"{whole:064x}")

    def other_than(self, theirs: _Parts) -> frozenset[str]:
        """Return the parts that are not the same on both sides."""
        return frozenset(n for n in self.names | theirs.names if self._sums.get(n) != theirs._sums.get(n))


def _said(line: Line) -> tuple[str, int, str]:
    return line.record_id, line.version, line.rights
