"""`aktensuche import`: a folder, for one tenant or for those that its sidecars name, until it is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from indexer.sources.folder import Caller, FolderItem, FolderSource, Patience, location_of, walk
from indexer.sync import Sync, SyncSummary, Until
from records.errors import InvalidInputError
from records.ledger import Ledger

KIND = "folder"
#: a file that somebody is writing is waited for; an import of settled files takes no longer for it
PATIENCE = Patience(settle=1.0, wait=30.0)


class FolderImport:
    """Imports folders; holds what that needs."""

    def __init__(
        self, *, sync: Sync, ledger: Ledger, tenants: Sequence[str], caller: Caller, patience: Patience = PATIENCE
    ) -> None:
        self._sync, self._ledger, self._tenants = sync, ledger, tuple(tenants)
        self._caller, self._patience = caller, patience

    def run(self, folder: Path, *, tenant: str | None, wait_vectors: bool = False) -> SyncSummary:
        """Import a folder; returns when all it changed is found by words (with `wait_vectors`, by meaning too)."""
        if tenant is not None:
            self._known_tenant(tenant)
        location = location_of(folder)
        summaries = [
            self._sync.run(
                self._ledger.source(name, KIND, location),
                FolderSource(folder, tenant=name, caller=self._caller, patience=self._patience, listed=listed),
                until=Until.MEANING if wait_vectors else Until.WORDS,
            )
            for name, listed in sorted(self._listed(folder, tenant, location).items())
        ]
        return SyncSummary(**{f.name: sum(getattr(s, f.name) for s in summaries) for f in fields(SyncSummary)})

    def _listed(self, folder: Path, tenant: str | None, location: str) -> dict[str, list[FolderItem]]:
        try:
            with self._caller():
                listed = list(walk(folder))
        except FileNotFoundError:
            # a share that is not mounted: everything has left, and the brake decides
            if tenant is None or not self._ledger.find_sources(location):
                raise InvalidInputError("folder", f"{folder} does not exist") from None
            listed = []
        except OSError as error:
            raise InvalidInputError("folder", f"{folder} cannot be read: {error.strerror}") from error
        if tenant is not None:
            return {tenant: listed}
        by_tenant: dict[str, list[FolderItem]] = {}
        with self._caller():
            named = [item.named_tenant() for item in listed]
        for item, name in zip(listed, named, strict=True):
            if name is None:
                # SECURITY: a file that says nothing must not land with a municipality by guessing.
                raise InvalidInputError("tenant", f"{item.path!r} has no sidecar that names a tenant; give --tenant")
            by_tenant.setdefault(self._known_tenant(name), []).append(item)
        for source in self._ledger.find_sources(location):
            by_tenant.setdefault(source.tenant, [])
        return by_tenant

    def _known_tenant(self, tenant: str) -> str:
        if tenant not in self._tenants:
            raise InvalidInputError("tenant", f"{tenant[:60]!r} is none of {', '.join(self._tenants)}")
        return tenant
