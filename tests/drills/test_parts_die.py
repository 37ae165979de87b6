"""R1 to R3: worker, Tika and engine die in the middle of an import; nothing is lost, and nothing is there twice."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.drills.batch import Batch, agrees, hanging, kill, wait
from tests.drills.tally import FULL, Row, size
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(3000 if FULL else 1200)]

TENANT = "brombachtal"
#: of an ordinary report
PAGES, WORDS_OF_A_PAGE = 8, 250


@pytest.fixture
def make(stack: Stack) -> Iterator[type[Batch]]:
    made: list[Batch] = []

    def one(word: str, number: int, **more: int) -> Batch:
        made.append(Batch(stack, TENANT, word, number, **more))
        return made[-1]

    yield one  # type: ignore[misc]
    for batch in made:
        batch.close()


def _points(number: int, count: int, seed: int) -> list[int]:
    """Return so many moments of a batch, as numbers of files that are indexed by then."""
    return sorted(random.Random(seed).sample(range(number // 20, number * 9 // 10), count))


def _pid(stack: Stack, name: str, *, not_: int = 0) -> int:
    """Return the process of this name, once it is another one."""
    wait(lambda: stack.state["processes"].get(name, not_) != not_, 90, f"{name} is started again")
    return int(stack.state["processes"][name])


def _reader(parent: Callable[[], int], chance: random.Random) -> int:
    """Return one of the processes of a worker that read."""
    while True:
        with contextlib.suppress(psutil.NoSuchProcess):
            if readers := [child.pid for child in psutil.Process(parent()).children()]:
                return chance.choice(readers)
        time.sleep(0.05)


def test_r1_the_worker_is_killed_again_and_again(stack: Stack, make: type[Batch], row: Row) -> None:
    """Nine times of ten one of the processes that read, whichever chance picks; else the one that shares out work."""
    number, kills, chance = size(80, 1000), size(4, 50), random.Random(11)
    calm = make("Ruhewort", number, pages=PAGES, words=WORDS_OF_A_PAGE)
    began = time.monotonic()
    calm.imported()
    undisturbed = time.monotonic() - began
    batch = make("Arbeiterwort", number, pages=PAGES, words=WORDS_OF_A_PAGE)
    parents, parent, last = range(1, kills, size(4, 10)), 0, 0.0
    began = time.monotonic()
    with batch.importing() as process:
        for turn, point in enumerate(_points(number, kills, 1)):
            batch.wait_indexed(point, process, 600)
            if turn in parents:
                parent = _pid(stack, "worker-text", not_=parent)
                kill(parent)
            else:
                kill(_reader(lambda killed=parent: _pid(stack, "worker-text", not_=killed), chance))
            last = time.monotonic()
        batch.ended_well(process, 2000)
    ended = time.monotonic()
    lost, twice = batch.lost_and_twice()
    row.tell(files=number, kills=kills, of_these_the_parent=len(parents), lost=lost, twice=twice)
    row.tell(seconds=f"{ended - began:.0f}", seconds_undisturbed=f"{undisturbed:.0f}")
    row.tell(times_as_long=f"{(ended - began) / undisturbed:.1f}")
    batch.complete()
    agrees(stack, TENANT)
    # what the killed had in hand is not waited for until its lease has run out, which takes 30 s
    assert ended - last < size(25, 60)
    if FULL:
        assert ended - began <= 2 * undisturbed


def test_r2_tika_and_its_readers_are_killed_and_hang(stack: Stack, make: type[Batch], row: Row) -> None:
    number, kills, hang = size(80, 600), size(2, 20), size(5, 60)
    batch = make("Leserwort", number, pages=3)
    with batch.importing() as process:
        killed = 0
        for turn, point in enumerate(_points(number, kills, 2)):
            batch.wait_indexed(point, process, 600)
            tika = _pid(stack, "tika", not_=killed)
            readers = psutil.Process(tika).children(recursive=True)
            # a reader that dies is started again by Tika itself, which lives on under its number
            killed = tika if turn % 2 == 0 or not readers else 0
            kill(killed or readers[0].pid)
        with hanging(_pid(stack, "tika", not_=killed)):
            time.sleep(hang)
        began = time.monotonic()
        batch.ended_well(process, 1500)
    lost, twice = batch.lost_and_twice()
    row.tell(files=number, kills=kills, seconds_hung=hang, lost=lost, twice=twice)
    told = stack.json("quarantine", "list", "--tenant", TENANT)
    row.tell(quarantined=len([q for q in told if q["source"] == str(batch.folder)]))
    row.tell(seconds_until_done=f"{time.monotonic() - began:.0f}")
    batch.complete()
    agrees(stack, TENANT)


def test_r3_the_engine_is_killed_while_it_takes_records(stack: Stack, make: type[Batch], row: Row) -> None:
    number, kills = size(100, 600), size(1, 5)
    batch, pid = make("Motorwort", number, pages=3), 0
    with batch.importing() as process:
        for point in _points(number, kills, 3):
            batch.wait_indexed(point, process, 600)
            pid = _pid(stack, "opensearch", not_=pid)
            kill(pid)
        batch.ended_well(process, 1500)
    stack.wait_ready(120)
    lost, twice = batch.lost_and_twice()
    figures = agrees(stack, TENANT)
    row.tell(files=number, kills=kills, lost=lost, twice=twice)
    row.tell(missing=figures["missing"], extra=figures["extra"], stale=figures["stale"])
    batch.complete()
