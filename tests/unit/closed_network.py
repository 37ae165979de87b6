"""Programs that try every way out of a closed network, and one that answers: wherever a network is closed."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Sequence

import pytest

_TRIES = """
import ctypes, os, socket, sys
port = int(sys.argv[1])

def tried(name, work):
    try:
        work()
    except OSError:
        print(name, "refused")
    else:
        print(name, "WORKED")

def call(number, *words):
    if ctypes.CDLL(None).syscall(number, *words) < 0:
        raise OSError

tried("connect", lambda: socket.create_connection(("127.0.0.1", port), 2))
tried("connect over IPv6", lambda: socket.socket(socket.AF_INET6).connect(("::1", port)))
tried("a socket of the machine", lambda: socket.socket(socket.AF_UNIX).connect("/run/x"))
tried("datagrams", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
tried("names", lambda: socket.getaddrinfo("aktensuche.example", 80))
tried("sending with an address", lambda: socket.socket().sendto(b"x", 0x20000000, ("127.0.0.1", port)))
tried("sendmsg", lambda: socket.socketpair()[0].sendmsg([b"x"]))
tried("io_uring", lambda: call(425, 1, 0))
tried("a child", lambda: os.system(f"exec 3<>/dev/tcp/127.0.0.1/{port}") and call(-1))
"""

_ANSWERS = (
    "import socket; door = socket.create_server(('127.0.0.1', 0)); print(door.getsockname()[1], flush=True); "
    "who = door.accept()[0]; who.send(who.recv(10).upper())"
)


def assert_nothing_goes_out(program: Sequence[str]) -> None:
    """Assert that Python, started by these words and then its source, can reach nobody in any way."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.2)
        port = str(door.getsockname()[1])
        done = subprocess.run([*program, _TRIES, port], capture_output=True, text=True, timeout=60, check=True)
        said = done.stdout.splitlines()
        assert len(said) == 9, done.stderr
        assert not [line for line in said if not line.endswith("refused")]
        with pytest.raises(TimeoutError):
            door.accept()


def assert_whoever_asks_is_answered(program: Sequence[str]) -> None:
    """Assert that Python, started by these words and then its source, can be a server."""
    with subprocess.Popen([*program, _ANSWERS], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        timer = threading.Timer(30, server.kill)
        timer.start()
        try:
            with socket.create_connection(("127.0.0.1", int(server.stdout.readline())), 10) as asker:
                asker.send(b"hallo")
                assert asker.recv(10) == b"HALLO"
        finally:
            timer.cancel()
            server.kill()
