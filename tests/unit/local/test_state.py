"""The lock on a data folder and what describes the running system."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from local.layout import Layout
from local.state import (
    AlreadyRunningError,
    NotRunningError,
    State,
    forget_state,
    read_state,
    ready_file,
    take_lock,
    write_state,
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "data", tmp_path / "cache")


def a_state() -> State:
    return State(
        pid=os.getpid(), started=1.0, ports={"ui": 1, "api": 2, "sign_in": 3}, processes={"tika": 7}, ready=True
    )


def test_a_second_system_on_the_same_folder_is_told_who_runs(layout: Layout) -> None:
    first = take_lock(layout)
    with pytest.raises(AlreadyRunningError, match=f"process {os.getpid()}"):
        take_lock(layout)
    os.close(first.descriptor)
    os.close(take_lock(layout).descriptor)


def test_a_killed_system_leaves_the_folder_free(layout: Layout) -> None:
    words = "import os; from local.layout import Layout; from local.state import take_lock; "
    words += f"take_lock(Layout(__import__('pathlib').Path({str(layout.data)!r}), None)); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == -9
    os.close(take_lock(layout).descriptor)


def test_state_is_read_only_while_somebody_runs(layout: Layout) -> None:
    with pytest.raises(NotRunningError, match="aktensuche up"):
        read_state(layout)
    lock = take_lock(layout)
    with pytest.raises(NotRunningError):
        read_state(layout)
    write_state(layout, a_state())
    assert read_state(layout) == a_state()
    os.close(lock.descriptor)
    with pytest.raises(NotRunningError):
        read_state(layout)


def test_state_is_for_its_user_alone(layout: Layout) -> None:
    os.close(take_lock(layout).descriptor)
    write_state(layout, a_state())
    for path in layout.run.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.run.stat().st_mode) == 0o700


def test_forgetting_takes_the_readiness_away_too(layout: Layout) -> None:
    lock = take_lock(layout)
    write_state(layout, a_state())
    ready_file(layout).touch()
    forget_state(layout)
    forget_state(layout)
    assert [path.name for path in layout.run.iterdir()] == ["lock"]
    os.close(lock.descriptor)
