"""The product around the real engine, without Tika and without the model: its own ledger, pipeline, index and API.

Files go in as plain text, a form feed divides pages; meaning comes from an embedder that hashes words. All the rest is
what runs in production: `create_app` of the API, served over HTTP on the loopback.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from fastapi import FastAPI

from indexer.extraction import Extraction, Extractor
from indexer.pipeline import Pipeline
from indexer.queue import batches
from indexer.settings import LimitSettings, TikaSettings
from indexer.vectors import VectorPhase
from records.access import Confidentiality, PrivacyClass, ReadAccess, groups_of
from records.audit_tables import migrate_audit
from records.files import FileStore
from records.index_versions import FirstIndexes
from records.ledger import Ledger
from records.ledger_tables import State, entries, migrate
from records.ledger_values import Seen
from records.opensearch import OpenSearchWriter
from records.record import Metadata, Page, TextState
from records.settings import AuditSettings, CooperationSettings, EmbeddingSettings, LedgerSettings
from records.sql import connect
from records.testing import FakeEmbedder
from search_api.app import assemble, create_app
from search_api.settings import ApiSection, ApiSettings, SignInSettings
from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.world import TENANTS, Asker, Paper, Shelf
from tests.ports import free_port
from tests.unit.ui.serving import served

_LIMITS = LimitSettings()


class PlainText(Extractor):
    """Reads a file as text instead of asking Tika."""

    def _read(self, path: Path, seconds: float | None = None) -> Extraction:  # noqa: ARG002
        pages = path.read_text(encoding="utf-8").split("\f")
        return Extraction("text/plain", tuple(Page(n, t) for n, t in enumerate(pages, start=1)), TextState.FULL)


class System:
    """One installation: empty at first, filled by `take_in`."""

    def __init__(self, engine: Engine, folder: Path, *, ledger: LedgerSettings | None = None) -> None:
        engine.empty()
        self.engine, self.folder, self.shelf = engine, folder, Shelf()
        self.embedder = FakeEmbedder()
        self.ledger_settings = ledger or LedgerSettings(url=f"sqlite:///{folder}/ledger.sqlite")
        migrate(self.ledger_settings)
        self.audit_settings = AuditSettings(url=f"sqlite:///{folder}/audit.sqlite", witness=folder / "audit-witness")
        migrate_audit(self.audit_settings)
        self.ledger = Ledger(self.ledger_settings)
        self.files = FileStore(folder / "files")
        self.writer = OpenSearchWriter(engine.settings, TENANTS, FirstIndexes(), dimension=self.embedder.dimension)
        self.extractor = extractor = PlainText(TikaSettings(url="http://127.0.0.1:9"), _LIMITS, self.files)
        self.pipeline = Pipeline(
            ledger=self.ledger,
            files=self.files,
            extractor=extractor,
            writer=self.writer,
            queue=self,
            limits=_LIMITS,
            clients=2,
            lease_seconds=30,
            model=self.embedder.model,
        )
        self._vectors = VectorPhase(
            ledger=self.ledger,
            extractor=extractor,
            embedder=self.embedder,
            writer=self.writer,
            limits=_LIMITS,
            lease_seconds=30,
            passages_a_time=256,
        )
        for tenant in TENANTS:
            self.writer.ensure_index(tenant)

    # the queue: there is no other process, so work is done at once

    def send(self, ids: Sequence[int], *, late: bool = False) -> None:
        self.pipeline.index(ids, late=late)

    def wake_vectors(self) -> None:
        """Vectors are made at the end of `take_in`."""

    def take_in(self, papers: Sequence[Paper]) -> list[str]:
        """Bring papers into the index, by words and by meaning; returns their ids in order."""
        by_source: dict[str, list[Paper]] = {}
        for paper in papers:
            by_source.setdefault(paper.tenant, []).append(paper)
        for tenant, some in by_source.items():
            source = self.ledger.source(tenant, "folder", f"/beispiel/{tenant}")
            for batch in batches(self.ledger.note(source, [self._seen(paper) for paper in some])):
                self.pipeline.index(batch)
            known = self.ledger.known(source)
            assert all(known[paper.name].state is State.INDEXED for paper in some)
        while self._vectors.embed_pending():
            pass
        for tenant in by_source:
            self.writer.refresh(tenant)
        return self._remember(papers)

    def let_an_hour_pass(self, tenant: str) -> None:
        """Date a town's files back: how many came in the last minute is told, and changes by itself."""
        engine = connect(self.ledger_settings.url, self.ledger_settings.password_file)
        with engine.begin() as connection:
            mine = sa.update(entries).where(entries.c.tenant == tenant)
            connection.execute(mine.values(changed_at=entries.c.changed_at - 3600))
        engine.dispose()

    def entry_ids(self, papers: Sequence[Paper]) -> list[int]:
        """Return the ledger's numbers of papers."""
        known = {t: self.ledger.known(self._source(t)) for t in {p.tenant for p in papers}}
        return [known[paper.tenant][paper.name].id for paper in papers]

    def remove(self, papers: Sequence[Paper]) -> None:
        """Let papers leave their source, as an import would."""
        for batch in batches(self.ledger.leave(self.entry_ids(papers))):
            self.pipeline.index(batch)
        for tenant in {paper.tenant for paper in papers}:
            self.writer.refresh(tenant)

    def tell(self, papers: Iterable[Paper]) -> None:
        """Note papers in the ledger as an import would, and leave the index as it is."""
        for paper in papers:
            self.ledger.note(self._source(paper.tenant), [self._seen(paper)])

    def leave(self, papers: Sequence[Paper]) -> None:
        """Let papers leave their source in the ledger, and leave the index as it is."""
        self.ledger.leave(self.entry_ids(papers))

    def _source(self, tenant: str) -> Any:
        return self.ledger.source(tenant, "folder", f"/beispiel/{tenant}")

    def _seen(self, paper: Paper) -> Seen:
        content = "\f".join(paper.pages).encode()
        sha256, size = self.files.keep(io.BytesIO(content), limit=1 << 24)
        level = Confidentiality.CONFIDENTIAL if paper.confidential else Confidentiality.OPEN
        readers, deny = groups_of(paper.tenant, paper.readers), groups_of(paper.tenant, paper.deny)
        return Seen(
            path=paper.name,
            file_name=paper.name,
            fingerprint=None,
            sha256=sha256,
            size=size,
            modified_at=None,
            metadata=Metadata(
                title=paper.title,
                source_id=f"quelle-{paper.name}",
                file_reference=paper.file_reference,
                document_type=paper.document_type,
                date=paper.date,
                department=paper.department,
            ),
            access=ReadAccess(paper.tenant, readers, deny, level, PrivacyClass(paper.privacy)),
        )

    def _remember(self, papers: Sequence[Paper]) -> list[str]:
        ids = [one.record_id for one in self.ledger_entries(self.entry_ids(papers))]
        self.shelf.by_id.update(zip(ids, papers, strict=True))
        return ids

    def ledger_entries(self, ids: Sequence[int]) -> list[Any]:
        with self.ledger._reading() as connection:
            loaded = {entry.id: entry for entry in self.ledger._load(connection, list(ids))}
        return [loaded[i] for i in ids]

    def api_settings(self, issuer: Issuer) -> ApiSettings:
        cursor_key, embedding = self.folder / "cursor.key", self.folder / "embedding.secret"
        for path in (cursor_key, embedding):
            path.write_text("x" * 40, encoding="ascii")
        return ApiSettings(
            tenants=TENANTS,
            files=self.folder / "files",
            opensearch=self.engine.settings,
            ledger=self.ledger_settings,
            audit=self.audit_settings,
            embedding=EmbeddingSettings(
                url="http://127.0.0.1:9", secret_file=embedding, dimension=self.embedder.dimension
            ),
            cooperation=CooperationSettings(towns=TENANTS, since="2020-01"),
            api=ApiSection(
                cursor_key_file=cursor_key,
                sign_in=SignInSettings(issuer=issuer.url),
                rate_requests=1_000_000,
            ),
        )

    @contextlib.contextmanager
    def api(self, issuer: Issuer) -> Iterator[Api]:
        """Serve the API."""
        with self.serve(self.api_settings(issuer), issuer) as api:
            yield api

    def app(self, settings: ApiSettings) -> FastAPI:
        """Return the API as `create_app` wires it with these settings; only the model is stood in for."""
        wired = create_app(settings)
        app = assemble(replace(wired.state.parts, embedder=self.embedder))
        # what was wired is given back when this one ends
        app.router.lifespan_context = wired.router.lifespan_context
        return app

    @contextlib.contextmanager
    def serve(self, settings: ApiSettings, issuer: Issuer) -> Iterator[Api]:
        """Serve the API with these settings."""
        with (
            served(self.app(settings), free_port()) as address,
            httpx.Client(base_url=address, timeout=60, trust_env=False) as client,
        ):
            yield Api(client, issuer, self)


class Api:
    """The API as strangers and askers reach it."""

    def __init__(self, client: httpx.Client, issuer: Issuer, system: System) -> None:
        self.client, self.issuer, self.system = client, issuer, system

    def operations(self) -> set[tuple[str, str]]:
        """Return every documented operation."""
        paths = self.client.get("/openapi.json", headers=self._as(Asker("x", "erbach", frozenset()))).json()["paths"]
        return {(method.upper(), path) for path, methods in paths.items() for method in methods}

    def ask(self, asker: Asker, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send one request with the asker's own token."""
        more = {} if body is None else {"json": body}
        return self.client.request(method, path, headers=self._as(asker), **more)

    def _as(self, asker: Asker) -> dict[str, str]:
        return {"authorization": f"Bearer {self.issuer.token(asker)}"}
