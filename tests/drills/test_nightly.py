"""The comparison of the night is begun by the clock: a real beat sends it, a real worker does it, people see it."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.settings import RECONCILE_AT
from indexer.tasks import BY_NIGHT
from tests.drills.admin import settings_of
from tests.drills.tally import FULL
from tests.stack import TREE, Stack

pytestmark = [
    pytest.mark.stack,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not FULL, reason="waits minutes for the clock: make drills"),
]

TOWNS = ("erbach", "oberzent")
#: beat has to be there before its minute comes
AHEAD = dt.timedelta(seconds=150)
#: from the minute on: the comparison itself, behind whatever the worker is doing
DONE_WITHIN = 180


@contextmanager
def beating(stack: Stack, folder: Path, at: str) -> Iterator[Path]:
    """Run the scheduler beside that of the system, which keeps its own hour; yields its log."""
    log = folder / "beat.log"
    env = {**os.environ, **settings_of(stack), "AKTENSUCHE_RECONCILE_AT": at}
    words = ["-m", "celery", "-A", "indexer.worker", "beat", "-s", str(folder / "schedule"), "-l", "INFO"]
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, *words], env=env, cwd=TREE, stdout=out, stderr=out)
        try:
            yield log
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _by_night(stack: Stack, town: str, since: dt.datetime) -> list[dt.datetime]:
    """Return when the comparisons of a town ended that the clock began since then."""
    # a token lives five minutes, the drill longer
    with stack.client(town, roles=("records-manager",)) as manager:
        told = manager.get("/v1/reconciliations?size=20").raise_for_status().json()
    ended = [dt.datetime.fromisoformat(one["ended_at"]) for one in told if one["by"] == BY_NIGHT]
    return [moment for moment in ended if moment >= since]


def _by_itself(since: dt.datetime) -> bool:
    """Say whether the hour of the system itself has come since then."""
    now = dt.datetime.now(dt.UTC)
    own = since.replace(hour=RECONCILE_AT.hour, minute=RECONCILE_AT.minute, second=0)
    return since - dt.timedelta(minutes=5) <= own <= now


def test_the_clock_begins_the_comparison_and_records_managers_see_it(stack: Stack, tmp_path: Path) -> None:
    began = dt.datetime.now(dt.UTC)
    minute = (began + AHEAD).replace(second=0, microsecond=0)
    with beating(stack, tmp_path, f"{minute:%H:%M}") as log:
        while dt.datetime.now(dt.UTC) < minute:
            early = [ended for ended in _by_night(stack, "erbach", began) if ended < minute]
            assert len(early) <= _by_itself(began), "it began before its minute"
            time.sleep(2)
        until = time.monotonic() + DONE_WITHIN
        # the last town of the night is not Erbach: when it is there, all have had their turn
        while not all(_by_night(stack, town, minute) for town in TOWNS):
            assert time.monotonic() < until, log.read_text() + stack.output()
            time.sleep(1)
    assert "Sending due task reconcile" in log.read_text()
    # once for its minute
    assert len(_by_night(stack, "erbach", minute)) <= 1 + _by_itself(minute)
