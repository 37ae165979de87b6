"""The indexer as the command line uses it: import, sync, retry, pause, agree."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from indexer.app import create_queue
from indexer.arrival import Progress as RunProgress
from indexer.folder_import import FolderImport
from indexer.quarantine import Retried, retry
from indexer.settings import IndexerSettings
from indexer.source_runs import SourceRuns
from indexer.sources.protocol import SourceUnavailableError
from indexer.sources.settings import SourceSettings, Surroundings
from indexer.sync import SourceBusyError, Sync, SyncSummary, Until
from local.layout import Layout
from local.privileges import as_caller, owner_of, writing_as
from local.processes import indexer_settings
from local.running import CommandError
from local.state import NotRunningError, read_state
from records.files import FileStore
from records.ledger import Ledger
from records.ledger_indexes import LedgerIndexes
from records.ledger_public_sources import LedgerPublicSources
from records.ledger_values import Source
from records.opensearch import writer_of

_LOOK_SECONDS = 1.0
_PHASES = {
    "listing": "looking at the source",
    "reading": "taking in",
    "words": "found by words",
    "meaning": "found by meaning",
}


@dataclass(frozen=True)
class Indexer:
    """The indexer as the command line uses it."""

    ledger: Ledger
    sync: Sync
    sources: SourceRuns
    tenants: Sequence[str]


@contextmanager
def _indexer(layout: Layout, ports: dict[str, int]) -> Iterator[Indexer]:
    """Files are read as the caller, all is written as the service user; progress goes to standard error."""
    os.environ.update(indexer_settings(layout, ports))
    with writing_as(owner_of(layout.data)):
        settings = IndexerSettings()  # from the environment
        ledger, public = Ledger(settings.ledger), LedgerPublicSources(settings.ledger)
        _, queue = create_queue(settings.broker)
        indexes = LedgerIndexes(settings.ledger)
        writer = writer_of(settings, indexes)
        try:
            with bar() as shown:
                task = shown.add_task(_PHASES["listing"], total=None)
                looked = time.monotonic()

                def show(progress: RunProgress) -> None:
                    nonlocal looked
                    if time.monotonic() - looked > _LOOK_SECONDS:
                        looked = time.monotonic()
                        still_running(layout)
                    said = _PHASES.get(progress.phase, progress.phase)
                    rate = f", {progress.rate:.1f} a second" if progress.rate else ""
                    shown.update(task, description=said + rate, completed=progress.done, total=progress.total or None)

                sync = Sync(
                    ledger=ledger,
                    files=FileStore(settings.files),
                    queue=queue,
                    writer=writer,
                    file_limit=settings.limits.file_bytes,
                    on_progress=show,
                )
                sources = SourceRuns(
                    ledger=ledger,
                    public=public,
                    sync=sync,
                    file=settings.sources_file,
                    tenants=settings.tenants,
                    surroundings=Surroundings(caller=as_caller),
                )
                yield Indexer(ledger, sync, sources, settings.tenants)
        except (SourceBusyError, SourceUnavailableError) as error:
            raise CommandError(str(error)) from error
        finally:
            ledger.close()
            indexes.close()
            public.close()


def import_as_caller(
    layout: Layout, ports: dict[str, int], folder: Path, *, tenant: str | None, wait: bool
) -> SyncSummary:
    """Import `folder`."""
    # before stepping down: a link on the way may lie where only the caller gets to
    real = Path(os.path.realpath(folder))
    with _indexer(layout, ports) as indexer:
        importing = FolderImport(sync=indexer.sync, ledger=indexer.ledger, tenants=indexer.tenants, caller=as_caller)
        return importing.run(real, tenant=tenant, wait_vectors=wait)


def sync_source(layout: Layout, ports: dict[str, int], name: str, *, wait: bool) -> SyncSummary:
    """Bring a configured source up to date."""
    with _indexer(layout, ports) as indexer:
        return indexer.sources.run(name, until=Until.MEANING if wait else Until.WORDS)


def pause_source(layout: Layout, ports: dict[str, int], name: str, *, paused: bool) -> Source:
    """Pause a source or let it go on, whichever of its names is given."""
    with _indexer(layout, ports) as indexer:
        source = _source(indexer, name)
        indexer.ledger.pause(source, paused=paused)
        return source


def agree_to_removal(layout: Layout, ports: dict[str, int], name: str) -> Source:
    """Let the next run over a source remove all that has left it; CommandError if there is no such source."""
    with _indexer(layout, ports) as indexer:
        source = _source(indexer, name)
        indexer.ledger.agree(source)
        return source


def configured_sources(layout: Layout, ports: dict[str, int]) -> dict[str, SourceSettings]:
    """Return the sources that the file names."""
    with _indexer(layout, ports) as indexer:
        return indexer.sources.configured()


def _source(indexer: Indexer, name: str) -> Source:
    source = indexer.ledger.source_named(name)
    if source is not None:
        return source
    settings = indexer.sources.configured().get(name)
    if settings is None:
        raise CommandError(f"source {name!r} is unknown: 'aktensuche sources' shows the names", 2)
    return indexer.sources.in_ledger(settings)


def retry_quarantined(
    layout: Layout, ports: dict[str, int], tenants: Sequence[str], *, reason: str | None, record_id: str | None = None
) -> Retried:
    """Have quarantined files read anew; progress goes to standard error."""
    os.environ.update(indexer_settings(layout, ports))
    with writing_as(owner_of(layout.data)):
        settings = IndexerSettings()  # from the environment
        ledger = Ledger(settings.ledger)
        _, queue = create_queue(settings.broker)
        looked = time.monotonic()
        try:
            with bar() as shown:
                task = shown.add_task("reading again", total=None)

                def show(done: int, of: int) -> None:
                    nonlocal looked
                    if time.monotonic() - looked > _LOOK_SECONDS:
                        looked = time.monotonic()
                        still_running(layout)
                    shown.update(task, completed=done, total=of or None)

                return retry(ledger, queue, tenants, reason=reason, record_id=record_id, on_progress=show)
        finally:
            ledger.close()


def still_running(layout: Layout) -> None:
    """Nobody would take in what we wait for."""
    try:
        read_state(layout)
    except NotRunningError as error:
        raise CommandError(
            "the system was stopped; nothing is lost: start it with 'aktensuche up' and import again"
        ) from error


def bar() -> Progress:
    """Return a bar with rate and remaining time on standard error, for people only."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
