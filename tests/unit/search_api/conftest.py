from __future__ import annotations

import datetime as dt
import io
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from records.errors import NotVisibleError
from records.files import FileStore
from records.ledger_access import KnownRights
from records.ledger_repeats import LedgerRepeats
from records.ledger_values import JobFigures, QuarantinedFile, RecognisedPage
from records.record import Record
from records.reports.town import TownReports
from records.settings import AuditSettings, LedgerSettings
from records.testing import FakeAuditLog, FakeEmbedder, FakeFigures, InMemoryRecordIndex
from search_api.app import assemble
from search_api.auth import TokenReader
from search_api.cursor import CursorSeal
from search_api.disclosures import Disclosures
from search_api.export import ExportCaps
from search_api.management import Management
from search_api.metrics import Metrics
from search_api.once import Once
from search_api.parts import Parts
from search_api.rates import Rates
from search_api.ready_files import TemplateFiles
from search_api.settings import SignInSettings
from search_api.slots import Slots
from search_api.synonym_files import SynonymFiles
from search_api.tags import Tags
from search_api.usage import UsageRecorder
from tests.factories import access, record

TENANTS = ("erbach", "michelstadt")


class Issuer:
    """A sign-in on the loopback that publishes keys and signs tokens."""

    def __init__(self) -> None:
        self.keys = [self.new_key("k1")]
        self.published = list(self.keys)
        self.fetched = 0
        #: what it was asked about tokens: as whom, and which
        self.introspected: list[tuple[str, str]] = []
        self.taken_back: set[str] = set()
        self.silent = False
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetched += self.path == "/keys"
                answer: dict[str, Any] = {"keys": [k.as_dict(private=False) for k in issuer.published]}
                if self.path != "/keys":
                    answer = {
                        "issuer": issuer.url,
                        "jwks_uri": f"{issuer.url}/keys",
                        "introspection_endpoint": f"{issuer.url}/introspect",
                    }
                self.answer(answer)

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                (token,) = form["token"]
                issuer.introspected.append((self.headers.get("authorization", ""), token))
                self.answer({"active": token not in issuer.taken_back}, 503 if issuer.silent else 200)

            def answer(self, value: dict[str, Any], status: int = 200) -> None:
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def new_key(self, key_id: str) -> ECKey:
        return ECKey.generate_key("P-256", {"kid": key_id, "use": "sig"})

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def token(
        self, *groups: str, key: ECKey | None = None, header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        key = key or self.keys[0]
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": "aktensuche",
            "sub": "bea",
            "azp": "aktensuche-ui",
            "exp": int(time.time()) + 240,
            "tenant": "erbach",
            "groups": list(groups),
        }
        claims = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        return jwt.encode({"alg": "ES256", "kid": key.kid, **(header or {})}, claims, key)


class FakeLedger:
    def sources(self, _principal: Any) -> list[Any]:
        return []

    def jobs(self, _principal: Any) -> JobFigures:
        return JobFigures(0, 0, 0, 0, 3, 0)

    def quarantine(self, principal: Any) -> list[QuarantinedFile]:
        since = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        return [QuarantinedFile("/srv", None, f"{principal.tenant}.pdf", "Beschädigt.", "Ersetzen.", since, "damaged")]

    def recognised(self, _principal: Any, *, below: int, size: int) -> list[Any]:
        pages = [RecognisedPage("r1", "A-1", "Scan", "scan.pdf", page, 10 * page) for page in range(1, 10)]
        return [page for page in pages if page.confidence < below][:size]

    def missing(self, _principal: Any, _name: str) -> list[Any]:
        return []


class FakeRights:
    """Knows the rights of records that it was told of."""

    def __init__(self) -> None:
        self.known: dict[str, KnownRights] = {}

    def rights(self, principal: Any, record_id: str) -> KnownRights | None:
        one = self.known.get(record_id)
        return one if one is not None and one.access.tenant == principal.tenant else None


class FakeReleases:
    """A town that has given nothing, and knows no id."""

    def of(self, _principal: Any, **_: Any) -> tuple[Any, ...]:
        return ()

    def rules_of(self, _principal: Any) -> tuple[Any, ...]:
        return ()

    def _nothing(self, *_: Any) -> Any:
        raise NotVisibleError("no such id")

    create = release = recall = create_rule = rule = recall_rule = _nothing


