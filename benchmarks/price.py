"""(d) What the engine's own lock and the audit log cost: `python -m benchmarks.price`.

The same searches, in turns, in one run: as the product makes them; with a token for a role without document filter;
with an audit log that commits nothing. All go through the whole API, over the real engine with at least 100,000
passages. The model is left out: it would make each answer slower and so the price smaller.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
from cryptography.fernet import Fernet
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from benchmarks.report import Figure, write
from benchmarks.searching import QUESTIONS, RECORDS, TENANT, fill
from mappings import index_name
from records.access import Principal, groups_of
from records.audit_chain import Event
from records.audit_tables import migrate_audit
from records.index import Outcome, WriteResult
from records.index_versions import FirstIndexes
from records.ledger_indexes import LedgerIndexes
from records.ledger_tables import migrate
from records.opensearch import OpenSearchIndex, OpenSearchWriter
from records.opensearch.token import AUDIENCE, ISSUER, LIFETIME_SECONDS, SUBJECT
from records.query import Mode
from records.record import Record
from records.revocations import LedgerRevocations
from records.settings import AuditSettings, EmbeddingSettings, LedgerSettings, read_secret
from search_api.app import assemble, create_app
from search_api.disclosures import Disclosures
from search_api.parts import Parts
from search_api.settings import ApiSection, ApiSettings, SignInSettings
from tests.engine import Engine, running_engine
from tests.ports import free_port
from tests.unit.ui.serving import served

DIMENSION = 384
ROUNDS = int(os.environ.get("AKTENSUCHE_PRICE_ROUNDS", "300"))
CLIENTS = 8
OPEN_ROLE = "opened-for-a-benchmark"
WHO = Principal("bench", TENANT, groups_of(TENANT, ["bauamt"]))


class _PatientWriter(OpenSearchWriter):
    """Writes again what the engine had no time for."""

    def put(self, records: Sequence[Record]) -> tuple[WriteResult, ...]:
        left = list(records)
        while left:
            results = super().put(left)
            left = [one for one, told in zip(left, results, strict=True) if told.outcome is Outcome.RETRY]
            time.sleep(0.5 if left else 0)
        return ()


class _Vectors:
    """Gives each question a vector of its own at once."""

    model, dimension = "random", DIMENSION

    def embed_query(self, text: str) -> bytes:
        made = np.random.default_rng(len(text)).standard_normal(DIMENSION).astype("<f4")
        return bytes((made / np.linalg.norm(made)).tobytes())

    def embed_passages(self, texts: Sequence[str]) -> tuple[bytes, ...]:
        return tuple(self.embed_query(text) for text in texts)

    def ready(self) -> None:
        """Return at once."""


class _WhoeverAsks:
    """Stands where tokens are verified: that costs the same in every variant."""

    def principal(self, _: str) -> Principal:
        return WHO


class _NoLog:
    """Commits nothing."""

    def commit(self, event: Event) -> None:
        """Return at once."""


class _OpenMint:
    """Mints tokens for a role that reads everything."""

    def __init__(self, key_file: Path) -> None:
        self._key = ECKey.import_key(read_secret(key_file))

    def mint(self, _: Principal) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "iat": now, "exp": now + LIFETIME_SECONDS}
        return jwt.encode({"alg": "ES256"}, claims | {"roles": [OPEN_ROLE]}, self._key)


def _open_a_role(engine: Engine) -> None:
    """Make a role without document filter; the product has none."""
    actions = ["indices:data/read/search*", "indices:data/read/msearch*"]
    role = {
        "cluster_permissions": ["indices:data/read/msearch"],
        "index_permissions": [{"index_patterns": ["records_*", "released_*"], "allowed_actions": actions}],
    }
    for kind, content in (("roles", role), ("rolesmapping", {"backend_roles": [OPEN_ROLE]})):
        engine.admin.put(f"/_plugins/_security/api/{kind}/{OPEN_ROLE}", json=content).raise_for_status()


def _settings(engine: Engine, folder: Path) -> ApiSettings:
    for name in ("cursor.key", "embedding.secret"):
        (folder / name).write_bytes(Fernet.generate_key())
    made = ApiSettings(
        tenants=(TENANT,),
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


@contextmanager
def _variants(settings: ApiSettings) -> Iterator[dict[str, httpx.Client]]:
    """Serve the API three times, alike but for one thing."""
    product: Parts = create_app(settings).state.parts
    product = replace(product, embedder=_Vectors(), tokens=_WhoeverAsks())  # type: ignore[arg-type]
    opened = OpenSearchIndex(
        settings.opensearch, settings.tenants, LedgerRevocations(settings.ledger), LedgerIndexes(settings.ledger)
    )
    assert settings.opensearch.token_key_file is not None
    opened._mint = _OpenMint(settings.opensearch.token_key_file)  # type: ignore[assignment]  # noqa: SLF001
    apps: dict[str, FastAPI] = {
        "product": assemble(product),
        "without the second lock": assemble(replace(product, index=opened)),
        "without the audit log": assemble(replace(product, audit=Disclosures(_NoLog()))),
    }
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                httpx.Client(
                    base_url=stack.enter_context(served(app, free_port())),
                    headers={"authorization": "Bearer x"},
                    timeout=60,
                    trust_env=False,
                )
            )
            for name, app in apps.items()
        }


def _search(api: httpx.Client, mode: Mode, number: int) -> float:
    body = {"query": QUESTIONS[number % len(QUESTIONS)], "mode": mode, "size": 20}
    began = time.perf_counter()
    answer = api.post("/v1/search", json=body).raise_for_status().json()
    took = (time.perf_counter() - began) * 1000
    assert answer["hits"]
    return took


def _in_turns(ask: Callable[[str, int], float], names: Sequence[str], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Time all variants, each time in another order, so that whatever else the machine does falls on all of them."""
    dice = random.Random(7)  # noqa: S311  repeatable, nothing secret
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-16, rounds):
        for name in dice.sample(list(names), len(names)):
            took = ask(name, number)
            if number >= 0:
                times[name].append(took)
    return times


