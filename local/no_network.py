"""Become one program that can open no connection: `python -I -S no_network.py PROGRAM ARGUMENTS...`.

For whatever opens foreign files. It may listen and answer, and nothing else: the kernel refuses `connect`, every
socket that needs no connection (so no name can be asked for either) and the ways around it. Holds for all its children,
cannot be taken back, and needs neither root nor a feature of the distribution. Needs nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_FILTER = 2

# the little language of the kernel's filters: load a word of the call, compare it, return a verdict
_LOAD, _EQUAL, _MASKED, _AND, _RETURN = 0x20, 0x15, 0x45, 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _SECOND, _FIFTH, _FIFTH_HIGH = 0, 4, 24, 48, 52

_X86_64 = 0xC000003E
#: numbers of calls from here on are those of the 32-bit world beside the usual one
_OTHER_WORLD = 0x40000000
_SOCKET, _CONNECT, _SENDTO = 41, 42, 44
#: sendmsg, sendmmsg: they name their target in memory, where no filter looks; io_uring_*: calls past all filters
_CLOSED = (_CONNECT, 46, 307, 425, 426, 427)
_KIND = 0xF
_STREAM = 1


def _program() -> bytes:
    """Return the filter; jumps count the steps that are left out if the comparison holds, and if it does not."""
    refuse = _ERRNO | errno.EACCES
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _X86_64),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_MASKED, 0, 1, _OTHER_WORLD),
        (_RETURN, 0, 0, refuse),
    ]
    for call in _CLOSED:
        steps += [(_EQUAL, 0, 1, call), (_RETURN, 0, 0, refuse)]
    # sendto is how an answer leaves a connection; with an address it would reach for another one
    steps += [
        (_EQUAL, 0, 5, _SENDTO),
        (_LOAD, 0, 0, _FIFTH),
        (_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, _FIFTH_HIGH),
        (_EQUAL, 6, 0, 0),
        (_RETURN, 0, 0, refuse),
        (_EQUAL, 0, 4, _SOCKET),
        (_LOAD, 0, 0, _SECOND),
        (_AND, 0, 0, _KIND),
        (_EQUAL, 1, 0, _STREAM),
        (_RETURN, 0, 0, refuse),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


def give_up_the_network() -> None:
    """Refuse this process and all it starts every connection; OSError if the kernel does not do that."""
    if platform.machine() != "x86_64":
        raise OSError(errno.ENOSYS, f"the filter is written for x86_64, not for {platform.machine()}")
    program = _program()
    libc = ctypes.CDLL(None, use_errno=True)
    described = _Filter(len(program) // 8, program)
    # SECURITY: from here on, whatever a file makes its reader do, nothing leaves.
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or (
        libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(described), 0, 0) != 0
    ):
        raise OSError(ctypes.get_errno(), "the kernel does not let a program give up the network")


def main(argv: list[str]) -> None:
    """Give up the network and turn into the program."""
    give_up_the_network()
    os.execve(argv[1], argv[1:], os.environ)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main(sys.argv)
