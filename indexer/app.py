"""Wires the indexer's processes: settings in, clients built once and passed down."""

from __future__ import annotations

import datetime as dt
import gc
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init, worker_process_init, worker_process_shutdown, worker_ready, worker_shutdown
from kombu.exceptions import ChannelError, OperationalError

from indexer import tasks
from indexer.erasure import Erasure
from indexer.extraction import Extractor
from indexer.language import load_languages
from indexer.pipeline import Pipeline
from indexer.recognition import PagesAgain
from indexer.reconcile import reconciliation
from indexer.releases import ReleasePhase
from indexer.settings import RECONCILE_AT, IndexerSettings
from indexer.source_runs import SourceRuns
from indexer.sync import Sync
from indexer.vectors import VectorPhase
from records.audit import AuditLog
from records.embedding import EmbeddingClient
from records.files import FileStore
from records.ledger import Ledger
from records.ledger_erasure import LedgerErasure
from records.ledger_indexes import LedgerIndexes
from records.ledger_pages_again import LedgerPagesAgain
from records.ledger_public_sources import LedgerPublicSources
from records.ledger_reconciliation import LedgerReconciliation
from records.ledger_release_work import LedgerReleaseWork
from records.lexicon import lexicon
from records.opensearch.writer import writer_of
from records.pictures import draw
from records.refusals import refusals_of
from records.settings import BrokerSettings, read_secret

_log = logging.getLogger(__name__)

#: the last is for what opens the unfiltered door: served by the worker of the vectors, which unpacks no strange file
TEXT, VECTORS, SOURCES, SYSTEM = "text", "vectors", "sources", "system"
_SWEEP_SECONDS, _TICK_SECONDS, _RELEASE_SECONDS, _ERASE_SECONDS = 10.0, 5.0, 3.0, 60.0
#: how often it is looked whether somebody wants a page read anew
_PAGES_SECONDS = 15.0
#: how often it is looked which source is due
_SOURCES_SECONDS = 15.0
#: how long a run over a source may wait for a free hand
_SOURCE_PATIENCE = 3600.0
#: how long the comparison of the night may wait for a free hand
_RECONCILE_PATIENCE = 3 * 3600
#: how long a turn for releases may wait for a free hand; the next is on its way already
_RELEASE_PATIENCE = 15.0
#: files wait behind what is short: a recall must not stand behind a thousand files (0 is the first to be served), and
#: what takes long behind all other files
_FILES_PRIORITY, _LATE_PRIORITY = 6, 9