def _figures(what: str, times: dict[str, list[float]], target: str) -> list[Figure]:
    product = times["product"]
    found: list[Figure] = []
    for name, beside in times.items():
        for percent in (50, 95) if name != "product" else ():
            ours, others = (statistics.quantiles(values, n=100)[percent - 1] for values in (product, beside))
            found.append(Figure(f"(d) {what} p{percent}, {name}", ours, others, "ms", target if percent > 50 else ""))  # noqa: PLR2004
    return found


def _filled(engine: Engine, settings: ApiSettings) -> int:
    """Return the number of passages, once all of them are searchable."""
    writer = _PatientWriter(engine.settings, settings.tenants, FirstIndexes(), dimension=DIMENSION)
    writer.ensure_index(TENANT)
    # many small segments would only be merged again
    _refresh_every(engine, "-1")
    passages = fill(writer, DIMENSION)
    _refresh_every(engine, None)
    count = engine.admin.get(f"/{index_name(TENANT)}/_count").raise_for_status().json()["count"]
    assert count == RECORDS, f"{count} records instead of {RECORDS}"
    print(f"{passages} passages are there", flush=True)
    return passages


def _refresh_every(engine: Engine, interval: str | None) -> None:
    change = {"index": {"refresh_interval": interval}}
    engine.admin.put(f"/{index_name(TENANT)}/_settings", json=change).raise_for_status()


def measure(engine: Engine, folder: Path) -> list[Figure]:
    """Fill the engine and return product ÷ variant for each mode, alone and with several clients at once."""
    _open_a_role(engine)
    settings = _settings(engine, folder)
    passages = _filled(engine, settings)
    figures: list[Figure] = []
    with _variants(settings) as apis:
        for mode in Mode:
            if mode is Mode.SEMANTIC:
                continue
            target = "<= 1.2" if mode is Mode.HYBRID else ""
            times = _in_turns(lambda name, n, mode=mode: _search(apis[name], mode, n), list(apis))  # type: ignore[misc]
            figures += _figures(f"{mode}, {passages} passages", times, target)
        with ThreadPoolExecutor(CLIENTS) as clients:

            def together(name: str, number: int) -> float:
                asked = [clients.submit(_search, apis[name], Mode.HYBRID, number + n) for n in range(CLIENTS)]
                return max(one.result() for one in asked)

            pair = ["product", "without the audit log"]
            figures += _figures(f"{CLIENTS} hybrid at once, the slowest", _in_turns(together, pair, ROUNDS // 4), "")
    return figures


def main() -> None:
    """Start an engine, measure, stop it."""
    with tempfile.TemporaryDirectory(prefix="aktensuche-price-") as name, running_engine() as engine:
        write(measure(engine, Path(name)))


if __name__ == "__main__":
    main()
