"""All tests, as `make test` runs them: those of the whole system, and beside them all others in a process of its own.

A running system waits more than it computes (for leases, starts, polls), so the others cost next to no time. What the
second process says follows when the first has ended. Both count; the exit code is that of the worse.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from types import FrameType

PYTEST = (sys.executable, "-m", "pytest")


def main() -> int:
    """Run both; returns the exit code."""
    began = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        others = subprocess.Popen([*PYTEST, "-m", "not system", *sys.argv[1:]], stdout=said, stderr=subprocess.STDOUT)
        system = subprocess.Popen([*PYTEST, "-m", "system", *sys.argv[1:]])

        def passed_on(number: int, _: FrameType | None) -> None:
            for process in (system, others):
                if process.poll() is None:
                    process.send_signal(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, passed_on)
        codes = [system.wait(), others.wait()]
        said.seek(0)
        sys.stdout.write(said.read())
    sys.stdout.write(f"all tests: {time.monotonic() - began:.0f} s, {'passed' if not any(codes) else 'FAILED'}\n")
    return max(abs(code) for code in codes)


if __name__ == "__main__":
    sys.exit(main())
