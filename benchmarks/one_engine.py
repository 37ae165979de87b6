"""What benchmarks need that run an engine and the API and nothing else: settings, records, stand-ins."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from cryptography.fernet import Fernet

from mappings import index_name
from records.access import Principal
from records.audit_tables import migrate_audit
from records.index import Outcome, WriteResult
from records.index_versions import FirstIndexes
from records.ledger_tables import migrate
from records.opensearch import OpenSearchWriter
from records.record import Record
from records.settings import AuditSettings, EmbeddingSettings, LedgerSettings
from search_api.settings import ApiSection, ApiSettings, SignInSettings
from tests.engine import Engine

T = TypeVar("T")


class PatientWriter(OpenSearchWriter):
    """Writes again what the engine had no time for."""

    def put(self, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        """Return nothing, once all are written."""
        left = list(records)
        while left:
            results = super().put(left)
            left = [one for one, told in zip(left, results, strict=True) if told.outcome is Outcome.RETRY]
            time.sleep(0.5 if left else 0)
        return ()


class AnyVectors:
    """Gives each question a vector of its own at once."""

    model = "random"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def embed_query(self, text: str) -> bytes:
        """Return the same vector for the same length of text."""
        made = np.random.default_rng(len(text)).standard_normal(self.dimension).astype("<f4")
        return bytes((made / np.linalg.norm(made)).tobytes())

    def embed_passages(self, texts: Sequence[str]) -> tuple[bytes, ...]:
        """Return a vector for each text."""
        return tuple(self.embed_query(text) for text in texts)

    def ready(self) -> None:
        """Return at once."""


class WhoeverAsks:
    """Stands where tokens are verified: everybody is the same principal."""

    def __init__(self, who: Principal) -> None:
        self._who = who

    def principal(self, _: str) -> Principal:
        """Return who it is, whatever the token says."""
        return self._who


def api_settings(engine: Engine, folder: Path, tenant: str) -> ApiSettings:
    """Return the settings of an API beside an engine, with a ledger and an audit log of its own in a folder."""
    for name in ("cursor.key", "embedding.secret"):
        (folder / name).write_bytes(Fernet.generate_key())
    made = ApiSettings(
        tenants=(tenant,),
        files=folder / "files",
        opensearch=engine.settings,
        ledger=LedgerSettings(url=f"sqlite:///{folder}/ledger.sqlite"),
        audit=AuditSettings(url=f"sqlite:///{folder}/audit.sqlite", witness=folder / "witness"),
        embedding=EmbeddingSettings(url="http://127.0.0.1:9", secret_file=folder / "embedding.secret"),
        api=ApiSection(
            cursor_key_file=folder / "cursor.key",
            sign_in=SignInSettings(issuer="http://127.0.0.1:9"),
            rate_requests=1_000_000,
        ),
    )
    migrate(made.ledger)
    migrate_audit(made.audit)
    return made


def filled(
    engine: Engine,
    settings: ApiSettings,
    tenant: str,
    records: int,
    fill: Callable[[OpenSearchWriter], T],
    *,
    dimension: int,
) -> T:
    """Return what `fill` does, once so many records are searchable."""
    writer = PatientWriter(engine.settings, settings.tenants, FirstIndexes(), dimension=dimension)
    writer.ensure_index(tenant)
    # many small segments would only be merged again
    _refresh_every(engine, tenant, "-1")
    done = fill(writer)
    _refresh_every(engine, tenant, None)
    writer.refresh(tenant)
    count = engine.admin.get(f"/{index_name(tenant)}/_count").raise_for_status().json()["count"]
    if count != records:
        raise RuntimeError(f"{count} records instead of {records}")
    return done


def _refresh_every(engine: Engine, tenant: str, interval: str | None) -> None:
    change = {"index": {"refresh_interval": interval}}
    engine.admin.put(f"/{index_name(tenant)}/_settings", json=change).raise_for_status()
