"""R7: a worker, the files and the API live a day before or after the others; the order of things holds.

What is shifted is what our programs ask for the time: a worker is started whose Python clock is a day off, beside an
engine, a ledger and a queue that are not. The machine's own clock stays, and with it that of the ledger's leases.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import pytest

from records.errors import EngineRefusedError, EngineUnavailableError
from records.index_versions import FirstIndexes
from records.opensearch import OpenSearchIndex
from records.query import Search, Sort
from records.testing import HiddenRecords
from tests.drills.batch import Batch, agrees, hanging, wait
from tests.drills.tally import FULL, Row, size
from tests.engine import Engine
from tests.factories import principal
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

TENANT = "brombachtal"
DAY = 86_400
_SHIFTED = """
import sys, time
real, off = time.time, float(sys.argv.pop(1))
time.time = lambda: real() + off
from celery.__main__ import main
sys.argv[0] = "celery"
main()
"""


@contextmanager
def shifted_worker(stack: Stack, seconds: int) -> Iterator[None]:
    """Have the texts read by a worker whose clock is off, and by no other."""
    words = ["-A", "indexer.worker", "worker", "-Q", "text", "--pool", "threads", "-c", "3", "-n", f"off{seconds}@%h"]
    log = stack.data / "logs" / f"worker-{seconds}.log"
    # as the running one is, but for its clock
    model = psutil.Process(stack.state["processes"]["worker-text"])
    who: dict[str, Any] = {"user": model.uids().real, "group": model.gids().real} if os.geteuid() == 0 else {}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [model.cmdline()[0], "-c", _SHIFTED, str(seconds), *words, "-l", "INFO"],
            env=model.environ(), cwd=model.cwd(), stdout=out, stderr=out, **who,
        )  # fmt: skip
        try:
            wait(lambda: " ready." in log.read_text(errors="replace"), 90, "the worker is ready")
            with hanging(stack.state["processes"]["worker-text"]):
                yield
        finally:
            process.terminate()
            process.wait(60)


@pytest.mark.parametrize("days", [1, -1] if FULL else [-1])
def test_r7_a_worker_and_files_that_are_a_day_off(stack: Stack, row: Row, days: int) -> None:
    batch = Batch(stack, TENANT, f"Uhrwort{'vor' if days > 0 else 'nach'}", size(20, 200))
    night = dt.datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    times = [time.time() + DAY, time.time() - DAY, 315_532_800, night.timestamp(), night.replace(fold=1).timestamp()]
    try:
        for one, path in enumerate(sorted(batch.folder.iterdir())):
            os.utime(path, (times[one % len(times)],) * 2)
        with shifted_worker(stack, days * DAY):
            first = batch.imported()
            # changed without a newer date, and with an older one: what counts is the content
            for one in range(5):
                path = batch.write(one, "zweite Fassung")
                os.utime(path, (times[one] - 3600,) * 2)
            changed = batch.imported()
        again = batch.imported()
        lost, twice = batch.lost_and_twice()
        assert (first["indexed"], changed["indexed"], again["indexed"]) == (batch.number, 5, 0)
        with stack.client(TENANT, roles=("records-manager",)) as client:
            body = {"query": f'"{batch.word}" "zweite Fassung"', "mode": "keyword"}
            newest = client.post("/v1/search", json=body).raise_for_status().json()["total"]
        row.tell(**{f"files_by_a_worker_{days:+}_day": batch.number, "changed_and_found": newest})
        row.tell(lost=lost, twice=twice)
        assert (newest, lost, twice) == (5, 0, 0)
        agrees(stack, TENANT)
    finally:
        batch.close()


@pytest.mark.parametrize("seconds", [DAY, -DAY, 60, -60])
def test_r7_an_api_whose_clock_is_off_shows_nothing_more(
    own_engine: Engine, row: Row, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine goes by its own clock: a token minted by one that is off opens nothing after it has ended there."""
    own_engine.empty()
    index = OpenSearchIndex(own_engine.settings, ("erbach",), HiddenRecords(), FirstIndexes())
    real = time.time
    monkeypatch.setattr("records.opensearch.token.time.time", lambda: real() + seconds)
    try:
        index.search_words(principal("erbach", "bauamt"), Search(), sort=Sort.DATE, size=1, after=None)
        outcome = "opened"
    except (EngineRefusedError, EngineUnavailableError):
        outcome = "refused"
    row.tell(**{f"for_the_token_of_an_API_{seconds:+}_s": outcome})
    if seconds < 0:
        assert outcome == "refused"