class CeleryQueue:
    """Queue on Celery."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send(self, ids: Sequence[int], *, late: bool = False) -> None:
        """Tell workers about entries; see Queue."""
        self._send(tasks.INDEX, TEXT, [list(ids), late], priority=_LATE_PRIORITY if late else _FILES_PRIORITY)

    def idle(self) -> bool:
        """Return whether no entries are on their way; see Queue."""
        try:
            with self._app.connection_for_read() as connection:
                return not connection.default_channel.queue_declare(TEXT, passive=True).message_count
        except ChannelError:
            return True  # Redis keeps no list that is empty
        except OperationalError:
            return False

    def wake_vectors(self) -> None:
        """Tell the worker of the vectors; see Queue. The hint is worth nothing after a moment."""
        self._send(tasks.VECTORS, VECTORS, [], expires=_TICK_SECONDS)

    def sweep(self, *, anew: bool) -> None:
        """Have looked for lost work at once; `anew` where all that was sent may be lost."""
        self._send(tasks.SWEEP, TEXT, [anew], expires=_SWEEP_SECONDS)

    def send_source(self, name: str) -> None:
        """Have a configured source brought up to date; a run that cannot begin soon is left to its next turn."""
        self._send(tasks.SOURCE, SOURCES, [name], expires=_SOURCE_PATIENCE)

    def _send(
        self, name: str, queue: str, arguments: list[object], *, expires: float | None = None, priority: int = 0
    ) -> None:
        try:
            self._app.send_task(name, args=arguments, queue=queue, expires=expires, priority=priority, retry=False)
        except (OperationalError, ChannelError) as error:  # away, or full
            _log.warning("the queue does not answer, the sweep will send again: %s", error)


def create_queue(settings: BrokerSettings, *, reconcile_at: dt.time = RECONCILE_AT) -> tuple[Celery, CeleryQueue]:
    """Return the connection to the queue, as whoever sends needs it; the time of the night is for beat alone."""
    app = Celery("indexer", broker=_broker_url(settings), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        result_backend=None,
        task_acks_late=False,  # the ledger is the truth: a lost message is found by the sweep
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,  # a queue that is full refuses; without this the worker ends (R4)
        broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 5, "health_check_interval": 10},
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_default_queue=TEXT,
        task_create_missing_queues=True,
        worker_soft_shutdown_timeout=8.0,
        timezone="UTC",
        beat_schedule={
            "sweep": {
                "task": tasks.SWEEP,
                "schedule": _SWEEP_SECONDS,
                "options": {"queue": TEXT, "expires": _SWEEP_SECONDS},
            },
            "vectors": {
                "task": tasks.VECTORS,
                "schedule": _TICK_SECONDS,
                "options": {"queue": VECTORS, "expires": _TICK_SECONDS},
            },
            "releases": {
                "task": tasks.RELEASES,
                "schedule": _RELEASE_SECONDS,
                "options": {"queue": TEXT, "expires": _RELEASE_PATIENCE},
            },
            "release-vectors": {
                "task": tasks.RELEASE_VECTORS,
                "schedule": _TICK_SECONDS,
                "options": {"queue": VECTORS, "expires": _TICK_SECONDS},
            },
            "sources": {
                "task": tasks.SOURCES,
                "schedule": _SOURCES_SECONDS,
                "options": {"queue": SOURCES, "expires": _SOURCES_SECONDS},
            },
            "erase": {
                "task": tasks.ERASE,
                "schedule": _ERASE_SECONDS,
                "options": {"queue": TEXT, "expires": _ERASE_SECONDS},
            },
            "pages": {
                "task": tasks.PAGES,
                "schedule": _PAGES_SECONDS,
                "options": {"queue": TEXT, "expires": _PAGES_SECONDS},
            },
            "reconcile": {
                "task": tasks.RECONCILE,
                "schedule": crontab(hour=str(reconcile_at.hour), minute=str(reconcile_at.minute)),
                "options": {"queue": SYSTEM, "expires": _RECONCILE_PATIENCE},
            },
        },
    )
    return app, CeleryQueue(app)


def create_app(settings: IndexerSettings) -> Celery:
    """Return the worker's application."""
    app, queue = create_queue(settings.broker, reconcile_at=settings.reconcile_at)
    ledger = Ledger(settings.ledger)
    files = FileStore(settings.files)
    extractor = Extractor(settings.tika, settings.limits, files)
    indexes = LedgerIndexes(settings.ledger)
    writer = writer_of(settings, indexes)
    pipeline = Pipeline(
        ledger=ledger,
        files=files,
        extractor=extractor,
        writer=writer,
        queue=queue,
        limits=settings.limits,
        clients=settings.tika.clients,
        lease_seconds=settings.lease_seconds,
        model=settings.embedding.model,
    )
    embedder = EmbeddingClient(settings.embedding)
    vectors = VectorPhase(
        ledger=ledger,
        extractor=extractor,
        embedder=embedder,
        writer=writer,
        limits=settings.limits,
        lease_seconds=settings.lease_seconds,
        passages_a_time=settings.vector_passages,
        words_first_seconds=settings.words_first_seconds,
    )
    work = LedgerReleaseWork(settings.ledger, refusals_of(settings.releases))
    releases = ReleasePhase(
        work=work,
        vectors=ledger,
        extractor=extractor,
        embedder=embedder,
        writer=writer,
        limits=settings.limits,
        lease_seconds=settings.lease_seconds,
    )
    forgetting = LedgerErasure(settings.ledger)
    erasure = Erasure(ledger=forgetting, files=files, extractor=extractor, limits=settings.limits)
    asked_for = LedgerPagesAgain(settings.ledger)
    pages = PagesAgain(pages=asked_for, ledger=ledger, files=files, extractor=extractor, queue=queue, draw=draw)
    sync = Sync(ledger=ledger, files=files, queue=queue, writer=writer, file_limit=settings.limits.file_bytes)
    public = LedgerPublicSources(settings.ledger)
    sources = SourceRuns(ledger=ledger, public=public, sync=sync, file=settings.sources_file, tenants=settings.tenants)
    tasks.register(
        app,
        ledger=ledger,
        pipeline=pipeline,
        vectors=vectors,
        releases=releases,
        erasure=erasure,
        pages=pages,
        queue=queue,
    )
    tasks.register_sources(app, sources, queue.send_source)

    if settings.audit is not None and settings.opensearch.system_secret_file is not None:
        comparing = LedgerReconciliation(settings.ledger)
        audit = AuditLog(settings.audit)
        nightly = reconciliation(settings, ledger=comparing, audit=audit, versions=indexes, writer=writer, queue=queue)
        tasks.register_reconciliation(app, nightly, settings.tenants)

    def close(**_: object) -> None:
        pipeline.close()
        ledger.close()
        indexes.close()
        work.close()
        forgetting.close()
        asked_for.close()
        public.close()

    def divide(sender: Any, **_: object) -> None:
        # what each of its processes needs and none of them changes: read once, and held once in memory
        if TEXT in sender.app.amqp.queues.consume_from:
            lexicon()
            load_languages()
            gc.freeze()

    def take_over(sender: Any, **_: object) -> None:
        # a worker that died had messages with it
        if TEXT in sender.app.amqp.queues.consume_from:
            queue.sweep(anew=True)

    def stand_in(**_: object) -> None:
        # one process of the worker takes the place of another, which may have had files in hand
        queue.sweep(anew=False)

    for signal, receiver in (
        (worker_init, divide),
        (worker_ready, take_over),
        (worker_process_init, stand_in),
        (worker_process_shutdown, close),
        (worker_shutdown, close),
    ):
        signal.connect(receiver, weak=False)
    return app


def _broker_url(settings: BrokerSettings) -> str:
    if settings.password_file is None:
        return settings.url
    scheme, _, rest = settings.url.partition("://")
    return f"{scheme}://:{quote(read_secret(settings.password_file), safe='')}@{rest}"
