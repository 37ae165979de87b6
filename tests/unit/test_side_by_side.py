"""Both halves of the tests count, whichever fails, and both are told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import side_by_side

TREE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("system", "others", "code"), [("0", "0", 0), ("1", "0", 1), ("0", "1", 1), ("0", "5", 5), ("2", "1", 2)]
)
def test_the_worse_of_both_counts(
    system: str, others: str, code: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    half = f"import sys; print(sys.argv[2]); sys.exit({{'system': {system}, 'not system': {others}}}[sys.argv[2]])"
    monkeypatch.setattr(side_by_side, "PYTEST", (sys.executable, "-c", half))
    monkeypatch.setattr(sys, "argv", ["side_by_side"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert side_by_side.main() == code
    said = capfd.readouterr().out
    assert "not system\n" in said
    assert ("passed" if code == 0 else "FAILED") in said.splitlines()[-1]


def test_a_signal_ends_both(tmp_path: Path) -> None:
    half = f"import os, pathlib, time; pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch(); time.sleep(60)"
    script = f"import sys; from tests import side_by_side as s; s.PYTEST = (sys.executable, '-c', {half!r})"
    started = subprocess.Popen([sys.executable, "-c", f"{script}; sys.exit(s.main())"], cwd=TREE)
    until = time.monotonic() + 30
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    started.send_signal(signal.SIGTERM)
    assert started.wait(20) != 0
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name), 0)
