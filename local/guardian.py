"""End every program of a supervisor that was killed: `python -I -S guardian.py`, told on standard input.

`+ N` and `- N` add and remove a session; the end of input means that the supervisor is gone. A program tied to its
parent dies with it, its children (Tika's second Java) do not: hence this one. It must not end anything while the
supervisor lives.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path


def members(sessions: Iterable[int]) -> Iterator[int]:
    """Yield the process ids that belong to one of `sessions`."""
    wanted = set(sessions)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        # a process may end between the listing and the reading
        with contextlib.suppress(OSError):
            # the name, in brackets, may hold blanks and brackets: state, parent, group and session follow the last
            fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if fields[0] not in "ZX" and int(fields[3]) in wanted:
                yield int(entry.name)


def end(sessions: Iterable[int], *, seconds: float = 5.0) -> bool:
    """Kill everything in `sessions`; say whether nothing is left."""
    wanted = set(sessions)
    until = time.monotonic() + seconds
    while left := list(members(wanted)):
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def main() -> None:
    """Listen until the supervisor is gone, then end what it left."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    sessions: set[int] = set()
    for line in sys.stdin:
        sign, _, number = line.partition(" ")
        (sessions.add if sign == "+" else sessions.discard)(int(number))
    end(sessions)


if __name__ == "__main__":
    main()
