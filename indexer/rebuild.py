"""Makes a tenant's index anew beside the live one, checks it against the ledger, and lets it take the live one's place.

No file is read again: the text of each record is kept, and so are the vectors, by model and text. While the new index
is filled everybody writes to both, so the new one is never behind. A rebuild that was killed goes on where it stood;
the index that was live is kept and written on, until the next rebuild or until somebody gives the way back up.
"""

from __future__ import annotations

import hashlib
import logging
import string
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from indexer.extraction import Extractor
from indexer.known_vectors import KnownVectors
from indexer.leases import kept_alive, new_owner
from indexer.pipeline import build_record
from indexer.settings import IndexerSettings, LimitSettings
from indexer.tika import TikaUnavailableError, UnreadableError
from mappings import shape
from records.audit import AuditLog
from records.errors import AktensucheError, EngineUnavailableError
from records.files import FileStore
from records.index import Outcome, Removal, WriteResult
from records.index_versions import IndexVersion, VersionState
from records.ledger import Ledger
from records.ledger_indexes import Filling, Lease, LedgerIndexes, Standing, Taken
from records.ledger_tables import State, VectorState
from records.opensearch.rights import rights_digest
from records.opensearch.writer import OpenSearchWriter, writer_of
from records.record import Record
from records.system import Held, Holdings, SystemDoor

_log = logging.getLogger(__name__)

LEASE_SECONDS = 30.0
#: how long a rebuild waits for the engine, and for work that began before it, until it stops and says so
PATIENCE_SECONDS = 900.0
#: records taken at a time
_BATCH = 100
#: how often what is missing is put in again before the rebuild gives up
_REPAIRS = 5
_PAUSE_SECONDS = 1.0
#: a new index may need more than the one it replaces, until its parts are merged
_GROWTH = 1.3
#: the engine lets nobody write any more when less than this part of a disk is free
_KEPT_FREE = 0.05
#: the first letters of record ids (records.ledger_values.record_id_of)
_BUCKETS = sorted(string.ascii_lowercase + "234567")
_NAMED = 5


class RebuildError(AktensucheError):
    """A rebuild could not be done; the live index is as it was. The sentence says what to do."""


@dataclass(frozen=True)
class RebuildProgress:
    """How far a rebuild has come; `rate` is records a second, 0 while it is not known."""

    phase: str
    done: int = 0
    total: int = 0
    rate: float = 0.0


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did: the new index and the one before, and what was compared before they changed places."""

    tenant: str
    number: int
    before: int
    #: records that ledger and new index had alike, and the digest of their ids, versions and rights
    records: int
    digest: str
    #: records that were being worked on at that moment
    moving: int
    #: what the check found missing, stale or too much, and put right
    repaired: int
    vectors_pending: int
    seconds: float


@dataclass
class _Difference:
    """What ledger and new index have alike, and where they differ."""

    alike: int = 0
    moving: int = 0
    owed: int = 0
    faulty: list[int] = field(default_factory=list)
    extra: list[Held] = field(default_factory=list)
    #: of each bucket, in their order
    digests: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Return the digest of all buckets."""
        return hashlib.sha256("".join(self.digests).encode()).hexdigest()[:16]


@contextmanager
def rebuild_of(
    settings: IndexerSettings, *, by: str
) -> Iterator[Callable[[Callable[[RebuildProgress], object]], Rebuild]]:
    """Give what makes a rebuild that tells its progress; `by` is who asked for it, for the audit log."""
    assert settings.audit is not None  # who opens the unfiltered door has an audit log
    ledger, indexes, audit = Ledger(settings.ledger), LedgerIndexes(settings.ledger), AuditLog(settings.audit)
    door = SystemDoor(settings.opensearch, settings.tenants, audit, indexes)
    writer = writer_of(settings, indexes)
    extractor = Extractor(settings.tika, settings.limits, FileStore(settings.files))

    def look(version: IndexVersion) -> AbstractContextManager[Holdings]:
        return door.opened(version.tenant, by=by, purpose="Neuaufbau des Index (rebuild)", version=version)

    def make(on_progress: Callable[[RebuildProgress], object]) -> Rebuild:
        return Rebuild(
            ledger=ledger,
            indexes=indexes,
            extractor=extractor,
            writer=writer,
            look=look,
            limits=settings.limits,
            model=settings.embedding.model,
            dimension=settings.embedding.dimension,
            on_progress=on_progress,
        )

    try:
        yield make
    finally:
        ledger.close()
        indexes.close()
        audit.close()


