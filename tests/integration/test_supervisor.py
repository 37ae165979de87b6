"""What the supervisor promises, with small real processes: order, restart, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.stack import TREE

PROGRAM = Path(__file__).with_name("small_system.py")


class System:
    """One small system and what it says."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder
        self.said = folder / "said"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, str(PROGRAM), str(folder), *names],
                stdout=said,
                stderr=said,
                cwd=TREE,
                env=os.environ | {"PYTHONPATH": str(TREE)},
                start_new_session=True,
            )

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "state").read_text())
        return found

    def wait_until(self, holds: Callable[[], bool], seconds: float = 15) -> None:
        until = time.monotonic() + seconds
        while True:
            with contextlib.suppress(FileNotFoundError, KeyError, ValueError):
                if holds():
                    return
            assert time.monotonic() < until, self.said.read_text()
            time.sleep(0.02)

    def wait_well(self) -> None:
        self.wait_until(lambda: self.state["all_well"])

    def everything(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., System]]:
    started: list[System] = []

    def begin(*names: str) -> System:
        started.append(System(tmp_path, *names))
        return started[-1]

    yield begin
    for system in started:
        if system.process.poll() is None:
            system.process.kill()
            system.process.wait()


def assert_gone(processes: list[psutil.Process], seconds: float = 5) -> None:
    _, left = psutil.wait_procs(processes, timeout=seconds)
    alive = [p for p in left if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    for process in alive:
        process.kill()
    assert not alive


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_ends_everything(start: Callable[..., System], number: signal.Signals, code: int) -> None:
    system = start("server-a", "server-b")
    system.wait_well()
    everything = system.everything()
    assert len(everything) == 5, "two programs with a child each, and the guardian"
    system.process.send_signal(number)
    assert system.process.wait(15) == code
    assert_gone(everything, 1)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_in_the_middle_of_the_start(start: Callable[..., System], number: signal.Signals, code: int) -> None:
    system = start("server-a", "broken-b")
    system.wait_until(lambda: "broken-b: ended" in system.said.read_text())
    everything = system.everything()
    system.process.send_signal(number)
    assert system.process.wait(15) == code
    assert_gone(everything, 1)


def test_a_second_ctrl_c_ends_the_patience(start: Callable[..., System]) -> None:
    system = start("deaf-a", "deaf-b", "deaf-c")
    system.wait_well()
    everything = system.everything()
    began = time.monotonic()
    system.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    system.process.send_signal(signal.SIGINT)
    assert system.process.wait(15) == 130
    assert time.monotonic() - began < 2.5, "three programs with a second of patience each were waited for"
    assert_gone(everything, 1)


def test_a_program_that_does_not_listen_is_made_to_end(start: Callable[..., System]) -> None:
    system = start("deaf-a")
    system.wait_well()
    everything = system.everything()
    system.process.send_signal(signal.SIGTERM)
    assert system.process.wait(15) == 0
    assert_gone(everything, 1)


def test_kill_9_of_the_supervisor_leaves_nothing(start: Callable[..., System]) -> None:
    system = start("server-a", "deaf-b")
    system.wait_well()
    everything = system.everything()
    system.process.kill()
    system.process.wait(5)
    assert_gone(everything)


def test_a_crash_is_said_and_repaired_with_nothing_left_of_the_old_one(start: Callable[..., System]) -> None:
    system = start("server-a")
    system.wait_well()
    first = system.state["pids"]["server-a"]
    child = psutil.Process(int((system.folder / "server-a.child").read_text()))
    os.kill(first, signal.SIGKILL)
    system.wait_until(lambda: system.state["pids"]["server-a"] != first)
    assert_gone([child], 1)
    assert "server-a: ended by signal SIGKILL, starting it again\n" in system.said.read_text()


def test_what_crashes_again_at_once_is_given_time(start: Callable[..., System]) -> None:
    system = start("server-a")
    system.wait_well()
    for pause in ("\n", " in 1 s\n"):
        pid = system.state["pids"]["server-a"]
        os.kill(pid, signal.SIGKILL)
        system.wait_until(lambda pid=pid: system.state["pids"].get("server-a", pid) != pid)
        system.wait_well()
        said = system.said.read_text()
        assert said.count(f"server-a: ended by signal SIGKILL, starting it again{pause}") == 1


def test_a_killed_guardian_is_replaced_and_knows_everything(start: Callable[..., System]) -> None:
    system = start("server-a")
    system.wait_well()
    guardian = next(p for p in system.everything() if "guardian.py" in " ".join(p.cmdline()))
    guardian.kill()
    system.wait_until(lambda: "guardian: ended" in system.said.read_text())
    time.sleep(0.2)
    everything = system.everything()
    system.process.kill()
    system.process.wait(5)
    assert_gone(everything)


def test_what_never_works_is_given_up_with_its_last_words(start: Callable[..., System]) -> None:
    system = start("server-a", "broken-b")
    system.wait_until(lambda: system.process.poll() is not None, seconds=30)
    assert system.process.returncode == 1
    said = system.said.read_text()
    assert "broken-b ended with exit code 1" in said
    assert "no such luck" in said


def test_programs_start_after_what_they_need(start: Callable[..., System]) -> None:
    system = start("once-a", "server-b")
    system.wait_well()
    assert list(system.state["pids"]) == ["server-b"], "a program that has done its work is not started again"
    born = [(system.folder / f"{name}.port").stat().st_mtime_ns for name in ("once-a", "server-b")]
    assert born == sorted(born)
