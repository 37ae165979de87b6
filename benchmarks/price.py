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
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from benchmarks.one_engine import AnyVectors, WhoeverAsks, api_settings, filled
from benchmarks.report import Figure, write
from benchmarks.searching import QUESTIONS, RECORDS, TENANT, fill
from records.access import Principal, groups_of
from records.audit_chain import Event
from records.ledger_indexes import LedgerIndexes
from records.opensearch import OpenSearchIndex
from records.opensearch.token import AUDIENCE, ISSUER, LIFETIME_SECONDS, SUBJECT
from records.query import Mode
from records.revocations import LedgerRevocations
from records.settings import read_secret
from search_api.app import assemble, create_app
from search_api.disclosures import Disclosures
from search_api.parts import Parts
from search_api.settings import ApiSettings
from tests.engine import Engine, running_engine
from tests.ports import free_port
from tests.unit.ui.serving import served

DIMENSION = 384
ROUNDS = int(os.environ.get("AKTENSUCHE_PRICE_ROUNDS", "300"))
CLIENTS = 8
OPEN_ROLE = "opened-for-a-benchmark"
WHO = Principal("bench", TENANT, groups_of(TENANT, ["bauamt"]))


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


@contextmanager
def _variants(settings: ApiSettings) -> Iterator[dict[str, httpx.Client]]:
    """Serve the API three times, alike but for one thing."""
    product: Parts = create_app(settings).state.parts
    product = replace(product, embedder=AnyVectors(DIMENSION), tokens=WhoeverAsks(WHO))  # type: ignore[arg-type]
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


def measure(engine: Engine, folder: Path) -> list[Figure]:
    """Fill the engine and return product ÷ variant for each mode, alone and with several clients at once."""
    _open_a_role(engine)
    settings = api_settings(engine, folder, TENANT)
    passages = filled(engine, settings, TENANT, RECORDS, lambda writer: fill(writer, DIMENSION), dimension=DIMENSION)
    print(f"{passages} passages are there", flush=True)
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
