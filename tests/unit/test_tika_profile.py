"""What the kernel refuses Tika in production: the same as on one machine, by rule and by trying."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from local import no_network
from tests.unit import seccomp
from tests.unit.closed_network import assert_nothing_goes_out, assert_whoever_asks_is_answered

TREE = Path(__file__).resolve().parents[2]
PLACE = TREE / "deploy" / "tika" / "seccomp.json"
PROGRAM = (sys.executable, "-I", "-S", seccomp.__file__, str(PLACE), sys.executable, "-c")
PROFILE: dict[str, Any] = json.loads(PLACE.read_text(encoding="utf-8"))
CLOSED = {
    42: "connect",
    46: "sendmsg",
    307: "sendmmsg",
    425: "io_uring_setup",
    426: "io_uring_enter",
    427: "io_uring_register",
}
_COMPARES: dict[str, Callable[[int, dict[str, int]], bool]] = {
    "SCMP_CMP_NE": lambda value, said: value != said["value"],
    "SCMP_CMP_MASKED_EQ": lambda value, said: value & said["value"] == said["valueTwo"],
}


def refused(call: str, *values: int) -> bool:
    """Say whether the profile refuses a call with these arguments."""
    return any(
        call in rule["names"] and all(_COMPARES[one["op"]](values[one["index"]], one) for one in rule.get("args", ()))
        for rule in PROFILE["syscalls"]
    )


def test_it_refuses_what_the_filter_of_one_machine_refuses() -> None:
    assert set(CLOSED) == set(no_network._CLOSED), "the filter of one machine closes other calls than this one"
    assert all(refused(name) for name in CLOSED.values())
    more = socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    for kind in range(16):
        assert refused("socket", socket.AF_INET, kind | more, 0) == (kind != no_network._STREAM)
    assert refused("sendto", 4, 0x1000, 1, 0, 0x2000, 16)
    assert not refused("sendto", 4, 0x1000, 1, 0, 0, 0)


def test_what_a_server_that_starts_programs_needs_is_left() -> None:
    threads, namespace = 0x3D0F00, 0x10000000
    assert not refused("clone", threads)
    assert refused("clone", namespace | 0x11)
    (rule,) = (one for one in PROFILE["syscalls"] if "clone3" in one["names"])
    assert rule["errnoRet"] == 38, "with another answer nobody would fall back to clone"
    needed = "accept4 bind listen recvfrom read write execve vfork wait4 futex mmap mprotect epoll_wait openat unlink"
    assert not [call for call in needed.split() if refused(call)]


def test_tika_alone_runs_under_it_and_is_not_asked_to_open_a_connection() -> None:
    services = yaml.safe_load((TREE / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    under = {name for name, told in services.items() if any("seccomp" in one for one in told["security_opt"])}
    assert under == {"tika"}
    assert "seccomp:./deploy/tika/seccomp.json" in services["tika"]["security_opt"]
    assert "no-new-privileges:true" in services["tika"]["security_opt"]
    # whatever looks after its health runs under the same profile
    assert "/dev/tcp" not in " ".join(services["tika"]["healthcheck"]["test"])
    # worlds of calls beside the usual one would pass by
    assert all(one["subArchitectures"] == [] for one in PROFILE["archMap"])


@pytest.mark.skipif(seccomp.library() is None, reason="libseccomp is missing (Debian package libseccomp2)")
def test_the_kernel_lets_nothing_out_and_answers_in() -> None:
    assert_nothing_goes_out(PROGRAM)
    assert_whoever_asks_is_answered(PROGRAM)


@pytest.mark.skipif(seccomp.library() is None, reason="libseccomp is missing (Debian package libseccomp2)")
def test_programs_are_still_started() -> None:
    work = "import subprocess, threading; t = threading.Thread(target=print, args=('faden',)); t.start(); t.join(); "
    done = subprocess.run(
        [*PROGRAM, work + "subprocess.run(['/bin/echo', 'kind'], check=True)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(done.stdout.split()) == ["faden", "kind"]
