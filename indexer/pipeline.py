"""The way of a record into the index: fetch, extract, split, put. Running it twice changes nothing.

It takes entries from the ledger under leases, and tells the ledger what became of them. It reads no source: the
content was kept when the source was read.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import tempfile
import threading
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from indexer import members, passages
from indexer.budget import Budget
from indexer.extraction import Extraction, Extractor, joined, limited
from indexer.known_vectors import KnownVectors
from indexer.leases import kept_alive, new_owner
from indexer.queue import Queue, batches
from indexer.settings import LimitSettings
from indexer.tika import TakesLongError, TikaUnavailableError, UnreadableError
from indexer.turns import FIRST_SECONDS, Turns
from records.errors import EngineUnavailableError, LedgerUnavailableError
from records.files import FileStore
from records.index import Outcome, RecordWriter, Removal
from records.ledger import Ledger
from records.ledger_tables import AccessSource, State, VectorState
from records.ledger_values import Done, Entry, Fault, Seen, access_to_json, metadata_to_json
from records.reasons import Reason
from records.record import NOTICE, Metadata, Original, Record

_log = logging.getLogger(__name__)

#: names that promise text; a file that keeps nothing of it is damaged, any other is only without text
_DOCUMENTS = frozenset(
    {".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".ods", ".ppt", ".pptx", ".odp", ".msg"}
)
_UNKNOWN = "application/octet-stream"
_NOT_TAKEN_OUT = "Die enthaltenen Dateien ließen sich nicht entnehmen; durchsuchbar ist nur der Text der Datei selbst."
#: seconds after which what has been read is written, though others of the same batch are still being read
_PATIENCE = 2.0
_LATER_WITHOUT_MEANING = "Die Unterlage ist sehr lang; ihre letzten Seiten werden nur über ihre Wörter gefunden."


@dataclass(frozen=True)
class Prepared:
    """A record ready to be written, and the members that came out of it."""

    entry: Entry
    record: Record
    inner: tuple[Seen, ...] | None = None


class Pipeline:
    """The steps with what they need. Safe for threads."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        files: FileStore,
        extractor: Extractor,
        writer: RecordWriter,
        queue: Queue,
        limits: LimitSettings,
        clients: int,
        lease_seconds: float,
        model: str,
    ) -> None:
        self._ledger, self._files, self._extractor = ledger, files, extractor
        self._writer, self._queue, self._limits = writer, queue, limits
        self._lease = lease_seconds
        self._pool = ThreadPoolExecutor(clients, thread_name_prefix="extract")
        self._ensured: set[str] = set()
        self._ensuring = threading.Lock()
        self._vectors = KnownVectors(ledger, model)
        self._budget = Budget(ledger, limits)
        self._turns = Turns(files)

    def close(self) -> None:
        """Let no further file be begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def index(self, ids: Sequence[int], *, late: bool = False) -> None:
        """Bring entries to where the ledger wants them: into the index, out of it, or into quarantine.

        What takes long is only read `late`; before, it is sent to the end of the queue.
        """
        suspects = self._ledger.suspects(ids)
        if len(ids) > 1:
            # whatever was in hand when a process of the worker died is tried again without company
            for suspect in suspects:
                self._queue.send([suspect], late=late)
        for batch in batches(self._index(ids, late=late)):
            self._queue.send(batch, late=True)

    def _index(self, ids: Sequence[int], *, late: bool) -> list[int]:
        """Return what is to be sent again, late."""
        owner = new_owner()
        claimed = self._ledger.claim(ids, owner, self._lease)
        if not claimed:
            return []
        held = [e.id for e in claimed]
        later = [] if late else [e.id for e in self._turns.later(claimed)]
        if later:
            self._ledger.release(later, owner)
        mine = [i for i in held if i not in later]
        blamed = True
        with kept_alive(lambda: self._ledger.renew(mine, owner, self._lease), self._lease / 3):
            try:
                later += self._work([e for e in claimed if e.id not in later], owner, late=late)
                blamed = False
            except (EngineUnavailableError, TikaUnavailableError, LedgerUnavailableError) as error:
                blamed = False
                _log.warning("%d entries wait: %s", len(mine), error)
            except ImportError:
                # the fault of this worker, never of a file: a package was complete when it started, and no longer is
                blamed = False
                _log.exception("%d entries wait: this worker lacks a package, install it and start it again", len(mine))
            finally:
                # What is not finished by now is given back; what is finished is no longer held. An error that nobody
                # foresaw counts like a crash: the same entry must not bring it up again and again.
                self._ledger.release(mine, owner, blamed=blamed)
        return later

    def _work(self, claimed: Sequence[Entry], owner: str, *, late: bool) -> list[int]:
        """Return what needs more time than a first turn has."""
        self._remove([e for e in claimed if e.state is State.REMOVING], owner)
        seconds = None if late else FIRST_SECONDS
        reading = {self._pool.submit(self._prepare, e, seconds): e for e in claimed if e.state is State.PENDING}
        long: list[int] = []
        hindered: TikaUnavailableError | ImportError | None = None
        try:
            while reading:
                ready = wait(reading, timeout=_PATIENCE).done
                prepared: list[Prepared] = []
                done: list[Done] = []
                for future in ready:
                    entry = reading.pop(future)
                    try:
                        prepared.append(future.result())
                    except UnreadableError as error:
                        done.append(Done(entry, fault=error.fault))
                    except TakesLongError:
                        self._turns.was_slow(entry.sha256 or "")
                        # given back at once: it has had its turn, and does not wait for the others of this batch
                        self._ledger.release([entry.id], owner)
                        long.append(entry.id)
                    except (TikaUnavailableError, ImportError) as error:
                        hindered = error
                    except Exception as error:  # noqa: BLE001
                        # One file must never stop the others, whatever it makes our code do; the trace goes to the log.
                        _log.exception("entry %d (record %s) cannot be read", entry.id, entry.record_id)
                        done.append(Done(entry, fault=Fault(Reason.CRASHED, type(error).__name__)))
                self._write(prepared, done, owner)
        finally:
            _given_up(reading)
            self._budget.noted(claimed)
        if hindered is not None:
            raise hindered
        return long

    def _write(self, prepared: Sequence[Prepared], done: list[Done], owner: str) -> None:
        try:
            done += self._put(prepared)
        finally:
            still_indexed = self._ledger.finish(done, owner) if done else ()
        if still_indexed:
            self._queue.send(still_indexed)
        if any(d.vectors is VectorState.PENDING for d in done):
            self._queue.wake_vectors()

    def _prepare(self, entry: Entry, seconds: float | None) -> Prepared:
        if entry.sha256 is None:
            raise UnreadableError(Fault(Reason.VANISHED))
        if entry.size == 0:
            raise UnreadableError(Fault(Reason.EMPTY))
        if entry.rights_only and (kept := self._extractor.kept(entry.sha256)) is not None:
            return Prepared(entry, build_record(entry, kept, self._limits))
        extraction, inner = self._extract(entry, entry.sha256, seconds)
        if extraction.media_type == _UNKNOWN and PurePosixPath(entry.file_name).suffix.lower() in _DOCUMENTS:
            raise UnreadableError(Fault(Reason.DAMAGED, "no content of its kind"))
        return Prepared(entry, build_record(entry, extraction, self._limits), inner)

    def _extract(self, entry: Entry, sha256: str, seconds: float | None) -> tuple[Extraction, tuple[Seen, ...] | None]:
        path = self._files.path(sha256)
        if members.is_archive(path):
            return self._budget.unpack(
                entry, lambda left: self._opened(entry, sha256, members.read_archive(path, left))
            )
        if members.is_mail(path):
            return self._budget.unpack(entry, lambda left: self._opened(entry, sha256, members.read_mail(path, left)))
        extraction = self._extractor.text_of(sha256, seconds=seconds)
        if not extraction.holds_files:
            return extraction, None
        with tempfile.NamedTemporaryFile(suffix=".zip") as packed:
            try:
                self._extractor.unpack(sha256, packed)
            except UnreadableError as error:
                if error.fault.reason == Reason.ARCHIVE_BOMB:
                    raise
                # its own text could be read, and says what is missing
                noticed = replace(extraction, notice=joined(extraction.notice, _NOT_TAKEN_OUT))
                return limited(noticed, self._limits), ()
            packed.flush()
            taken_out = Path(packed.name)
            return self._budget.unpack(
                entry,
                lambda left: self._opened(entry, sha256, (extraction, members.read_unpacked(taken_out, left))),
            )

    def _opened(
        self, entry: Entry, sha256: str, read: tuple[Extraction, Iterator[members.Member]]
    ) -> tuple[Extraction, tuple[Seen, ...]]:
        """Keep what an archive or mail holds."""
        extraction = limited(read[0], self._limits)
        self._extractor.keep(sha256, extraction)
        deep = entry.path.count(members.SEPARATOR) >= self._limits.archive_depth
        seen = []
        for name, member in members.unique_names(read[1]):
            inner_sha, size = self._files.keep(io.BytesIO(member.content), limit=self._limits.archive_bytes)
            path_inside = f"{entry.path}{members.SEPARATOR}{name}"
            seen.append(
                Seen(
                    path=path_inside,
                    file_name=PurePosixPath(name.replace("\\", "/")).name or name,
                    fingerprint=None,
                    sha256=inner_sha,
                    size=size,
                    modified_at=entry.modified_at,
                    metadata=_inherited(entry.metadata),
                    # SECURITY: a member is never open to more people than what it came in.
                    access=entry.access,
                    access_source=AccessSource.ARCHIVE,
                    fault=Fault(Reason.TOO_DEEP) if deep else member.fault,
                )
            )
        return extraction, tuple(seen)

    def _put(self, prepared: Sequence[Prepared]) -> list[Done]:
        done: list[Done] = []
        for tenant in sorted({p.entry.tenant for p in prepared}):
            some = [p for p in prepared if p.entry.tenant == tenant]
            self._ensure(tenant)
            records = self._vectors.given([p.record for p in some])
            results = self._writer.put(records)
            waiting = [result for result in results if result.outcome is Outcome.RETRY]
            if waiting:
                # an alarm for whoever watches the logs: nothing is lost, and nothing goes on before this is put right
                _log.error("the engine takes no writes for %s, %d wait: %s", tenant, len(waiting), waiting[0].reason)
            for item, record, result in zip(some, records, results, strict=True):
                if result.outcome is Outcome.RETRY:
                    continue
                if result.outcome is Outcome.REFUSED:
                    done.append(Done(item.entry, fault=Fault(Reason.REFUSED, result.reason or "")))
                    continue
                # members first: a crash between the two does it all again, the other way round they would be missing
                self._note_members(item)
                done.append(_indexed(item.entry, record))
        return done

    def _ensure(self, tenant: str) -> None:
        with self._ensuring:
            if tenant not in self._ensured:
                self._writer.ensure_index(tenant)
                self._ensured.add(tenant)

    def _note_members(self, item: Prepared) -> None:
        known = self._ledger.members(item.entry.id)
        if item.entry.rights_only:
            # they have the same rights already, and wait to be written with them
            for batch in batches([k.id for k in known.values() if k.state is State.PENDING]):
                self._queue.send(batch)
            return
        inner, access = item.inner or (), access_to_json(item.entry.access)
        changed = [
            s
            for s in inner
            if (k := known.get(s.path)) is None
            or (k.sha256, k.metadata, k.access) != (s.sha256, metadata_to_json(s.metadata), access)
        ]
        ids = list(self._ledger.note(item.entry.source, changed, parent=item.entry)) if changed else []
        gone = [k.id for path, k in known.items() if path not in {s.path for s in inner}]
        ids += self._ledger.leave(gone) if gone else []
        for batch in batches(ids):
            self._queue.send(batch)

    def _remove(self, leaving: Sequence[Entry], owner: str) -> None:
        done: list[Done] = []
        for tenant in sorted({e.tenant for e in leaving}):
            self._ensure(tenant)
        results = self._writer.remove([Removal(e.tenant, e.record_id, e.version) for e in leaving]) if leaving else ()
        for entry, result in zip(leaving, results, strict=True):
            if result.outcome in {Outcome.WRITTEN, Outcome.SUPERSEDED}:
                done.append(Done(entry, removed=True))
            else:
                _log.warning("record %s was not removed: %s", entry.record_id, result.reason)
        self._ledger.finish(done, owner)


def _given_up(reading: Collection[Future[Prepared]]) -> None:
    """Wait for files that are being read though nobody wants them any more, and begin no other."""
    for future in reading:
        future.cancel()
    wait(reading)


def build_record(
    entry: Entry, extraction: Extraction, limits: LimitSettings, vectors: tuple[bytes, ...] | None = None
) -> Record:
    """Make the record of an entry from what its file holds; the same always gives the same."""
    pieces = passages.split(extraction.pages, limit=limits.passages + 1)
    if len(pieces) > limits.passages:
        pieces = pieces[: limits.passages]
        extraction = replace(extraction, notice=joined(extraction.notice, _LATER_WITHOUT_MEANING))
    metadata = _completed(entry, extraction)
    return Record(
        record_id=entry.record_id,
        source=entry.source.name,
        access=entry.access,
        metadata=metadata,
        original=Original(
            file_name=entry.file_name, media_type=extraction.media_type, size=entry.size, sha256=entry.sha256 or ""
        ),
        pages=extraction.pages,
        passages=pieces,
        text_state=extraction.text_state,
        version=entry.version if vectors is None else entry.version + 1,
        parent_id=entry.parent_record_id,
        vectors=vectors,
    )


def _completed(entry: Entry, extraction: Extraction) -> Metadata:
    metadata = entry.metadata
    title = metadata.title or extraction.title or _title_of(entry.file_name)
    date = metadata.date or extraction.created
    if date is None and entry.modified_at is not None:
        date = dt.datetime.fromtimestamp(entry.modified_at, dt.UTC).date()
    fields = {**metadata.fields, **extraction.facts}
    recognised = [p for p in extraction.pages if p.confidence is not None]
    if recognised:
        letters = sum(len(p.text) for p in recognised) or 1
        sure = sum(len(p.text) * p.confidence for p in recognised if p.confidence is not None)
        fields |= {"ocr_pages": len(recognised), "ocr_confidence": round(sure / letters)}
    if extraction.notice:
        fields[NOTICE] = extraction.notice
    return replace(metadata, title=title, date=date, fields=fields)


def _title_of(file_name: str) -> str:
    name = PurePosixPath(file_name)
    return unicodedata.normalize("NFC", name.stem if name.suffix else file_name) or file_name


def _inherited(metadata: Metadata) -> Metadata:
    """Return what a member has from its archive or mail: where it belongs, not what it is."""
    return replace(metadata, title="", source_id=None, document_type=None, date=metadata.date, fields={})


def _indexed(entry: Entry, record: Record) -> Done:
    vectors = VectorState.PENDING if record.vectors is None else VectorState.DONE
    return Done(
        entry,
        media_type=record.original.media_type,
        record_date=record.metadata.date,
        text_state=record.text_state,
        page_count=len(record.pages),
        passage_count=len(record.passages),
        vectors=vectors if record.passages else VectorState.NONE,
        recognised=tuple((page.number, page.confidence) for page in record.pages if page.confidence is not None),
    )
