"""Brings the ledger up to what a folder shows, and waits until the index has followed.

Nothing is indexed here: changed files are kept, noted in the ledger and told to the workers. It may be stopped at any
point and run again. The folder is read as the caller; everything else is written as ourselves.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

from indexer.leases import kept_alive, new_owner
from indexer.queue import Queue, batches
from indexer.sidecar import SidecarError, named_tenant, parse
from indexer.sources import folder as disk
from indexer.sources.folder import Listed
from records.access import ReadAccess
from records.errors import EngineUnavailableError, InvalidInputError
from records.files import FileStore
from records.index import RecordWriter
from records.ledger import Ledger
from records.ledger_tables import AccessSource, State
from records.ledger_values import Fault, Known, Seen, Source, access_to_json, metadata_to_json
from records.reasons import Reason
from records.record import Metadata

_NOTED_AT_ONCE = 64
_POLL_SECONDS = 0.3
_SEND_AGAIN_SECONDS = 10.0
_QUIET_SECONDS = 45.0
_SOURCE_LEASE = 60.0
#: how long a run waits at its end for an engine that refuses for now
_ENGINE_SECONDS = 180.0

#: the brake: when more than this share, and at least that many records, left a source, a person has to agree
_BRAKE_SHARE, _BRAKE_COUNT = 0.05, 10


class SourceBusyError(Exception):
    """The same folder is being imported already."""


@dataclass(frozen=True)
class ImportSummary:
    """What a run did: indexed + unchanged + quarantined = files; members of archives and mails stand apart."""

    files: int = 0
    indexed: int = 0
    unchanged: int = 0
    removed: int = 0
    quarantined: int = 0
    held: int = 0
    children: int = 0

    def __add__(self, other: ImportSummary) -> ImportSummary:
        mine, theirs = asdict(self), asdict(other)
        return ImportSummary(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True)
class ImportProgress:
    """How far a run has come; `phase` is listing, reading, words or meaning."""

    phase: str
    done: int
    total: int
    rate: float = 0.0
    remaining_seconds: float | None = None


@dataclass
class _Run:
    source: Source
    files: int = 0
    unchanged: int = 0
    quarantined: int = 0
    #: top-level entries that this run has to see through
    changed: list[int] = field(default_factory=list)
    removing: list[int] = field(default_factory=list)
    held: int = 0


class FolderImport:
    """Imports folders; holds what that needs."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        files: FileStore,
        queue: Queue,
        writer: RecordWriter,
        tenants: Sequence[str],
        file_limit: int,
        caller: Callable[[], AbstractContextManager[object]],
        on_progress: Callable[[ImportProgress], object] = lambda _: None,
    ) -> None:
        self._ledger, self._files, self._queue, self._writer = ledger, files, queue, writer
        self._tenants, self._limit = tuple(tenants), file_limit
        self._caller, self._say = caller, on_progress

    def run(self, folder: Path, *, tenant: str | None, wait_vectors: bool = False) -> ImportSummary:
        """Import a folder; returns when all it changed is found by words (with `wait_vectors`, by meaning too)."""
        if tenant is not None:
            self._known_tenant(tenant)
        location = os.fsencode(os.path.realpath(folder)).decode("utf-8", "backslashreplace")
        self._say(ImportProgress("listing", 0, 0))
        by_tenant = self._listed(folder, tenant, location)
        summary = ImportSummary()
        for name, listed in sorted(by_tenant.items()):
            source = self._ledger.source(name, "folder", location)
            with self._held(source):
                summary += self._sync(source, listed, wait_vectors=wait_vectors)
        return summary

    def _listed(self, folder: Path, tenant: str | None, location: str) -> dict[str, list[Listed]]:
        with self._caller():
            try:
                listed = list(disk.walk(folder))
            except FileNotFoundError:
                # a share that is not mounted: everything has left, and the brake decides
                if tenant is None or not self._ledger.find_sources(location):
                    raise InvalidInputError("folder", f"{folder} does not exist") from None
                listed = []
            except OSError as error:
                raise InvalidInputError("folder", f"{folder} cannot be read: {error.strerror}") from error
            if tenant is not None:
                return {tenant: listed}
            by_tenant: dict[str, list[Listed]] = {}
            for item in listed:
                by_tenant.setdefault(self._tenant_of(item), []).append(item)
        for source in self._ledger.find_sources(location):
            by_tenant.setdefault(source.tenant, [])
        return by_tenant

    def _tenant_of(self, listed: Listed) -> str:
        try:
            named = named_tenant(disk.read_sidecar(listed.sidecar)) if listed.sidecar else None
        except (OSError, SidecarError):
            named = None
        if named is None:
            # SECURITY: a file that says nothing must not land with a municipality by guessing.
            raise InvalidInputError("tenant", f"{listed.path!r} has no sidecar that names a tenant; give --tenant")
        return self._known_tenant(named)

    def _known_tenant(self, tenant: str) -> str:
        if tenant not in self._tenants:
            raise InvalidInputError("tenant", f"{tenant[:60]!r} is none of {', '.join(self._tenants)}")
        return tenant

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

    def _sync(self, source: Source, listed: Sequence[Listed], *, wait_vectors: bool) -> ImportSummary:
        known = self._ledger.known(source)
        run = _Run(source, files=len(listed))
        self._take_in(run, listed, known)
        self._take_out(run, listed, known)
        self._wait(run, wait_vectors=wait_vectors)
        ends = self._ledger.states(run.changed)
        refused = sum(state in {State.QUARANTINED, State.REMOVING} for state in ends.values())
        removed = sum(s is State.REMOVED for s in self._ledger.states(run.removing).values())
        if run.changed or run.removing:
            self._show(source.tenant)
        summary = ImportSummary(
            files=run.files,
            indexed=len(ends) - refused,
            unchanged=run.unchanged,
            removed=removed,
            quarantined=run.quarantined + refused,
            held=run.held,
            children=self._ledger.count_members(source),
        )
        self._ledger.synced(source, asdict(summary))
        return summary

    def _take_in(self, run: _Run, listed: Sequence[Listed], known: dict[str, Known]) -> None:
        waiting: list[Seen] = []
        touched: dict[int, str] = {}
        again: list[int] = []
        began = time.monotonic()
        for number, item in enumerate(listed, start=1):
            old = known.get(item.path)
            if old is not None and _same(item, old):
                if old.state is State.PENDING or (old.state is State.REMOVING and old.reason):
                    run.changed.append(old.id)  # noted by a run that did not live to see the end
                    again.append(old.id)
                elif old.state is State.QUARANTINED:
                    run.quarantined += 1
                else:
                    run.unchanged += 1
                continue
            seen = self._see(item, run.source.tenant)
            if old is not None and old.state is State.INDEXED and _same_content(seen, old):
                touched[old.id] = item.fingerprint or ""
                run.unchanged += 1
                continue
            waiting.append(seen)
            if len(waiting) == _NOTED_AT_ONCE:
                self._note(run, waiting)
                waiting = []
                self._say(_progress("reading", number, len(listed), began))
        if waiting:
            self._note(run, waiting)
        if touched:
            self._ledger.touch(touched)
        for batch in batches(again):
            self._queue.send(batch)

    def _note(self, run: _Run, waiting: Sequence[Seen]) -> None:
        ids = self._ledger.note(run.source, waiting)
        run.changed += ids
        for batch in batches(ids):
            self._queue.send(batch)

    def _see(self, item: Listed, tenant: str) -> Seen:
        """Read a file as the caller and keep its content."""
        metadata = Metadata(title="")
        # what cannot be read does not say that nobody may read it
        access = ReadAccess(tenant) if item.sidecar is None and item.fault is None else None
        access_source = AccessSource.DEFAULT if item.sidecar is None else AccessSource.SIDECAR
        fault, sha256, size = item.fault, None, item.size
        try:
            if fault is None and item.sidecar is not None:
                try:
                    with self._caller():
                        said = disk.read_sidecar(item.sidecar)
                    metadata, access = parse(said, tenant=tenant)
                except SidecarError as error:
                    fault = error.fault
            if fault is None and item.size > self._limit:
                fault = Fault(Reason.TOO_LARGE, f"{item.size} Byte")
            if fault is None:
                with self._caller():
                    content = disk.open_file(item.place)
                with content:
                    sha256, size = self._files.keep(content, limit=self._limit)
                if size == 0:
                    fault = Fault(Reason.EMPTY)
        except ValueError:
            fault = Fault(Reason.TOO_LARGE)
        except OSError as error:
            fault = disk.fault_of(error)
        return Seen(
            path=item.path,
            file_name=item.file_name,
            fingerprint=item.fingerprint,
            sha256=sha256,
            size=size,
            modified_at=item.modified_at or None,
            metadata=metadata,
            access=access,
            fault=fault,
            access_source=access_source,
        )

    def _take_out(self, run: _Run, listed: Sequence[Listed], known: dict[str, Known]) -> None:
        here = {item.path for item in listed}
        closed = tuple(f"{item.path}/" for item in listed if item.is_folder)
        # what lies in a folder that cannot be listed has not left it
        left = [k for path, k in known.items() if path not in here and not (closed and path.startswith(closed))]
        going = [k.id for k in left if k.state is State.REMOVING and not k.reason]
        new = [k.id for k in left if k.id not in set(going)]
        standing = len(known) - len(going)
        if len(new) >= _BRAKE_COUNT and len(new) > _BRAKE_SHARE * standing and not run.source.removal_agreed:
            run.held = len(new)
            new = []
        run.removing = [*going, *new]
        ids = list(self._ledger.leave(new)) if new else []
        for batch in batches([*going, *ids]):
            self._queue.send(batch)

    # Everything is written by now; an engine that is busy or starting anew is waited for, as the workers wait for it.
    @retry(
        retry=retry_if_exception_type(EngineUnavailableError),
        stop=stop_after_delay(_ENGINE_SECONDS),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        reraise=True,
    )
    def _show(self, tenant: str) -> None:
        self._writer.ensure_index(tenant)
        self._writer.refresh(tenant)

    def _wait(self, run: _Run, *, wait_vectors: bool) -> None:
        began = sent = time.monotonic()
        most = 0
        while (left := self._ledger.work(run.source)).pending:
            most = max(most, left.pending)
            self._say(_progress("words", most - left.pending, most, began))
            sent = self._send_again(sent)
            time.sleep(_POLL_SECONDS)
        began, most = time.monotonic(), left.vectors_pending
        while wait_vectors and (left := self._ledger.work(run.source)).vectors_pending:
            most = max(most, left.vectors_pending)
            self._say(_progress("meaning", most - left.vectors_pending, most, began))
            now = time.monotonic()
            if now - sent > _SEND_AGAIN_SECONDS:
                self._queue.wake_vectors()
                sent = now
            time.sleep(_POLL_SECONDS)

    def _send_again(self, sent: float) -> float:
        if time.monotonic() - sent < _SEND_AGAIN_SECONDS:
            return sent
        for batch in batches(self._ledger.lost_work(quiet_seconds=_QUIET_SECONDS, limit=2_000)):
            self._queue.send(batch)
        return time.monotonic()


def _same(item: Listed, old: Known) -> bool:
    if item.fault is not None:
        return old.reason == item.fault.reason and (old.detail or "") == item.fault.detail
    return item.fingerprint is not None and item.fingerprint == old.fingerprint and old.reason not in _WORTH_A_TRY


#: faults of the disk or its rights: they pass without the file changing
_WORTH_A_TRY = frozenset({Reason.NO_PERMISSION, Reason.VANISHED, Reason.UNREADABLE})


def _same_content(seen: Seen, old: Known) -> bool:
    return (
        seen.fault is None
        and seen.access is not None
        and seen.sha256 == old.sha256
        and metadata_to_json(seen.metadata) == old.metadata
        and access_to_json(seen.access) == old.access
    )


def _progress(phase: str, done: int, total: int, began: float) -> ImportProgress:
    seconds = time.monotonic() - began
    rate = done / seconds if seconds > 0 else 0.0
    return ImportProgress(phase, done, total, rate, (total - done) / rate if rate else None)
