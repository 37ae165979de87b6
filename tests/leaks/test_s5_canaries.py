"""S5: each record carries a canary of 129 bits; it is nowhere but in records and in the answers of those who may read.

The answers of all other families are searched as well (tests/leaks/visit.py). Here: the log of every process, that of
the engine, the figures, what travels through the queue, the audit log; and errors that could repeat what was asked.
"""

from __future__ import annotations

import contextlib
import json
import logging
import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.routes import ROUTES
from tests.leaks.system import System
from tests.leaks.tally import Row, size
from tests.leaks.visit import Outcome, Visit
from tests.leaks.world import CANARY, Asker, askers, canary, papers
from tests.stack import Stack

pytestmark = pytest.mark.stack

FILES = size(12, 120)
_CANARY = re.compile(CANARY)
_LAST = "das war alles"


def canaries_in(path: Path) -> list[str]:
    return [f"{path.name}: {found}" for found in _CANARY.findall(path.read_bytes().decode("utf-8", "replace"))]


def test_logs_figures_and_audit_hold_no_word_of_a_record(
    own_engine: Engine, tmp_path: Path, row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    """Everything of one installation but the engine's own records and the ledger, after questions of every kind."""
    caplog.set_level(logging.INFO)
    system = System(own_engine, tmp_path)
    system.take_in(papers("Kanarien", size(12, 60)))
    dice, outcome = random.Random("S5"), Outcome()
    with Issuer() as issuer, system.api(issuer) as api:
        for asker in askers("Kanarien", 5):
            visit = Visit(api, asker, outcome)
            for route in ROUTES.values():
                route.plan(visit, dice)
            secret = dice.choice(sorted(p.secret for p in system.shelf.by_id.values()))
            visit.ask("POST", "/v1/search", {"query": secret, "filters": {"readers": secret}}, expect=422)
            visit.ask("POST", "/v1/search", {"query": f'"{secret}" -{secret}', "mode": "hybrid"})
            visit.ask("GET", f"/v1/records/{secret}", expect=404)
        figures = api.client.get("/metrics").text
    places = [path for path in (own_engine.folder.parent / "logs").rglob("*") if path.is_file()]
    places += [own_engine.folder.parent / "engine.out", *tmp_path.glob("audit*")]
    # search_api/__main__.py keeps the HTTP and the engine's client quiet; the next test reads what it writes in truth
    quiet = ("httpx", "httpcore", "opensearch")
    logged = [r.getMessage() for r in caplog.records if not r.name.startswith(quiet)]
    found = _CANARY.findall("\n".join([*logged, figures]))
    found += [hit for path in places if path.is_file() for hit in canaries_in(path)]
    row.add(answers=len(outcome.requests), places=len(places) + 2, leaks=len(found) + len(outcome.leaks))
    # they can be found where they belong: the same scan sees them in the ledger
    assert any(canaries_in(path) for path in tmp_path.glob("ledger.sqlite*"))
    assert outcome.leaks == []
    assert found == []


@contextlib.contextmanager
def listening(server: redis.Redis, heard: list[str]) -> Iterator[None]:
    """Note every command that the queue's server is given."""
    with server.monitor() as monitor:

        def listen() -> None:
            while not heard or _LAST not in heard[-1]:
                heard.append(str(monitor.next_command()))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.echo(_LAST)
            thread.join(10)


def test_no_process_of_the_running_system_writes_a_canary_down(stack: Stack, tmp_path: Path, row: Row) -> None:
    dice = random.Random("Protokolle")
    secrets = [canary(dice) for _ in range(FILES)]
    for number, secret in enumerate(secrets):
        # one in six cannot be read: its name and its sidecar must not get into a log either
        name = tmp_path / (f"{secret}.pdf" if number % 6 == 0 else f"{number}.txt")
        name.write_text(f"Beispiel {secret} in einem Text\n", encoding="utf-8")
        readers = [secret.upper()] if number % 6 == 3 else ["bauamt"]
        about = {"title": f"Beispiel {secret}", "readers": readers, "fach": secret}
        Path(f"{name}.meta.json").write_text(json.dumps(about), encoding="utf-8")
    configured = (stack.data / "run" / "redis.conf").read_text(encoding="utf-8")
    port = re.search(r"(?m)^port (\d+)", configured)
    assert port is not None
    password = (stack.data / "secrets" / "redis.password").read_text(encoding="ascii").strip()
    heard: list[str] = []
    with redis.Redis("127.0.0.1", int(port.group(1)), password=password) as server, listening(server, heard):
        told = stack.json("import", str(tmp_path), "--tenant", "erbach")
        assert told["indexed"] >= FILES // 2
        assert told["quarantined"] >= FILES // 6
        stored = [str(server.dump(key)) for key in server.scan_iter()]
    with stack.client("erbach", ("bauamt",)) as clerk:
        for secret in secrets[:12]:
            for mode in ("keyword", "hybrid"):
                clerk.post("/v1/search", json={"query": secret, "mode": mode}).raise_for_status()
            clerk.post("/v1/suggest", json={"query": secret[:-1]}).raise_for_status()
            clerk.post("/v1/search", json={"query": secret, "sort": secret})
            clerk.get(f"/v1/records/{secret}/text")
        export: Any = clerk.post("/v1/export", json={"query": "Beispiel", "mode": "keyword", "format": "jsonl"})
        figures = clerk.get("/metrics").text
    assert set(_CANARY.findall(export.text)) >= {s for n, s in enumerate(secrets) if n % 3}
    places = [p for p in (stack.data / "logs").rglob("*") if p.is_file()] + [stack.log, *stack.data.glob("audit*")]
    found = [hit for path in places if path.is_file() for hit in canaries_in(path)]
    found += _CANARY.findall("\n".join([*heard, *stored, figures]))
    row.add(files=FILES, queue_commands=len(heard), places=len(places) + 2, leaks=len(found))
    assert len(heard) > 10
    assert any("indexer.index_entries" in command for command in heard)
    assert found == []


def test_an_engine_that_is_away_is_named_without_what_was_asked(
    own_engine: Engine, tmp_path: Path, row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    system = System(own_engine, tmp_path)
    secret = canary(random.Random("fort"))
    asker = Asker("frieda", "erbach", frozenset({"bauamt"}))
    gone = own_engine.settings.model_copy(update={"url": "https://127.0.0.1:9"})
    with Issuer() as issuer:
        settings = system.api_settings(issuer).model_copy(update={"opensearch": gone})
        with system.serve(settings, issuer) as api:
            for path in ("/v1/search", "/v1/suggest", "/v1/export"):
                more = {"format": "csv"} if path == "/v1/export" else {}
                answer = api.ask(asker, "POST", path, {"query": secret} | more)
                assert answer.status_code == 503
                row.add(answers=1, leaks=len(_CANARY.findall(answer.text)))
                assert secret not in answer.text
    assert secret not in caplog.text