class World:
    """An API around parts in memory, with what fills and breaks them."""

    def __init__(self, issuer: Issuer, folder: Path) -> None:
        self.issuer = issuer
        #: asked by nobody until a test makes its tables
        self.ledger_settings = LedgerSettings(url=f"sqlite:///{folder.parent}/ledger.sqlite")
        #: the same holds for these, and for the folder of templates
        self.audit_settings = AuditSettings(
            url=f"sqlite:///{folder.parent}/audit.sqlite", witness=folder.parent / "witness"
        )
        self.index = InMemoryRecordIndex()
        self.embedder = FakeEmbedder()
        self.files = FileStore(folder)
        self.log = FakeAuditLog()
        self.figures = FakeFigures()
        self.rights = FakeRights()
        self.usage = UsageRecorder(self.figures)
        self.parts = Parts(
            index=self.index,
            embedder=self.embedder,
            files=self.files,
            ledger=FakeLedger(),
            management=Management.on(self.ledger_settings),
            rights=self.rights,
            releases=FakeReleases(),
            tenants=TENANTS,
            tokens=TokenReader(SignInSettings(issuer=issuer.url), TENANTS),
            cursors=CursorSeal("x" * 40),
            tags=Tags("x" * 40),
            once=Once(LedgerRepeats(self.ledger_settings)),
            synonyms=SynonymFiles(),
            rates=Rates(10_000, 4),
            metrics=Metrics(),
            audit=Disclosures(self.log),
            audit_log=self.log,
            usage=self.usage,
            figures=self.figures,
            reports=TownReports(self.ledger_settings, audit=self.audit_settings),
            templates=TemplateFiles(folder.parent / "templates"),
            caps=ExportCaps(10_000, 100_000),
            exports=Slots(2),
            meaning=Slots(16),
            ready_file=None,
        )
        self.app = assemble(self.parts)
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def with_parts(self, **changes: Any) -> TestClient:
        return TestClient(assemble(replace(self.parts, **changes)), raise_server_exceptions=False)

    def put(self, *records: Record, vectors: bool = True) -> None:
        for one in records:
            made = self.embedder.embed_passages([p.text for p in one.passages]) if vectors else None
            self.index.put([replace(one, vectors=made)])

    def keep(self, one: Record, content: bytes, media_type: str, name: str = "beispiel.pdf") -> None:
        sha256, size = self.files.keep(io.BytesIO(content), limit=1 << 24)
        original = replace(one.original, sha256=sha256, size=size, media_type=media_type, file_name=name)
        self.put(replace(one, original=original))

    def ask(self, method: str, path: str, *groups: str, token: str | None = None, **more: Any) -> httpx.Response:
        token = token or self.issuer.token(*(groups or ("bauamt",)))
        return self.client.request(method, path, headers={"authorization": f"Bearer {token}"}, **more)  # type: ignore[return-value]

    def search(self, query: str, *groups: str, token: str | None = None, **body: Any) -> Any:
        answer = self.ask("POST", "/v1/search", *groups, token=token, json={"query": query, **body})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    one = Issuer()
    yield one
    one.stop()


@pytest.fixture
def world(issuer: Issuer, tmp_path: Path) -> Iterator[World]:
    made = World(issuer, tmp_path / "files")
    yield made
    made.usage.close()


@pytest.fixture
def town(world: World) -> World:
    """Ten trees of the Bauamt, one confidential matter of the Kämmerei, one record of another town."""
    for n in range(10):
        world.put(
            record(
                f"baum-{n}",
                f"Die Kastanie Nummer {n} am Marktplatz wird gefällt." + " Kastanie" * n,
                title=f"Baumfällung {n}",
                date=dt.date(2020 + n % 5, 1, 1 + n),
                department="bauamt",
                document_type="Bescheid",
            )
        )
    world.put(record("geheim", "Stundung der Kastanie", read=access("erbach", "kaemmerei"), title="Stundung"))
    world.put(record("fremd", "Kastanie in Michelstadt", read=access("michelstadt", "alle"), title="Fremdes"))
    return world
