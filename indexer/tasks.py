"""The tasks: ids in, one call, nothing else. Their names are written out, so that moving code renames no message."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from celery import Celery

from indexer.erasure import Erasure
from indexer.leases import has_died
from indexer.pipeline import Pipeline
from indexer.queue import Queue, batches
from indexer.recognition import PagesAgain
from indexer.reconcile import Reconciliation
from indexer.releases import ReleasePhase
from indexer.source_runs import SourceRuns
from indexer.vectors import VectorPhase
from records.errors import AuditUnavailableError, EngineUnavailableError, LedgerUnavailableError
from records.ledger import Ledger

_log = logging.getLogger(__name__)

INDEX = "indexer.index_entries"
SWEEP = "indexer.sweep"
VECTORS = "indexer.embed_pending"
RELEASES = "indexer.bring_up_releases"
RELEASE_VECTORS = "indexer.embed_releases"
ERASE = "indexer.erase_removed"
PAGES = "indexer.read_pages_anew"
SOURCES = "indexer.sync_due_sources"
SOURCE = "indexer.sync_source"
RECONCILE = "indexer.reconcile"

#: who reconciles each night, in the audit log
BY_NIGHT = "aktensuche"

#: entries are told of again after so long, sooner where nothing is on its way any more: then the queue lost them
_QUIET_SECONDS, _LOST_SECONDS = 60.0, 10.0
_SWEPT = 2_000


def register(
    app: Celery,
    *,
    ledger: Ledger,
    pipeline: Pipeline,
    vectors: VectorPhase,
    releases: ReleasePhase,
    erasure: Erasure,
    pages: PagesAgain,
    queue: Queue,
) -> None:
    """Give the tasks of this process what they work with."""

    @app.task(name=INDEX)  # type: ignore[untyped-decorator]
    def index_entries(ids: list[int], late: bool = False) -> None:  # noqa: FBT001, FBT002 - a message has no names
        pipeline.index(ids, late=late)

    @app.task(name=SWEEP)  # type: ignore[untyped-decorator]
    def sweep(anew: bool = False) -> None:  # noqa: FBT001, FBT002 - a message has no names
        ledger.end_leases(has_died)
        quiet = 0.0 if anew else _LOST_SECONDS if queue.idle() else _QUIET_SECONDS
        for batch in batches(ledger.lost_work(quiet_seconds=quiet, limit=_SWEPT)):
            queue.send(batch)

    @app.task(name=VECTORS)  # type: ignore[untyped-decorator]
    def embed_pending() -> None:
        if vectors.embed_pending():
            queue.wake_vectors()

    @app.task(name=RELEASES)  # type: ignore[untyped-decorator]
    def bring_up_releases() -> None:
        releases.bring_up()

    @app.task(name=RELEASE_VECTORS)  # type: ignore[untyped-decorator]
    def embed_releases() -> None:
        releases.embed()

    @app.task(name=ERASE)  # type: ignore[untyped-decorator]
    def erase_removed() -> None:
        erasure.erase()

    @app.task(name=PAGES)  # type: ignore[untyped-decorator]
    def read_pages_anew() -> None:
        pages.read()


def register_sources(app: Celery, sources: SourceRuns, send_source: Callable[[str], object]) -> None:
    """Give the tasks that bring sources up to date what they work with."""

    @app.task(name=SOURCES)  # type: ignore[untyped-decorator]
    def sync_due_sources() -> None:
        sources.send_due(send_source)

    @app.task(name=SOURCE)  # type: ignore[untyped-decorator]
    def sync_source(name: str) -> None:
        sources.run_scheduled(name)


def register_reconciliation(app: Celery, reconciliation: Reconciliation, tenants: Sequence[str]) -> None:
    """Give the task of the night what it works with; only in the process that may open the unfiltered door."""

    @app.task(name=RECONCILE)  # type: ignore[untyped-decorator]
    def reconcile() -> None:
        for tenant in tenants:
            try:
                reconciliation.run(tenant, by=BY_NIGHT, repair=True)
            except (EngineUnavailableError, LedgerUnavailableError, AuditUnavailableError) as error:
                # the others have their turn; the result's age tells that this one is missing
                _log.warning("%s is not reconciled: %s", tenant, error)
