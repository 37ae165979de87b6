"""An answer 404 leaves at a whole number of steps; every other one leaves when it is ready."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message

from search_api.even_time import STEP_SECONDS, EvenTime


@pytest.mark.parametrize("work", [0.0, 0.3 * STEP_SECONDS, 1.2 * STEP_SECONDS])
def test_a_refusal_leaves_at_a_whole_step(monkeypatch: pytest.MonkeyPatch, work: float) -> None:
    async def exercise() -> float:
        clock = asyncio.get_running_loop().time
        waited: list[float] = []
        monkeypatch.setattr("search_api.even_time.asyncio.sleep", _noting(waited))

        async def refuses(_scope: Any, _receive: Any, send: Any) -> None:
            time.sleep(work)  # noqa: ASYNC251 - the clock has to move, nothing else runs here
            await send({"type": "http.response.start", "status": 404, "headers": []})

        began = clock()
        await EvenTime(refuses)({"type": "http"}, _nothing, _unheard)
        [wait] = waited
        return clock() - began + wait

    assert asyncio.run(exercise()) >= STEP_SECONDS * (1 + (work > STEP_SECONDS)) * 0.99


def test_answers_wait_only_where_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("search_api.even_time.asyncio.sleep", _noting(waited))

    async def answer(request: Request) -> Response:
        return Response(status_code=int(request.path_params["status"]))

    client = TestClient(EvenTime(Starlette(routes=[Route("/{status}", answer, methods=["GET", "POST"])])))
    for status in (200, 403, 405, 409, 422, 503):
        assert client.get(f"/{status}").status_code == status
    assert waited == []
    for method in ("GET", "HEAD", "POST"):
        assert client.request(method, "/404").status_code == 404
    assert len(waited) == 3
    assert all(0 < wait <= STEP_SECONDS for wait in waited)


def test_the_application_has_it(world: Any) -> None:
    began = time.monotonic()
    assert world.ask("GET", "/v1/records/gibt-es-nicht").status_code == 404
    assert time.monotonic() - began >= STEP_SECONDS


def _noting(waited: list[float]) -> Any:
    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    return sleep


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _unheard(_: Message) -> None:
    pass
