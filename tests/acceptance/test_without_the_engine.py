"""The engine hangs, then dies: every route says so within ten seconds, and all is well again afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.acceptance.test_routes_on_the_system import OPEN_ROUTES, ask, assert_problem, operations
from tests.stack import Stack

pytestmark = pytest.mark.stack

#: answer without the engine
INDEPENDENT = OPEN_ROUTES - {"/health/ready"}
MOST_SECONDS = 10
#: asked at the same time: more than the API has threads
_AT_ONCE = 64


@pytest.fixture
def engine_pid(stack: Stack) -> Iterator[int]:
    pid: int = stack.state["processes"]["opensearch"]
    yield pid
    # whatever became of the test, the tests after it find a system that is well
    until = time.monotonic() + 60
    while stack.state["processes"].get("opensearch", pid) == pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        assert time.monotonic() < until, "the engine is not started again"
        time.sleep(0.5)
    stack.wait_ready()


def _ask_everywhere(stack: Stack, client: httpx.Client, routes: list[tuple[str, str]]) -> None:
    def timed(route: tuple[str, str]) -> tuple[httpx.Response, float]:
        begin = time.monotonic()
        return ask(client, *route), time.monotonic() - begin

    # those that do not ask the engine come last, when every thread waits
    routes = sorted(routes, key=lambda route: route[1] in INDEPENDENT)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for (method, path), (answer, seconds) in zip(routes, pool.map(timed, routes), strict=True):
            assert seconds < MOST_SECONDS, f"{method} {path} took {seconds:.1f} s"
            if path in INDEPENDENT:
                assert answer.status_code == 200
                continue
            told = assert_problem(answer, 503)
            assert "the search engine does not answer" in told["detail"]
            assert int(answer.headers["retry-after"]) > 0


def test_every_route_says_that_the_engine_is_away(stack: Stack, engine_pid: int) -> None:
    routes = operations(stack) * 2
    with stack.client("erbach", ("bauamt",), ("records-manager",)) as client:
        assert client.post("/v1/search", json={"query": "Beispiel"}).status_code == 200
        os.kill(engine_pid, signal.SIGSTOP)
        _ask_everywhere(stack, client, routes)
        os.kill(engine_pid, signal.SIGKILL)
        _ask_everywhere(stack, client, routes)
        stack.wait_ready()
        assert client.post("/v1/search", json={"query": "Beispiel"}).status_code == 200
