"""Meaning follows the words: gives vectors to records that are indexed already, newest first, each text once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from indexer.extraction import Extractor
from indexer.known_vectors import name_of
from indexer.leases import kept_alive, new_owner
from indexer.pipeline import build_record
from indexer.settings import LimitSettings
from indexer.tika import TikaUnavailableError, UnreadableError
from records.embedding import Embedder
from records.errors import AktensucheError, EmbeddingUnavailableError, EngineUnavailableError
from records.index import Outcome, RecordWriter
from records.ledger import Ledger
from records.ledger_values import Entry
from records.record import Record

_log = logging.getLogger(__name__)

#: records taken at a time; the next are taken while the model still works on these
_RECORDS = 24
#: how long one call goes on taking records
_TURN_SECONDS = 20.0
#: portions on their way: one the model works on, and one that waits for it
_AHEAD = 2

_Portion = list[tuple[Entry, Record]]
_Vectors = dict[str, bytes]


class VectorPhase:
    """Computes and writes vectors; while one portion is written the model works on the next."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        extractor: Extractor,
        embedder: Embedder,
        writer: RecordWriter,
        limits: LimitSettings,
        lease_seconds: float,
        passages_a_time: int,
        words_first_seconds: float = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger, self._extractor, self._embedder, self._writer = ledger, extractor, embedder, writer
        self._limits, self._lease, self._size = limits, lease_seconds, passages_a_time
        self._patience, self._clock = words_first_seconds, clock
        self._waits_since: float | None = None
        self._asking = ThreadPoolExecutor(_AHEAD, thread_name_prefix="ask-vectors")
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="write-vectors")

    def embed_pending(self) -> bool:
        """Take records through for a while; returns whether there may be more."""
        if self._words_first():
            return False
        owner = new_owner()
        held: list[Entry] = []
        finished = 0

        def renew() -> None:
            self._ledger.renew_vectors([e.id for e in tuple(held)], owner, self._lease)

        with kept_alive(renew, self._lease / 3):
            under_way: list[Future[int]] = []
            try:
                coming: dict[str, Future[_Vectors]] = {}
                for portion in self._portions(owner, held):
                    under_way.append(self._start(portion, owner, coming))
                    if len(under_way) > _AHEAD:
                        finished += under_way.pop(0).result()
                while under_way:
                    finished += under_way.pop(0).result()
            except (EmbeddingUnavailableError, EngineUnavailableError, TikaUnavailableError) as error:
                _log.warning("vectors wait: %s", error)
                return False
            finally:
                for future in under_way:  # what is being written is not given back before it is
                    fault = future.exception()
                    if fault is not None and not isinstance(fault, AktensucheError):
                        _log.error("vectors of a portion failed", exc_info=fault)
                self._ledger.release_vectors(held, owner)
        return finished > 0

    def _words_first(self) -> bool:
        """Return whether to wait: both would share this machine's cores, and words matter more."""
        if not self._patience or not self._ledger.words_pending():
            self._waits_since = None
            return False
        now = self._clock()
        if self._waits_since is None:
            self._waits_since = now
        if now - self._waits_since < self._patience:
            return True
        self._waits_since = now  # an import of days must not starve meaning: one turn now and then
        return False

    def _portions(self, owner: str, held: list[Entry]) -> Iterator[_Portion]:
        """Yield records with about as many passages as go to the model at a time; take more while there is time."""
        end = self._clock() + _TURN_SECONDS
        portion: _Portion = []
        size = 0
        while not held or self._clock() < end:
            claimed = self._ledger.claim_vectors(owner, _RECORDS, self._lease)
            if not claimed:
                break
            held += claimed
            for entry in claimed:
                # one record after the other: the text of a single one can be large
                try:
                    extraction = self._extractor.text_of(entry.sha256 or "")
                except UnreadableError as error:
                    _log.error("record %s is in the index, but its text is lost: %s", entry.record_id, error)
                    continue
                record = build_record(entry, extraction, self._limits)
                portion.append((entry, record))
                size += len(record.passages)
                if size >= self._size:
                    yield portion
                    portion, size = [], 0
            if self._patience and self._ledger.words_pending():
                break
        if portion:
            yield portion

    def _start(self, portion: _Portion, owner: str, coming: dict[str, Future[_Vectors]]) -> Future[int]:
        texts = {name_of(p.text): p.text for _, record in portion for p in record.passages}
        waited = {name: coming[name] for name in texts if name in coming}
        known = self._ledger.vectors_of(self._embedder.model, [name for name in texts if name not in waited])
        missing = {name: texts[name] for name in texts if name not in known and name not in waited}
        asked = self._asking.submit(self._embed, missing)
        coming |= dict.fromkeys(missing, asked)

        def write() -> int:
            for future in {id(f): f for f in waited.values()}.values():
                known.update(future.result())
            known.update(asked.result())
            return self._write([(entry, _with_vectors(entry, record, known)) for entry, record in portion], owner)

        return self._writing.submit(write)

    def _embed(self, texts: dict[str, str]) -> _Vectors:
        made: _Vectors = {}
        names = sorted(texts, key=lambda name: -len(texts[name]))  # texts of one length are computed together best
        for start in range(0, len(names), self._size):
            some = names[start : start + self._size]
            vectors = self._embedder.embed_passages([texts[name] for name in some])
            now = dict(zip(some, vectors, strict=True))
            self._ledger.keep_vectors(self._embedder.model, now)
            made |= now
        return made

    def _write(self, portion: _Portion, owner: str) -> int:
        results = self._writer.put([record for _, record in portion])
        done = []
        for (entry, _), result in zip(portion, results, strict=True):
            if result.outcome is Outcome.RETRY:
                continue
            if result.outcome is Outcome.REFUSED:
                _log.error("record %s: the engine refused its vectors: %s", entry.record_id, result.reason)
            done.append(entry)
        self._ledger.finish_vectors(done, owner)
        return len(done)


def _with_vectors(entry: Entry, record: Record, known: _Vectors) -> Record:
    return replace(record, vectors=tuple(known[name_of(p.text)] for p in record.passages), version=entry.version + 1)
