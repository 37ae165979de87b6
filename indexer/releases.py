"""Brings the index of releases to what the ledger says: writes them, follows their records, takes them back.

Like the pipeline it can be run twice, by two processes, and killed at any point: leases and versions keep the order,
and the ledger knows what is still to be done. Words come first; a release gets its vectors as soon as they can be had.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from indexer import passages
from indexer.extraction import Extractor
from indexer.known_vectors import name_of
from indexer.leases import kept_alive, new_owner
from indexer.pipeline import build_record
from indexer.settings import LimitSettings
from indexer.tika import TikaUnavailableError
from records.embedding import Embedder
from records.errors import EmbeddingUnavailableError, EngineUnavailableError, LedgerUnavailableError
from records.index import Outcome, RecordWriter, Removal, WriteResult
from records.ledger_release_work import LedgerReleaseWork, ReleaseDone, ReleaseWork
from records.ledger_tables import VectorState
from records.ledger_vectors import LedgerVectors
from records.record import Metadata, Page, Record, TextState
from records.release import ReleasedRecord, ReleaseForm, ReleaseState, ShownField

_log = logging.getLogger(__name__)

#: releases in hand at a time
_BATCH = 16
_Claim = Callable[[str, int, float], tuple[ReleaseWork, ...]]
_UNAVAILABLE = (EngineUnavailableError, TikaUnavailableError, EmbeddingUnavailableError, LedgerUnavailableError)


class ReleasePhase:
    """The steps with what they need. Safe for threads."""

    def __init__(
        self,
        *,
        work: LedgerReleaseWork,
        vectors: LedgerVectors,
        extractor: Extractor,
        embedder: Embedder,
        writer: RecordWriter,
        limits: LimitSettings,
        lease_seconds: float,
    ) -> None:
        self._work, self._vectors, self._extractor = work, vectors, extractor
        self._embedder, self._writer, self._limits, self._lease = embedder, writer, limits, lease_seconds
        self._ensured: set[str] = set()
        self._noting = threading.Lock()

    def bring_up(self) -> None:
        """Do what is to be done now: ends, changes of records, recalls, new releases; vectors where they are known."""
        # the steps below can run beside themselves, but gain nothing by it
        if not self._noting.acquire(blocking=False):
            return
        try:
            self._work.follow()
            self._work.apply_rules()
        except LedgerUnavailableError as error:
            _log.warning("releases wait: %s", error)
            return
        finally:
            self._noting.release()
        self._work_off(self._work.claim, make_vectors=False)

    def embed(self) -> None:
        """Give vectors to releases that have their words."""
        self._work_off(self._work.claim_vectors, make_vectors=True)

    def _work_off(self, claim: _Claim, *, make_vectors: bool) -> None:
        owner = new_owner()
        try:
            while claimed := claim(owner, _BATCH, self._lease):
                with kept_alive(partial(self._work.renew, claimed, owner, self._lease), self._lease / 3):
                    try:
                        # what is not done here is tried again when its lease has run out, not in a circle
                        self._work.finish(self._done(claimed, make_vectors=make_vectors), owner)
                    except _UNAVAILABLE:
                        self._work.give_back(claimed, owner)
                        raise
        except _UNAVAILABLE as error:
            _log.warning("releases wait: %s", error)

    def _done(self, claimed: Sequence[ReleaseWork], *, make_vectors: bool) -> list[ReleaseDone]:
        for tenant in sorted({work.access.owner for work in claimed} - self._ensured):
            self._writer.ensure_index(tenant)
            self._ensured.add(tenant)
        leaving = [work for work in claimed if work.state is ReleaseState.RECALLING]
        removals = [Removal(work.access.owner, work.release_id, work.version) for work in leaving]
        removed = self._writer.remove_releases(removals) if removals else ()
        done = [ReleaseDone(work) for work, result in zip(leaving, removed, strict=True) if _settled(result)]
        made = [
            (work, release)
            for work in claimed
            if work.state is not ReleaseState.RECALLING
            and (release := self._built(work, make_vectors=make_vectors)) is not None
        ]
        written = self._writer.put_releases([release for _, release in made]) if made else ()
        return done + [
            ReleaseDone(work, _vector_state(release))
            for (work, release), result in zip(made, written, strict=True)
            if _settled(result)
        ]

    def _built(self, work: ReleaseWork, *, make_vectors: bool) -> ReleasedRecord | None:
        try:
            return self._with_vectors(self._release(work), make_missing=make_vectors)
        except _UNAVAILABLE:
            raise
        except Exception:  # noqa: BLE001
            # One release must never stop the others, least of all a recall; the trace goes to the log.
            _log.exception("release %s cannot be made", work.release_id)
            return None

    def _release(self, work: ReleaseWork) -> ReleasedRecord:
        match work.shown.form:
            case ReleaseForm.WHOLE:
                extraction = self._extractor.text_of(work.entry.sha256 or "")
                return _whole(work, build_record(work.entry, extraction, self._limits))
            case ReleaseForm.REDACTED:
                return _redacted(work, self._limits)
            case ReleaseForm.EXISTENCE:
                return _existence(work)

    def _with_vectors(self, release: ReleasedRecord, *, make_missing: bool) -> ReleasedRecord:
        if not release.passages:
            return release
        texts = {name_of(passage.text): passage.text for passage in release.passages}
        known = self._vectors.vectors_of(self._embedder.model, sorted(texts))
        missing = sorted(texts.keys() - known.keys())
        if missing and not make_missing:
            return release
        if missing:
            made = dict(zip(missing, self._embedder.embed_passages([texts[n] for n in missing]), strict=True))
            self._vectors.keep_vectors(self._embedder.model, made)
            known |= made
        return replace(
            release, vectors=tuple(known[name_of(p.text)] for p in release.passages), version=release.version + 1
        )


def _whole(work: ReleaseWork, record: Record) -> ReleasedRecord:
    meta = record.metadata
    return ReleasedRecord(
        release_id=work.release_id,
        form=ReleaseForm.WHOLE,
        access=work.access,
        # SECURITY: named one by one. What the source calls the record, how long it is kept, and fields that this
        # software does not know stay with the owner.
        metadata=Metadata(
            title=meta.title,
            file_reference=meta.file_reference,
            file_plan=meta.file_plan,
            document_type=meta.document_type,
            date=meta.date,
            department=meta.department,
            case_type=meta.case_type,
            case_reference=meta.case_reference,
        ),
        year=f"{meta.date.year:04}" if meta.date else None,
        text_state=record.text_state,
        version=work.version,
        original=record.original,
        pages=record.pages,
        passages=record.passages,
    )


def _redacted(work: ReleaseWork, limits: LimitSettings) -> ReleasedRecord:
    redaction = work.shown.redaction
    assert redaction is not None  # a redacted release without its text cannot be made (records.release.Shown)
    # SECURITY: every word comes from the redaction, none from the record; no file and no pictures.
    pages = tuple(Page(n, passages.tidy(text)) for n, text in enumerate(redaction.pages, start=1))
    return ReleasedRecord(
        release_id=work.release_id,
        form=ReleaseForm.REDACTED,
        access=work.access,
        metadata=_ticked(work, title=passages.tidy(redaction.title)),
        year=_ticked_year(work),
        text_state=TextState.FULL if any(page.text for page in pages) else TextState.NONE,
        version=work.version,
        pages=pages,
        passages=passages.split(pages, limit=limits.passages),
    )


def _existence(work: ReleaseWork) -> ReleasedRecord:
    return ReleasedRecord(
        release_id=work.release_id,
        form=ReleaseForm.EXISTENCE,
        access=work.access,
        metadata=_ticked(work, title=""),
        year=_ticked_year(work),
        text_state=TextState.NONE,
        version=work.version,
    )


def _ticked(work: ReleaseWork, *, title: str) -> Metadata:
    meta, ticked = work.entry.metadata, work.shown.fields
    return Metadata(
        title=title,
        file_plan=meta.file_plan if ShownField.FILE_PLAN in ticked else None,
        document_type=meta.document_type if ShownField.DOCUMENT_TYPE in ticked else None,
        department=meta.department if ShownField.DEPARTMENT in ticked else None,
        case_type=meta.case_type if ShownField.CASE_TYPE in ticked else None,
    )


def _ticked_year(work: ReleaseWork) -> str | None:
    return work.record_year if ShownField.YEAR in work.shown.fields else None


def _vector_state(release: ReleasedRecord) -> VectorState:
    if not release.passages:
        return VectorState.NONE
    return VectorState.PENDING if release.vectors is None else VectorState.DONE


def _settled(result: WriteResult) -> bool:
    if result.outcome in {Outcome.WRITTEN, Outcome.SUPERSEDED}:
        return True
    _log.warning("release %s was not taken: %s", result.record_id, result.reason)
    return False
