"""Become a program under a seccomp profile as a container gets it: `python seccomp.py PROFILE PROGRAM ARGUMENTS...`.

By libseccomp, the library that container runtimes make the kernel's filter with. Standard library only.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import os
import sys

ACTIONS = {"SCMP_ACT_ALLOW": 0x7FFF0000, "SCMP_ACT_ERRNO": 0x00050000}
COMPARES = {"SCMP_CMP_NE": 1, "SCMP_CMP_EQ": 4, "SCMP_CMP_MASKED_EQ": 7}
_EPERM = 1


class _Compare(ctypes.Structure):
    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def library() -> str | None:
    """Return the name of the library; None where it is missing."""
    return ctypes.util.find_library("seccomp")


def load(place: str) -> None:
    """Put this process and all it starts under the profile; OSError if that cannot be done."""
    with open(place, encoding="utf-8") as file:  # noqa: PTH123  few imports: this is what the program starts with
        profile = json.load(file)
    found = ctypes.CDLL(library())
    found.seccomp_init.restype = ctypes.c_void_p
    found.seccomp_rule_add_array.argtypes = (
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Compare),
    )
    found.seccomp_load.argtypes = (ctypes.c_void_p,)
    made = found.seccomp_init(ACTIONS[profile["defaultAction"]])
    for rule in profile["syscalls"]:
        action = ACTIONS[rule["action"]] | rule.get("errnoRet", _EPERM)
        said = [
            _Compare(one["index"], COMPARES[one["op"]], one["value"], one.get("valueTwo", 0))
            for one in rule.get("args", ())
        ]
        compares = (_Compare * len(said))(*said)
        for name in rule["names"]:
            number = found.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:  # the kernel of this machine knows it
                failed = found.seccomp_rule_add_array(made, action, number, len(said), compares)
                if failed:
                    raise OSError(-failed, f"{name}: no such rule can be made")
    failed = found.seccomp_load(made)
    if failed:
        raise OSError(-failed, "the kernel does not take the filter")


if __name__ == "__main__":
    load(sys.argv[1])
    os.execve(sys.argv[2], sys.argv[2:], os.environ)  # noqa: S606  no shell is wanted