class Rebuild:
    """The story with what it needs."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        indexes: LedgerIndexes,
        extractor: Extractor,
        writer: OpenSearchWriter,
        look: Callable[[IndexVersion], AbstractContextManager[Holdings]],
        limits: LimitSettings,
        model: str,
        dimension: int,
        on_progress: Callable[[RebuildProgress], object] = lambda _: None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._ledger, self._indexes, self._extractor = ledger, indexes, extractor
        self._writer, self._look, self._limits = writer, look, limits
        self._model, self._shape = model, shape(dimension=dimension)
        self._vectors = KnownVectors(ledger, model)
        self._say, self._patience = on_progress, patience_seconds

    def rebuild(self, tenant: str) -> Rebuilt:
        """Make the index of a tenant anew; RebuildError or IndexInUseError with a sentence if that cannot be."""
        began = time.monotonic()
        self._indexes.note_first(tenant, model=self._model, shape=self._shape)
        with self._holding(tenant) as owner:
            before = self._live(tenant)
            filling = self._begun(tenant)
            version = filling.version
            # from here on whoever takes up work writes to both; whoever is at work now may not know yet
            unaware = self._indexes.leases(tenant)
            released = self._indexes.release_again(tenant)
            self._fill(filling)
            self._wait(tenant, unaware, released)
            found, repaired = self._checked(version)
            self._indexes.make_live(version, owner)
        return Rebuilt(
            tenant=tenant,
            number=version.number,
            before=before.number,
            records=found.alike,
            digest=found.digest,
            moving=found.moving,
            repaired=repaired,
            vectors_pending=self._indexes.vectors_pending(tenant),
            seconds=round(time.monotonic() - began, 1),
        )

    def roll_back(self, tenant: str) -> tuple[int, int]:
        """Let the kept index be live again, which was written all the time; return its number and the other's."""
        self._indexes.note_first(tenant, model=self._model, shape=self._shape)
        with self._holding(tenant) as owner:
            live = self._live(tenant)
            for version, unfit in self._indexes.indexes(tenant):
                if version.state is not VersionState.KEPT:
                    continue
                if unfit:
                    raise RebuildError(f"there is no way back to index {version.number} of {tenant}: it lacks {unfit}")
                other_model = live.model is not None and not version.compares(live.model)
                self._indexes.make_live(version, owner, compare_anew=other_model)
                return version.number, live.number
        raise RebuildError(f"no earlier index of {tenant} is kept; there is nothing to go back to")

    def drop(self, tenant: str) -> tuple[int, ...]:
        """Delete what is not live: the kept index, and what a rebuild left half filled; return the numbers."""
        self._indexes.note_first(tenant, model=self._model, shape=self._shape)
        with self._holding(tenant):
            return self._cleared(tenant)

    # the steps

    def _begun(self, tenant: str) -> Filling:
        filling = self._indexes.filling(tenant)
        if filling is not None and (filling.shape, filling.version.model) == (self._shape, self._model):
            return filling
        self._check_room(tenant)
        self._cleared(tenant)
        version = IndexVersion(tenant, self._indexes.next_number(tenant), VersionState.FILLING, self._model)
        self._writer.create(version)
        return self._indexes.add(tenant, version.number, model=self._model, shape=self._shape)

    def _check_room(self, tenant: str) -> None:
        room = self._writer.room(tenant)
        needed, to_spare = room.used * _GROWTH, room.free - room.disk * _KEPT_FREE
        if needed > to_spare:
            raise RebuildError(
                f"the engine's disk is too full for a second index of {tenant}: about {_megabytes(needed)} MB are "
                f"needed, {_megabytes(max(0, to_spare))} MB are left before the engine stops all writing. Make room, "
                "or give up a kept index ('aktensuche rebuild --drop'), and rebuild again"
            )

    def _cleared(self, tenant: str) -> tuple[int, ...]:
        gone = []
        for version, _ in self._indexes.indexes(tenant):
            if version.state is not VersionState.LIVE:
                self._indexes.drop(version)
                self._writer.delete(version)
                gone.append(version.number)
        return tuple(gone)

    def _fill(self, filling: Filling) -> None:
        version, cursor, began, done = filling.version, filling.cursor, time.monotonic(), 0
        total = self._indexes.total(version.tenant)
        lost = 0
        while taken := self._indexes.after(version.tenant, cursor, _BATCH):
            lost += self._put_in(version, taken)
            done, cursor = done + len(taken), taken[-1].entry.id
            self._indexes.moved(version, cursor)
            seconds = time.monotonic() - began
            self._say(RebuildProgress("filling", done, total, done / seconds if seconds else 0.0))
        if lost:
            _log.warning("%d records of %s could not be put in, they are tried again", lost, version.tenant)

    def _put_in(self, version: IndexVersion, taken: Sequence[Taken]) -> int:
        """Write entries to the new index; return how many could not be made."""
        made: list[tuple[Taken, Record]] = []
        for one in taken:
            record = self._record(one)
            if record is not None:
                made.append((one, record))
        given = self._vectors.given([record for _, record in made])
        results = self._patiently(lambda: self._writer.fill(version, given))
        refused = [r for r in results if r.outcome is Outcome.REFUSED]
        if refused:
            names = ", ".join(f"{r.record_id} ({r.reason})" for r in refused[:_NAMED])
            raise RebuildError(
                f"the new index of {version.tenant} refuses {len(refused)} records that the live one holds: {names}. "
                "The live index is as it was; this version of the software must not replace it"
            )
        by_words = [
            one
            for (one, _), record in zip(made, given, strict=True)
            if one.vectors is VectorState.DONE and record.passages and record.vectors is None
        ]
        self._indexes.without_vectors(by_words)
        return len(taken) - len(made)

    def _record(self, taken: Taken) -> Record | None:
        entry = taken.entry
        sha256 = entry.sha256 or ""
        if entry.state is State.PENDING and self._extractor.kept(sha256) is None:
            return None  # whoever reads it writes it to both indexes
        try:
            return build_record(entry, self._extractor.text_of(sha256), self._limits)
        except (UnreadableError, TikaUnavailableError, OSError) as error:
            _log.error("record %s is in the live index, but its text cannot be had: %s", entry.record_id, error)
            return None

    def _wait(self, tenant: str, unaware: frozenset[Lease], released: Sequence[int]) -> None:
        end = time.monotonic() + self._patience
        while True:
            left = len(unaware & self._indexes.leases(tenant)) + self._indexes.releases_waiting(released)
            if not left:
                return
            self._say(RebuildProgress("waiting", 0, left))
            if time.monotonic() > end:
                raise RebuildError(
                    f"{left} records or releases of {tenant} have been worked on since before the rebuild began. Look "
                    "whether the workers run ('aktensuche doctor'), then rebuild again; it goes on where it stands"
                )
            time.sleep(_PAUSE_SECONDS / 2)

    def _checked(self, version: IndexVersion) -> tuple[_Difference, int]:
        """Compare until ledger and new index are alike; what is missing or too much is put right."""
        repaired, tries, end = 0, 0, time.monotonic() + self._patience
        with self._look(version) as holdings:
            while True:
                found = self._difference(version, holdings)
                faults = len(found.faulty) + len(found.extra)
                if not faults and not found.owed:
                    return found, repaired
                tries += 1 if faults else 0
                if tries > _REPAIRS or time.monotonic() > end:
                    raise RebuildError(self._still_wrong(version, found))
                self._put_in(version, self._indexes.named(found.faulty))
                self._take_out(version, found.extra)
                repaired += faults
                time.sleep(_PAUSE_SECONDS)

    def _difference(self, version: IndexVersion, holdings: Holdings) -> _Difference:
        found = _Difference()
        for number, letter in enumerate(_BUCKETS):
            self._say(RebuildProgress("checking", number, len(_BUCKETS)))
            first, beyond = letter, chr(ord(letter) + 1)
            said = self._indexes.standings(version.tenant, first, beyond)
            self._patiently(lambda: self._writer.refresh(version.tenant))
            held = {seen.record_id: seen for seen in holdings.within(first, beyond)}
            wrong = [s for s in said.values() if s.settled and not _alike(s, held.get(s.record_id))]
            beside = [seen for name, seen in held.items() if name not in said]
            # what changed while it was looked at is being written to both by somebody else
            now = self._indexes.standings(version.tenant, first, beyond) if wrong or beside else said
            faulty = [s for s in wrong if now.get(s.record_id) == s]
            found.faulty += [s.entry_id for s in faulty]
            found.extra += [seen for seen in beside if seen.record_id not in now]
            found.owed += sum(not s.settled and s.record_id not in held for s in said.values())
            alike = [s for s in said.values() if s.settled and s not in wrong]
            found.alike += len(alike)
            found.moving += len(said) - len(alike) - len(faulty)
            found.digests.append(_digest_of(alike))
        return found

    def _take_out(self, version: IndexVersion, extra: Sequence[Held]) -> None:
        removals = []
        for seen in extra:
            sequence = self._indexes.sequence_of(seen.record_id)
            above = seen.version + 1 if sequence is None else max(sequence * 2, seen.version + 1)
            removals.append(Removal(version.tenant, seen.record_id, above))
        if removals:
            self._patiently(lambda: self._writer.remove_from(version, removals))

    def _still_wrong(self, version: IndexVersion, found: _Difference) -> str:
        names = [taken.entry.record_id for taken in self._indexes.named(found.faulty[:_NAMED])]
        names += [seen.record_id for seen in found.extra[:_NAMED]]
        return (
            f"the new index of {version.tenant} does not come to what the ledger says: {len(found.faulty)} records are "
            f"missing or stale, {len(found.extra)} are too much, {found.owed} wait to be read"
            f"{' (' + ', '.join(names) + ')' if names else ''}. The live index is as it was. Look into the workers' "
            "logs for these records, then rebuild again; it goes on where it stands"
        )

    # inside

    @contextmanager
    def _holding(self, tenant: str) -> Iterator[str]:
        owner = new_owner()

        def hold() -> None:
            self._indexes.hold(tenant, owner, LEASE_SECONDS)

        hold()
        try:
            with kept_alive(hold, LEASE_SECONDS / 3):
                yield owner
        finally:
            self._indexes.leave(tenant, owner)

    def _live(self, tenant: str) -> IndexVersion:
        return next(v for v, _ in self._indexes.indexes(tenant) if v.state is VersionState.LIVE)

    def _patiently(self, ask: Callable[[], tuple[WriteResult, ...] | None]) -> tuple[WriteResult, ...]:
        """Ask the engine until it answers and takes what it was given; RebuildError if it stays away."""
        end = time.monotonic() + self._patience
        while True:
            try:
                results = ask() or ()
                why = next((r.reason for r in results if r.outcome is Outcome.RETRY), None)
                if not any(r.outcome is Outcome.RETRY for r in results):
                    return results
            except EngineUnavailableError as error:
                why = str(error)
            if time.monotonic() > end:
                raise RebuildError(
                    f"the engine does not take what it is given: {why}. The live index is as it was. When the engine "
                    "is well, rebuild again; it goes on where it stands"
                )
            time.sleep(_PAUSE_SECONDS)


def _alike(said: Standing, seen: Held | None) -> bool:
    # vectors are written before the ledger knows of them: a version more with the same rights is the same record
    versions = {said.version, said.version | 1}
    return seen is not None and seen.version in versions and seen.rights == rights_digest(said.access)


def _digest_of(alike: Iterable[Standing]) -> str:
    lines = sorted(f"{s.record_id} {s.version // 2} {rights_digest(s.access)}" for s in alike)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _megabytes(size: float) -> str:
    return f"{size / 1_000_000:,.0f}"
