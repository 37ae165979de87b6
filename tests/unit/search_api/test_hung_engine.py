"""More requests than there are threads, while the engine takes them all and answers none."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local.authority import issue
from records.index_versions import FirstIndexes
from records.lexicon import lexicon
from records.opensearch import OpenSearchIndex
from records.settings import OpenSearchSettings
from records.testing import HiddenRecords

PATIENCE = 4.0
AT_ONCE = 120
#: whoever finds no thread at first is told when the first have waited, and waits no second time
MOST_SECONDS = 2 * PATIENCE


class Hung:
    """Takes every connection, says nothing, and counts those who came."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        self.taken: list[socket.socket] = []
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        while True:
            try:
                self.taken.append(self._socket.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for one in (self._socket, *self.taken):
            one.close()


@pytest.fixture
def hung() -> Iterator[Hung]:
    made = Hung()
    yield made
    made.close()


@pytest.fixture
def app(world: Any, hung: Hung, tmp_path: Path) -> Any:
    """The API on a hung engine."""
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = tmp_path / "token.key"
    key.write_bytes(ec.generate_private_key(ec.SECP256R1()).private_bytes(kind, form, serialization.NoEncryption()))
    # takes a second; the API that is asked here has run for a while
    lexicon()
    authority, _ = issue((), now=dt.datetime.now(dt.UTC), valid=dt.timedelta(days=1))
    (tmp_path / "ca.pem").write_bytes(authority)
    settings = OpenSearchSettings(
        url=hung.url, ca_file=tmp_path / "ca.pem", token_key_file=key, read_timeout_seconds=PATIENCE
    )
    index = OpenSearchIndex(settings, ("erbach", "michelstadt"), HiddenRecords(), FirstIndexes())
    return world.with_parts(index=index).app


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/v1/search", {"query": "Kastanie", "mode": "keyword"}),
    ("GET", "/v1/records/0123456789abcdef", None),
    # asks the ledger only, and stands still with the engine
    ("GET", "/v1/releases", None),
)


async def _asked(client: httpx.AsyncClient, method: str, path: str, **more: Any) -> tuple[httpx.Response, float]:
    begun = time.monotonic()
    return await client.request(method, path, **more), time.monotonic() - begun


@dataclass(frozen=True)
class Looked:
    """The answer of a path that needs no token, asked while every thread waits; was it there before all others?"""

    answer: httpx.Response
    seconds: float
    first: bool


async def _all_at_once(
    app: Any, hung: Hung, token: str, open_path: str
) -> tuple[list[tuple[httpx.Response, float]], Looked]:
    """Ask `AT_ONCE` times."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", timeout=60) as client:
        headers = {"authorization": f"Bearer {token}"}
        several = (ROUTES[number % len(ROUTES)] for number in range(AT_ONCE))
        waiting = [
            asyncio.create_task(_asked(client, method, path, json=body, headers=headers))
            for method, path, body in several
        ]
        while len(hung.taken) < current_default_thread_limiter().total_tokens:
            assert not any(one.done() for one in waiting)
            await asyncio.sleep(0.01)
        looked, seconds = await _asked(client, "GET", open_path)
        first = not any(one.done() for one in waiting)
        return await asyncio.gather(*waiting), Looked(looked, seconds, first)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_everybody_is_told_in_time_and_most_do_not_ask_it(world: Any, app: Any, hung: Hung, path: str) -> None:
    token = world.issuer.token("bauamt", roles=["records-manager"])
    answers, looked = asyncio.run(_all_at_once(app, hung, token, path))
    assert Counter(answer.status_code for answer, _ in answers) == {503: AT_ONCE}
    assert all(int(answer.headers["retry-after"]) > 0 for answer, _ in answers)
    assert {answer.json()["detail"] for answer, _ in answers} == {
        "the search engine does not answer; try again shortly"
    }
    assert max(seconds for _, seconds in answers) < MOST_SECONDS
    # as many as there are threads, and who tried it afterwards
    assert len(hung.taken) < AT_ONCE / 2
    if path == "/health/ready":
        # asks the engine itself
        assert looked.answer.status_code == 503
        assert "the search engine does not answer" in looked.answer.json()["detail"]
        assert looked.seconds < MOST_SECONDS
    else:
        assert looked.answer.status_code == 200
        assert looked.first
