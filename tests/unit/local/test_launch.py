"""The launcher and the guardian."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from local import guardian, launch

LAUNCH = [sys.executable, "-I", "-S", str(Path(launch.__file__))]


def test_the_program_takes_the_launchers_place_and_loses_its_parent_s_mask() -> None:
    words = "import os, signal; print(os.getpid(), os.umask(0), signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    started = subprocess.Popen([*LAUNCH, str(os.getpid()), sys.executable, "-c", words], stdout=subprocess.PIPE)
    said, _ = started.communicate(timeout=20)
    assert said.decode().strip() == f"{started.pid} {0o077} set()"


def test_nothing_starts_when_the_supervisor_is_gone() -> None:
    done = subprocess.run([*LAUNCH, "1", "/bin/echo", "started"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert not done.stdout
    assert "gone" in done.stderr


def test_the_guardian_ends_sessions_it_was_told_of_and_no_others() -> None:
    told, kept, taken_back = (subprocess.Popen(["/bin/sleep", "600"], start_new_session=True) for _ in range(3))
    try:
        told_words = f"+ {told.pid}\n+ {taken_back.pid}\n- {taken_back.pid}\n"
        subprocess.run(
            [sys.executable, "-I", "-S", guardian.__file__], input=told_words.encode(), timeout=20, check=True
        )
        assert told.wait(5) == -9
        time.sleep(0.1)
        assert kept.poll() is None
        assert taken_back.poll() is None
    finally:
        for process in (told, kept, taken_back):
            process.kill()
            process.wait()
