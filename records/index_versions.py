"""Which of a tenant's indexes is read and which are written, as the store asks for it.

A tenant has one live index. While it is rebuilt there is another that is being filled, and after that the one before
is kept for a while: both are written as the live one is, so that either can take its place at any moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mappings.records import FIRST


class VersionState(StrEnum):
    """What an index is for."""

    LIVE = "live"
    #: a rebuild fills it; nobody reads it
    FILLING = "filling"
    #: was live before; there is a way back to it
    KEPT = "kept"


@dataclass(frozen=True)
class IndexVersion:
    """One index of a tenant, and the index of its releases with the same number."""

    tenant: str
    number: int
    state: VersionState = VersionState.LIVE
    #: the model of its vectors; None where nobody noted it
    model: str | None = None

    def compares(self, model: str) -> bool:
        """Return whether vectors of this model can be compared with those in the index."""
        return self.model is None or self.model == model


class IndexVersions(Protocol):
    """What the ledger says about a tenant's indexes."""

    def live(self, tenant: str) -> IndexVersion:
        """Return the index to read; what is said may be a second old."""
        ...

    def readable(self, tenant: str) -> tuple[IndexVersion, ...]:
        """Return the live index, and a kept one from which a list of hits that began there can go on."""
        ...

    def written(self, tenant: str) -> tuple[IndexVersion, ...]:
        """Return the indexes that a write has to reach, the live one first, as the ledger has them now."""
        ...

    def note_first(self, tenant: str, *, model: str, shape: str) -> None:
        """Note what the tenant's first index is made of, if no index of it is known yet."""
        ...

    def spoil(self, version: IndexVersion, why: str) -> None:
        """Note that an index that is not live lacks a write: it must never become live."""
        ...


class FirstIndexes:
    """IndexVersions of an installation whose indexes were never rebuilt; for stores without a ledger."""

    def live(self, tenant: str) -> IndexVersion:
        """Return the first index; see IndexVersions."""
        return IndexVersion(tenant, FIRST)

    def readable(self, tenant: str) -> tuple[IndexVersion, ...]:
        """Return the first index; see IndexVersions."""
        return (self.live(tenant),)

    def written(self, tenant: str) -> tuple[IndexVersion, ...]:
        """Return the first index; see IndexVersions."""
        return (self.live(tenant),)

    def note_first(self, tenant: str, *, model: str, shape: str) -> None:
        """There is nobody to compare it with; see IndexVersions."""

    def spoil(self, version: IndexVersion, why: str) -> None:
        """There is no index that is not live; see IndexVersions."""
        raise ValueError(f"{version} is live: {why}")
