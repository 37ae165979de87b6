"""R6: the engine takes no writes, as it does when a disk passes the flood stage; later it does again."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import httpx
import pytest

from tests.drills.admin import administrator
from tests.drills.batch import Batch, agrees, wait
from tests.drills.tally import FULL, Row, size
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

TENANT = "michelstadt"
RESUMES_WITHIN = 120


def _block(engine: httpx.Client, *, blocked: bool | None) -> None:
    # Otherwise the engine looks at its disk every 30 s, finds room, and frees the index by itself.
    looks = {"cluster.routing.allocation.disk.threshold_enabled": False if blocked else None}
    engine.put("/_cluster/settings", json={"persistent": looks}).raise_for_status()
    change = {"index.blocks.read_only_allow_delete": blocked}
    engine.put(f"/records_{TENANT}_v*,released_{TENANT}_v*/_settings", json=change).raise_for_status()


def _alarms(log: Path) -> int:
    # a worker that has not yet seen to the town's index does not come as far as writing
    return len(re.findall("takes no writes|entries wait: the engine", log.read_text(errors="replace")))


def test_r6_the_engine_is_full_and_is_freed(stack: Stack, row: Row) -> None:
    number, seconds = size(60, 600), size(8, 25)
    batch, log = Batch(stack, TENANT, "Flutwort", number), stack.data / "logs" / "worker-text.log"
    said_before = _alarms(log)
    try:
        with administrator(stack) as engine, stack.client(TENANT) as reader, contextlib.ExitStack() as importing:
            # full before the first file comes: what is written while it is full is then none, however slow the machine
            _block(engine, blocked=True)
            try:
                process = importing.enter_context(batch.importing())
                wait(lambda: batch.noted() == number, 120, "every file is noted")
                time.sleep(seconds)
                indexed = batch.indexed()
                searched = reader.post("/v1/search", json={"query": "Flutwort", "mode": "keyword"}).status_code
            finally:
                _block(engine, blocked=None)
            alarms = _alarms(log) - said_before
            resumed = batch.wait_indexed(indexed + 1, process, RESUMES_WITHIN)
            summary = batch.ended_well(process)
        lost, twice = batch.lost_and_twice()
        row.tell(files=number, seconds_full=seconds, written_while_full=indexed, alarms=alarms)
        row.tell(seconds_until_it_goes_on=f"{resumed:.0f}", quarantined=summary["quarantined"], lost=lost, twice=twice)
        assert (indexed, searched, summary["quarantined"], lost, twice) == (0, 200, 0, 0, 0)
        assert alarms > 0, "nobody was told"
        agrees(stack, TENANT)
    finally:
        batch.close()
