"""Become one program that ends with its parent: `python -I -S launch.py PARENT_PID PROGRAM ARGUMENTS...`.

Runs between fork and exec, in a process of its own, because code between the two is unsafe beside threads. Needs
nothing but the standard library, so that it starts in milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Tie this process to its parent and turn into the program."""
    parent, program = int(argv[1]), argv[2:]
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(name, signal.SIG_DFL)
    os.umask(0o077)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot tie a program to its supervisor")
    if os.getppid() != parent:
        sys.exit("the supervisor was gone before the program began")
    os.execve(program[0], program, os.environ)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main(sys.argv)
