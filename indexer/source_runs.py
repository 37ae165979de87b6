"""Runs over the sources that the installation's file names: by hand, or when they are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.sources.configuration import load
from indexer.sources.protocol import SourceUnavailableError
from indexer.sources.settings import SourceSettings, Surroundings
from indexer.sync import SourceBusyError, Sync, SyncSummary, Until
from records.errors import AktensucheError, InvalidInputError
from records.ledger import Ledger
from records.ledger_public_sources import LedgerPublicSources
from records.ledger_values import Source

_log = logging.getLogger(__name__)


class SourceRuns:
    """The configured sources, with what a run needs. The file is read anew each time: an edit needs no restart."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        public: LedgerPublicSources,
        sync: Sync,
        file: Path | None,
        tenants: Sequence[str],
        surroundings: Surroundings | None = None,
    ) -> None:
        self._public = public
        self._ledger, self._sync, self._file, self._tenants = ledger, sync, file, tuple(tenants)
        self._surroundings = surroundings or Surroundings()

    def configured(self) -> dict[str, SourceSettings]:
        """Return the sources by name; ConfigurationError."""
        return load(self._file, self._tenants)

    def named(self, name: str) -> tuple[SourceSettings, Source]:
        """Return a configured source and its place in the ledger; InvalidInputError."""
        configured = self.configured()
        if name not in configured:
            known = ", ".join(sorted(configured)) or f"none: {self._file or 'no file of sources'} names none"
            raise InvalidInputError("source", f"{name!r} is not configured; configured are {known}")
        return configured[name], self.in_ledger(configured[name])

    def in_ledger(self, settings: SourceSettings) -> Source:
        """Return what the ledger holds of a configured source; it is made if there is nothing."""
        return self._ledger.source(settings.tenant, settings.kind, settings.location)

    def run(self, name: str, *, until: Until = Until.NOTED) -> SyncSummary:
        """Bring a source up to date; InvalidInputError, SourceBusyError, SourceUnavailableError."""
        settings, source = self.named(name)
        try:
            connector = settings.connect(self._surroundings)
        except ValueError as error:
            raise InvalidInputError(f"sources.{name}", str(error)) from error
        try:
            self._public.keep(source, settings.public)
            return self._sync.run(source, connector, until=until)
        finally:
            connector.close()

    def run_scheduled(self, name: str) -> None:
        """Run as `run` does; what goes wrong stands in the ledger and the log, and the next turn tries again."""
        try:
            summary = self.run(name)
        except SourceBusyError as error:
            _log.info("source %s: %s", name, error)
        except (SourceUnavailableError, AktensucheError) as error:
            _log.warning("source %s: %s", name, error)
        else:
            _log.info("source %s: %s", name, summary)

    def send_due(self, send: Callable[[str], object]) -> None:
        """Call `send` with the name of each source whose time has come; the ledger sees to it that it is once."""
        try:
            configured = self.configured()
        except InvalidInputError as error:
            _log.error("no source is brought up to date: %s", error)
            return
        for name, settings in configured.items():
            if settings.every is not None:
                source = self.in_ledger(settings)
                if self._ledger.take_turn(source, settings.every.total_seconds()):
                    send(name)
