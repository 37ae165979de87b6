"""The unfiltered door: what the index holds, whoever may read it. Never for an answer to anybody.

Each opening is written to the tenant's audit log before anything is seen, with who opened it and what for. Behind it
are ids, versions and digests of rights; the engine shows its account nothing else. Which modules may import this is
laid down in pyproject.toml; a rebuild, a reconciliation, and the export and erasure of a tenant are what it is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mappings import Field, index_name, released_index_name
from mappings.security import SYSTEM_SEES, SYSTEM_SEES_OF_RELEASES
from records.audit import AuditLog
from records.audit_chain import Event, Kind
from records.index_versions import IndexVersion, IndexVersions
from records.opensearch.holdings import Held, Holdings
from records.settings import OpenSearchSettings

__all__ = ["Held", "Holdings", "SystemDoor"]


class SystemDoor:
    """Opens one index of one tenant at a time."""

    def __init__(
        self, settings: OpenSearchSettings, tenants: Sequence[str], audit: AuditLog, versions: IndexVersions
    ) -> None:
        self._settings, self._tenants, self._audit, self._versions = settings, frozenset(tenants), audit, versions

    @contextmanager
    def opened(self, tenant: str, *, by: str, purpose: str, version: IndexVersion | None = None) -> Iterator[Holdings]:
        """Give the holdings of a tenant, of its live index or of another one; AuditUnavailableError if unrecorded.

        `by` names who opened it: a program of the system, or the account at the machine's command line.
        """
        number = (version or self._versions.live(tenant)).number
        with self._looking(tenant, by, purpose, index_name(tenant, number), SYSTEM_SEES) as holdings:
            yield holdings

    @contextmanager
    def releases_opened(self, tenant: str, *, by: str, purpose: str) -> Iterator[Holdings]:
        """Give the holdings of what a tenant shows to others, of its live index; see `opened`."""
        name = released_index_name(tenant, self._versions.live(tenant).number)
        with self._looking(tenant, by, purpose, name, SYSTEM_SEES_OF_RELEASES) as holdings:
            yield holdings

    @contextmanager
    def _looking(self, tenant: str, by: str, purpose: str, index: str, sees: Sequence[Field]) -> Iterator[Holdings]:
        # SECURITY: one account for each tenant of the closed list, and first the entry in its log, then the look.
        if tenant not in self._tenants:
            raise ValueError(f"{tenant!r} is no tenant of this installation")
        self._audit.append([Event(tenant, by, None, Kind.SYSTEM, purpose=purpose)])
        holdings = Holdings(self._settings, tenant, index=index, sees=sees)
        try:
            yield holdings
        finally:
            holdings.close()
