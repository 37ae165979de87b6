"""R4 and R8: the queue loses everything, dies, hangs and is full; and says everything three times."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import redis

from indexer.app import VECTORS, create_queue
from indexer.queue import batches
from records.settings import BrokerSettings
from tests.drills.admin import settings_of
from tests.drills.batch import Batch, agrees, hanging, kill, wait
from tests.drills.tally import FULL, Row, size
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

TENANT = "michelstadt"
#: how long nobody may have been working after the queue is back
RESUMES_WITHIN = 60
#: the engine shows what is written once a second, and nobody who imports waits for it here
SHOWN_WITHIN = 2


@contextmanager
def queue_of(stack: Stack) -> Iterator[redis.Redis]:
    password = (stack.data / "secrets" / "redis.password").read_text().strip()
    client = redis.Redis(port=stack.state["ports"]["redis"], password=password, socket_timeout=5)
    try:
        yield client
    finally:
        client.close()


def _workers(stack: Stack) -> dict[str, int]:
    return {name: pid for name, pid in stack.state["processes"].items() if name.startswith("worker")}


def _kill(stack: Stack) -> None:
    pid = stack.state["processes"]["redis"]
    kill(pid)
    wait(lambda: stack.state["processes"].get("redis", pid) != pid, 60, "the queue is started again")


def _flush(stack: Stack) -> None:
    with queue_of(stack) as queue:
        queue.flushall()


def _hang(stack: Stack) -> None:
    with hanging(stack.state["processes"]["redis"]):
        time.sleep(60)


def _fill(stack: Stack) -> None:
    with queue_of(stack) as queue:
        queue.config_set("maxmemory-policy", "noeviction")
        # a worker that is just being given something is refused the note of it
        with hanging(_workers(stack)["worker-vectors"]):
            wait(lambda: queue.llen(VECTORS) > 0, 30, "something is on its way to the worker of the vectors")
            queue.config_set("maxmemory", "1")
        time.sleep(size(8, 30))
        queue.config_set("maxmemory", "0")


HARM = {"flush": _flush, "kill": _kill, "hang": _hang, "full": _fill}


@pytest.mark.parametrize("harm", HARM if FULL else ["flush", "full"])
def test_r4_the_queue_is_flushed_killed_hung_and_full(stack: Stack, row: Row, harm: str) -> None:
    """What was sent is lost, whoever sent it is gone too; the sweep finds in the ledger what is to be done."""
    number = size(120, 400)
    batch, workers = Batch(stack, TENANT, f"Schlangenwort{harm}", number), _workers(stack)
    try:
        with hanging(workers["worker-text"]):
            with batch.importing() as process:
                wait(lambda: batch.noted() >= number, 300, "all files are noted")
                process.kill()
            HARM[harm](stack)
        seconds = batch.wait_indexed(number, seconds=RESUMES_WITHIN + size(60, 200))
        time.sleep(SHOWN_WITHIN)
        assert _workers(stack) == workers, "workers were started again; they were to go on by themselves"
        lost, twice = batch.lost_and_twice()
        row.tell(
            **{f"files_after_{harm}": number, "lost": lost, "twice": twice, "s_until_all_are_in": f"{seconds:.0f}"}
        )
        assert (lost, twice) == (0, 0)
        assert seconds <= RESUMES_WITHIN
        agrees(stack, TENANT)
    finally:
        batch.close()


def test_r8_each_message_three_times_in_parallel(stack: Stack, row: Row) -> None:
    number = size(64, 500)
    batch = Batch(stack, TENANT, "Echowort", number)
    settings = settings_of(stack)
    broker = BrokerSettings(
        url=settings["AKTENSUCHE_BROKER__URL"], password_file=settings["AKTENSUCHE_BROKER__PASSWORD_FILE"]
    )
    app, queue = create_queue(broker)
    try:
        with batch.importing() as process:
            wait(lambda: batch.noted() > 0, 60, "files are noted")
            sent = 0
            with ThreadPoolExecutor(3) as pool:
                while process.poll() is None:
                    low, high = batch.ledger("min(entries.id)"), batch.ledger("max(entries.id)")
                    for some in batches(list(range(low, high + 1))):
                        list(pool.map(queue.send, [some] * 3))
                        sent += 3
                    time.sleep(0.5)
            summary = batch.ended_well(process)
        assert (summary["indexed"], summary["quarantined"]) == (number, 0)
        lost, twice = batch.lost_and_twice()
        sequence = batch.ledger("max(sequence)")
        row.tell(files=number, messages_beside=sent, lost=lost, twice=twice, highest_sequence=sequence)
        assert (lost, twice, sequence) == (0, 0, 1)
        agrees(stack, TENANT)
    finally:
        app.close()
        batch.close()
