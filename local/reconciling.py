"""`aktensuche reconcile`: the indexer's comparison, run as the service user; sources are read as the caller."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from pathlib import Path

from indexer.app import create_queue
from indexer.folder_import import KIND
from indexer.reconcile import reconciliation
from indexer.settings import IndexerSettings
from indexer.source_look import SourceLook, look, look_configured
from indexer.sources.configuration import load
from indexer.sources.folder import FolderSource
from indexer.sources.settings import Surroundings
from local.layout import Layout
from local.privileges import as_caller, owner_of, writing_as
from local.processes import indexer_settings, system_settings
from records.audit import AuditLog
from records.ledger import Ledger
from records.ledger_indexes import LedgerIndexes
from records.ledger_reconciliation import LedgerReconciliation
from records.opensearch import writer_of
from records.reconciliation import Comparison


def look_at_folders(layout: Layout, ports: dict[str, int], tenants: Sequence[str]) -> list[SourceLook]:
    """Look at the folders of these tenants as the caller, as an import would, and change nothing."""
    os.environ.update(indexer_settings(layout, ports))
    with writing_as(owner_of(layout.data)):
        ledger = Ledger(IndexerSettings().ledger)
        try:
            folders = [one for one in ledger.every_source() if one.kind == KIND and one.tenant in tenants]
            return [
                look(source, FolderSource(Path(source.location), tenant=source.tenant, caller=as_caller), ledger)
                for source in folders
            ]
        finally:
            ledger.close()


def look_at_sources(layout: Layout, ports: dict[str, int], tenants: Sequence[str]) -> list[SourceLook]:
    """Ask the configured sources of these tenants but folders for all they have, and change nothing."""
    os.environ.update(indexer_settings(layout, ports))
    with writing_as(owner_of(layout.data)):
        settings = IndexerSettings()  # from the environment
        ledger = Ledger(settings.ledger)
        try:
            return [
                look_configured(name, one, ledger, Surroundings(caller=as_caller))
                for name, one in load(settings.sources_file, settings.tenants).items()
                if one.kind != KIND and one.tenant in tenants
            ]
        finally:
            ledger.close()


def compare(layout: Layout, ports: dict[str, int], tenants: Sequence[str], *, repair: bool) -> list[Comparison]:
    """Compare ledger and index of these tenants; the audit log names the account at the machine."""
    by = f"aktensuche, {getpass.getuser()}"
    os.environ.update(indexer_settings(layout, ports) | system_settings(layout))
    with writing_as(owner_of(layout.data)):
        settings = IndexerSettings()  # from the environment
        assert settings.audit is not None  # system_settings names it
        ledger, audit = LedgerReconciliation(settings.ledger), AuditLog(settings.audit)
        _, queue = create_queue(settings.broker)
        indexes = LedgerIndexes(settings.ledger)
        writer = writer_of(settings, indexes)
        try:
            comparing = reconciliation(
                settings, ledger=ledger, audit=audit, versions=indexes, writer=writer, queue=queue
            )
            return [comparing.run(tenant, by=by, repair=repair) for tenant in tenants]
        finally:
            ledger.close()
            indexes.close()
            audit.close()
