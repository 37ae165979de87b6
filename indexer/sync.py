"""Brings the ledger up to what a source shows, whatever its kind. Nothing is indexed here.

Changed items are kept, noted in the ledger and told to the workers. It may be stopped at any point and run again: what
was noted before a checkpoint stands, what comes after it is listed once more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import IntEnum

from indexer.arrival import Arrival, Progress, progress
from indexer.leases import kept_alive, new_owner
from indexer.moves import Moves
from indexer.queue import Queue, batches
from indexer.sources.protocol import (
    Connector,
    Gone,
    Item,
    ItemError,
    PassBegins,
    PassEnds,
    Reached,
    SourceUnavailableError,
    Within,
    fault_of,
)
from records.files import FileStore
from records.index import RecordWriter
from records.ledger import Ledger
from records.ledger_tables import State
from records.ledger_values import MEMBER, Fault, Known, Seen, Source, access_to_json, metadata_to_json
from records.reasons import Reason
from records.record import Metadata

_log = logging.getLogger(__name__)

_COMPARED_AT_ONCE, _NOTED_AT_ONCE = 128, 64
_SOURCE_LEASE = 60.0

#: so many unanswered looks for something missing, and nothing more is looked for in this run
_FAILURES = 3

#: the brake: when more than this share, and at least that many records, left a source, a person has to agree
_BRAKE_SHARE, _BRAKE_COUNT = 0.05, 10

#: faults of the disk, the network or the moment: they pass without the item changing
_WORTH_A_TRY = frozenset({Reason.NO_PERMISSION, Reason.VANISHED, Reason.UNREADABLE, Reason.BEING_WRITTEN})


class SourceBusyError(Exception):
    """Somebody else is working on the same source."""


class SourcePausedError(SourceUnavailableError):
    """Somebody paused the source."""


class Until(IntEnum):
    """When a run has come to its end."""

    #: all is noted; the workers see to the rest
    NOTED = 0
    #: all it changed is found by its words
    WORDS = 1
    #: and by meaning
    MEANING = 2


@dataclass(frozen=True)
class SyncSummary:
    """What a run found: indexed + unchanged + quarantined = files; members of archives and mails stand apart.

    `indexed` counts what was changed, `removed` what has left its place, `moved` what of that is now elsewhere,
    `waiting` what was still being written, `held` what is missing and kept by the brake.
    """

    files: int = 0
    indexed: int = 0
    unchanged: int = 0
    removed: int = 0
    quarantined: int = 0
    held: int = 0
    children: int = 0
    moved: int = 0
    waiting: int = 0


@dataclass
class _Run:
    source: Source
    connector: Connector
    files: int = 0
    unchanged: int = 0
    quarantined: int = 0
    waiting: int = 0
    held: int = 0
    moved: int = 0
    #: top-level entries that this run has to see through
    changed: list[int] = field(default_factory=list)
    removing: list[int] = field(default_factory=list)
    #: not known yet, and perhaps moved from elsewhere: that is decided at the end
    new: list[Item] = field(default_factory=list)
    spared: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)


class Sync:
    """Runs over sources; holds what that needs."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        files: FileStore,
        queue: Queue,
        writer: RecordWriter,
        file_limit: int,
        on_progress: Callable[[Progress], object] = lambda _: None,
    ) -> None:
        self._ledger, self._files, self._queue, self._limit = ledger, files, queue, file_limit
        self._say = on_progress
        self._arrival = Arrival(ledger=ledger, queue=queue, writer=writer, on_progress=on_progress)

    def run(self, source: Source, connector: Connector, *, until: Until = Until.NOTED) -> SyncSummary:
        """Bring the ledger up to a source; SourceBusyError, or SourceUnavailableError when what could be is done."""
        with self._held(source):
            run = _Run(source, connector)
            error: SourceUnavailableError | None = None
            try:
                self._follow(run)
                self._take_out(run)
            except SourceUnavailableError as broke:
                error = broke
                _log.warning("source %s: %s", source.name, broke)
            else:
                self._ledger.took(source, time.monotonic() - run.began, run.files)
            if until is not Until.NOTED:
                self._arrival.wait(source, meaning=until is Until.MEANING)
                if run.changed or run.removing:
                    self._arrival.show(source.tenant)
            summary = self._summary(run)
            self._ledger.synced(source, asdict(summary), error=str(error) if error else None)
        if error is not None:
            raise error
        return summary

    def _summary(self, run: _Run) -> SyncSummary:
        ends = self._ledger.states(run.changed)
        refused = sum(state in {State.QUARANTINED, State.REMOVING} for state in ends.values())
        removed = sum(s in {State.REMOVED, State.REMOVING} for s in self._ledger.states(run.removing).values())
        return SyncSummary(
            files=run.files,
            indexed=len(ends) - refused,
            unchanged=run.unchanged,
            removed=removed + run.moved,
            quarantined=run.quarantined + refused,
            held=run.held,
            children=self._ledger.count_members(run.source),
            moved=run.moved,
            waiting=run.waiting,
        )

    @contextmanager
    def _held(self, source: Source) -> Iterator[None]:
        owner = new_owner()
        if not self._ledger.hold_source(source, owner, _SOURCE_LEASE):
            raise SourceBusyError(f"{source.location} is being imported already; wait until that run has ended")
        try:
            with kept_alive(lambda: self._ledger.hold_source(source, owner, _SOURCE_LEASE), _SOURCE_LEASE / 4):
                yield
        finally:
            self._ledger.leave_source(source, owner)

    # what is there

    def _follow(self, run: _Run) -> None:
        self._go_on(run)
        waiting: list[Item] = []
        try:
            for step in run.connector.listing(self._ledger.checkpoint(run.source)):
                if isinstance(step, Item):
                    waiting.append(step)
                if len(waiting) == _COMPARED_AT_ONCE or not isinstance(step, Item):
                    batch, waiting = waiting, []
                    self._take_in(run, batch)
                    self._go_on(run)
                match step:
                    case Gone(path):
                        self._ledger.miss(run.source, [path])
                    case Within(prefix, paths):
                        self._ledger.miss_within(run.source, prefix, paths)
                    case PassBegins():
                        self._ledger.begin_pass(run.source)
                    case PassEnds():
                        self._ledger.end_pass(run.source, spared=run.spared)
                    case Reached(checkpoint):
                        self._ledger.reach(run.source, checkpoint)
        finally:
            # what was told before the source broke off counts
            self._take_in(run, waiting)
            self._take_in_new(run)

    def _go_on(self, run: _Run) -> None:
        if self._ledger.is_paused(run.source):
            raise SourcePausedError("the source is paused; it goes on from here after 'aktensuche resume'")

    def _take_in(self, run: _Run, items: Sequence[Item]) -> None:
        known = self._ledger.known(run.source, [item.path for item in items])
        seen: list[Seen] = []
        shown: list[int] = []
        touched: dict[int, tuple[str, str | None]] = {}
        again: list[int] = []
        for item in items:
            if MEMBER in item.path:
                raise ValueError(f"{item.path!r}: a path must not hold {MEMBER!r}, which names members of files")
            run.files += 1
            if item.closed:
                run.spared.append(f"{item.path}/")
            old = known.get(item.path)
            if old is None and item.identity is not None and item.fault is None:
                run.new.append(item)
                continue
            if old is not None:
                shown.append(old.id)
                waits = item.unsettled and old.reason != Reason.BEING_WRITTEN and not _same(item, old)
                if waits or _same(item, old):
                    run.waiting += waits
                    self._as_before(run, old, again)
                    continue
            found = self._see(item, old)
            if old is not None and old.state is State.INDEXED and _same_content(found, old):
                touched[old.id] = (item.fingerprint or "", item.identity)
                run.unchanged += 1
                continue
            seen.append(found)
        self._ledger.listed(run.source, shown)
        self._note(run, seen)
        if touched:
            self._ledger.touch(touched)
        for batch in batches(again):
            self._queue.send(batch)
        self._say(progress("reading", run.files, run.files, run.began))

    def _as_before(self, run: _Run, old: Known, again: list[int]) -> None:
        if old.state is State.PENDING or (old.state is State.REMOVING and old.reason):
            run.changed.append(old.id)  # noted by a run that did not live to see the end
            again.append(old.id)
        elif old.state is State.QUARANTINED:
            run.quarantined += 1
        else:
            run.unchanged += 1

    def _take_in_new(self, run: _Run) -> None:
        moves = Moves(self._ledger.missing(run.source))
        for start in range(0, len(run.new), _NOTED_AT_ONCE):
            seen = [self._see(item) for item in run.new[start : start + _NOTED_AT_ONCE]]
            moved = {old.id: new.path for new in seen if (old := moves.origin(new)) is not None}
            self._ledger.move(run.source, moved)
            run.moved += len(moved)
            self._note(run, seen)
            self._say(progress("reading", min(start + _NOTED_AT_ONCE, len(run.new)), len(run.new), run.began))
        run.new = []

    def _note(self, run: _Run, seen: Sequence[Seen]) -> None:
        if not seen:
            return
        ids = self._ledger.note(run.source, seen)
        self._ledger.listed(run.source, ids)
        run.changed += ids
        run.waiting += sum(s.fault is not None and s.fault.reason == Reason.BEING_WRITTEN for s in seen)
        for batch in batches(ids):
            self._queue.send(batch)

    def _see(self, item: Item, old: Known | None = None) -> Seen:
        """Read an item and keep its content."""
        said, fault, sha256, size = None, item.fault, None, item.size
        # it looked the same a run ago: nobody writes it any more, whatever the clocks say
        looked_the_same = old is not None and old.fingerprint == item.fingerprint
        if fault is None and item.unsettled and not looked_the_same:
            fault = Fault(Reason.BEING_WRITTEN)
        try:
            if item.fault is None:
                said = item.describe()
            if fault is None and (size or 0) > self._limit:
                fault = Fault(Reason.TOO_LARGE, f"{size} Byte")
            if fault is None:
                with item.open() as content:
                    sha256, size = self._files.keep(content, limit=self._limit)
                if size == 0:
                    fault = Fault(Reason.EMPTY)
        except ItemError as error:
            fault = error.fault
        except ValueError:
            fault = Fault(Reason.TOO_LARGE)
        except OSError as error:
            fault = fault_of(error)
        more = {} if said is None else {"access_source": said.access_source}
        return Seen(
            path=item.path,
            file_name=item.file_name,
            fingerprint=item.fingerprint,
            identity=item.identity,
            sha256=sha256,
            size=size,
            modified_at=item.modified_at,
            metadata=said.metadata if said else Metadata(title=""),
            # what cannot be read does not say that nobody may read it
            access=said.access if said else None,
            fault=fault,
            **more,
        )

    # what is no longer there

    def _take_out(self, run: _Run) -> None:
        missing = self._ledger.missing(run.source)
        going = [k.id for k in missing if k.state is State.REMOVING and not k.reason]
        new = [k for k in missing if k.id not in set(going)]
        standing = self._ledger.count(run.source) - len(going)
        if len(new) >= _BRAKE_COUNT and len(new) > _BRAKE_SHARE * standing and not run.source.removal_agreed:
            run.held = len(new)
            new = []
        gone, there, unknown = self._looked_for(run.connector, new)
        # it was only not listed: a page that shifted, a moment's absence
        self._ledger.listed(run.source, there)
        run.removing = [*going, *gone]
        ids = list(self._ledger.leave(gone)) if gone else []
        for batch in batches([*going, *ids]):
            self._queue.send(batch)
        if unknown is not None:
            raise unknown

    @staticmethod
    def _looked_for(
        connector: Connector, missing: Sequence[Known]
    ) -> tuple[list[int], list[int], SourceUnavailableError | None]:
        """Return what is gone, what is there, and why something could not be told; that stays missing."""
        gone: list[int] = []
        there: list[int] = []
        failures: list[SourceUnavailableError] = []
        for known in missing:
            try:
                (gone if connector.is_gone(known.path) else there).append(known.id)
            except SourceUnavailableError as error:
                # one that nobody can tell of must not keep all the others; a source that is down is not asked on
                failures.append(error)
                if len(failures) == _FAILURES:
                    break
        return gone, there, failures[0] if failures else None


def _same(item: Item, old: Known) -> bool:
    if item.fault is not None:
        return old.reason == item.fault.reason and (old.detail or "") == item.fault.detail
    return item.fingerprint is not None and item.fingerprint == old.fingerprint and old.reason not in _WORTH_A_TRY


def _same_content(seen: Seen, old: Known) -> bool:
    return (
        seen.fault is None
        and seen.access is not None
        and (seen.sha256, seen.file_name) == (old.sha256, old.file_name)
        and metadata_to_json(seen.metadata) == old.metadata
        and access_to_json(seen.access) == old.access
    )
