"""R12: an index is made anew while records are written and 20 searches a second asked; then back to the old one."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from mappings import index_name
from tests.drills.admin import administrator, documents
from tests.drills.batch import Batch, agrees, kill, wait
from tests.drills.tally import FULL, Row, size
from tests.stack import CLI, TREE, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

TENANT = "oberzent"
A_SECOND = 20
#: who searches, and how many of their searches may be on their way: less than each may ask at once by meaning
PEOPLE, AT_ONCE = 8, 48


@dataclass
class Searches:
    """Several people who ask all the time, in turn; counts what failed and what was not there."""

    stack: Stack
    tokens: tuple[str, ...]
    asked: int = 0
    failed: list[str] = field(default_factory=list)
    fewest: int = 10**9
    slowest: float = 0.0
    seconds: float = 0.0
    #: so many at once; where that is slower than 20 a second, it says so
    _free: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    @contextmanager
    def going(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._go, args=(ended,))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _go(self, ended: threading.Event) -> None:
        with (
            httpx.Client(base_url=self.stack.api, timeout=30, trust_env=False) as client,
            ThreadPoolExecutor(AT_ONCE) as pool,
        ):
            began = tick = time.monotonic()
            while not ended.is_set():
                if self._free.acquire(blocking=False):
                    pool.submit(self._ask, client)
                tick += 1 / A_SECOND
                time.sleep(max(0.0, tick - time.monotonic()))
            # the last answers are still on their way, but nobody asks any more
            self.seconds = time.monotonic() - began

    def _ask(self, client: httpx.Client) -> None:
        try:
            self._search(client)
        finally:
            self._free.release()

    def _search(self, client: httpx.Client) -> None:
        began = time.monotonic()
        mode = "keyword" if self.asked % 2 else "hybrid"
        token = self.tokens[self.asked // 2 % len(self.tokens)]
        self.asked += 1
        body = {"query": "Dauerwort", "mode": mode, "size": 5}
        try:
            answer = client.post("/v1/search", json=body, headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError as error:
            self.failed.append(type(error).__name__)
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        if answer.status_code != 200:
            self.failed.append(f"{answer.status_code} {answer.text[:200]}")
        elif mode == "keyword":
            self.fewest = min(self.fewest, answer.json()["total"])


@contextmanager
def writing(batch: Batch) -> Iterator[list[dict[str, int]]]:
    """Change, add and take away files all the time, and import them; gives what the imports said."""
    ended, said, dice = threading.Event(), [], random.Random(12)

    def go() -> None:
        number = batch.number
        while not ended.is_set():
            for _ in range(8):
                batch.write(dice.randrange(batch.number), f"geändert {dice.random()}")
            batch.write(number, "neu")
            number += 1
            if number % 3 == 0:
                (batch.folder / f"{number - 1:04}.txt").unlink()
            said.append(batch.imported())

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield said
    finally:
        ended.set()
        thread.join()


def test_r12_rebuild_under_writes_and_searches(stack: Stack, row: Row) -> None:
    steady = Batch(stack, TENANT, "Dauerwort", size(60, 1500))
    moving = Batch(stack, TENANT, "Wechselwort", size(24, 200))
    try:
        assert steady.imported()["indexed"] == steady.number
        moving.imported()
        people = (f"suchende-{number}" for number in range(PEOPLE))
        tokens = tuple(stack.token(TENANT, roles=("records-manager",), subject=person) for person in people)
        with (before := Searches(stack, tokens)).going():
            # what has just been started is slow, whatever else happens
            time.sleep(size(1, 20))
        assert not before.failed, before.failed[:5]
        searches = Searches(stack, tokens)
        with searches.going(), writing(moving) as said:
            first = stack.json("rebuild", "--tenant", TENANT, timeout=1500)[0]
            # the lease of one that was killed has to run out first: too long for the small size
            killed = _killed_and_taken_up(stack) if FULL else _made_anew(stack)
            back = stack.json("rebuild", "--tenant", TENANT, "--rollback")[0]
            time.sleep(3)
        time.sleep(2)
        moving.imported()
        assert not searches.failed, searches.failed[:5]
        assert searches.fewest == steady.number, "a search during the swap found too little"
        lost, twice = moving.lost_and_twice()
        left = steady.lost_and_twice()
        assert (lost, twice, *left) == (0, 0, 0, 0)
        agrees(stack, TENANT)
        # nothing is written any more: both indexes hold the same, to the version and the rights
        with administrator(stack) as engine:
            live = documents(engine, index_name(TENANT, back["number"]))
            kept = documents(engine, index_name(TENANT, back["before"]))
        assert live == kept
        a_second = searches.asked / searches.seconds
        row.tell(records=len(live), searches=searches.asked, searches_a_second=f"{a_second:.1f}")
        row.tell(failed_searches=len(searches.failed))
        if FULL:
            assert a_second > A_SECOND - 0.5
        row.tell(imports_meanwhile=len(said), changes_meanwhile=sum(s["indexed"] + s["removed"] for s in said))
        row.tell(alike_at_the_swap=first["records"], digest_at_the_swap=first["digest"], moving=first["moving"])
        row.tell(put_right=first["repaired"] + killed["repaired"], lost=lost + left[0], twice=twice + left[1])
        row.tell(seconds_for_a_rebuild=first["seconds"], slowest_search=f"{searches.slowest:.1f} s")
    finally:
        steady.close()
        moving.close()


def _filled(stack: Stack) -> int:
    """Return how far a rebuild that runs, or was killed, has come."""
    asked = "select coalesce(max(cursor), 0) from index_versions where tenant = ? and state = 'filling'"
    with contextlib.closing(sqlite3.connect(f"file:{stack.data}/ledger.sqlite?mode=ro", uri=True)) as ledger:
        return int(ledger.execute(asked, (TENANT,)).fetchone()[0])


def _made_anew(stack: Stack) -> dict[str, int]:
    """Drop the index kept and make another, undisturbed."""
    stack.json("rebuild", "--tenant", TENANT, "--drop")
    return dict(stack.json("rebuild", "--tenant", TENANT, timeout=1500)[0])


def _killed_and_taken_up(stack: Stack) -> dict[str, int]:
    """Kill a rebuild in its middle; the next one waits for its lease and goes on where it stood."""
    words = [str(CLI), "rebuild", "--tenant", TENANT, "--json"]
    stack.json("rebuild", "--tenant", TENANT, "--drop")
    process = subprocess.Popen(words, env=stack.env, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait(lambda: _filled(stack) > 0 or process.poll() is not None, 120, "the rebuild fills")
    was_running = process.poll() is None
    kill(process.pid)
    process.communicate()
    assert was_running, "the rebuild was over before it could be killed"
    assert _filled(stack) > 0, "nothing was half filled"
    refused = stack.cli("rebuild", "--tenant", TENANT, "--json", check=False)
    assert "a rebuild of oberzent runs already" in refused.stderr or refused.returncode == 0, refused.stderr
    done: list[dict[str, int]] = []

    def taken_up() -> bool:
        told = stack.cli("rebuild", "--tenant", TENANT, "--json", check=False, timeout=1500)
        if told.returncode == 0:
            done.extend(json.loads(told.stdout))
        return told.returncode == 0

    if refused.returncode == 0:
        return dict(json.loads(refused.stdout)[0])
    wait(taken_up, 120, "the rebuild is taken up")
    return done[0]
