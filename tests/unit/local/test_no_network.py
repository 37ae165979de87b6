"""A program that gave up the network can be asked, and can ask nobody."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

from local import no_network

TRIES = """
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

ANSWERS = (
    "import socket; door = socket.create_server(('127.0.0.1', 0)); print(door.getsockname()[1], flush=True); "
    "who = door.accept()[0]; who.send(who.recv(10).upper())"
)


def _program(words: str, *more: str) -> list[str]:
    return [sys.executable, "-I", "-S", no_network.__file__, sys.executable, "-c", words, *more]


def test_nothing_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.2)
        port = str(door.getsockname()[1])
        done = subprocess.run(_program(TRIES, port), capture_output=True, text=True, timeout=60, check=True)
        said = done.stdout.splitlines()
        assert len(said) == 9, done.stderr
        assert not [line for line in said if not line.endswith("refused")]
        try:
            door.accept()
        except TimeoutError:
            return
    raise AssertionError("somebody came through")


def test_whoever_asks_is_answered() -> None:
    with subprocess.Popen(_program(ANSWERS), stdout=subprocess.PIPE) as server:
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
