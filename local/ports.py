"""Which ports the system listens on. Looks and chooses; opens nothing for long."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Door:
    """One port: what it is for, the number preferred, and the setting that moves it, where people rely on it."""

    name: str
    purpose: str
    preferred: int | None = None
    setting: str | None = None


#: People and software outside rely on the first two, browsers on the third. The others are any free port, so that two
#: systems that start at the same moment do not reach for the same one.
DOORS = (
    Door("ui", "the pages", 8080, "AKTENSUCHE_UI__PORT"),
    Door("api", "the API", 8081, "AKTENSUCHE_API__PORT"),
    Door("sign_in", "the sign-in", 8082),
    Door("embedding", "the process that holds the model"),
    Door("engine", "OpenSearch"),
    Door("transport", "OpenSearch's own talk"),
    Door("tika", "Tika"),
    Door("redis", "Redis"),
)

#: below what the system gives to outgoing connections, so that a program that is started again finds its port free
_OUR_RANGE = range(20_000, 32_000)

_HIGHEST = 65535
_TRIES = 20


class PortError(Exception):
    """A port cannot be used; the text names it, who it is for, and the way out."""


@dataclass(frozen=True)
class Claims:
    """Numbers that no other system of this kind on this machine takes while this object lives."""

    ports: dict[str, int]
    marks: tuple[socket.socket, ...]


def claim(doors: tuple[Door, ...] = DOORS) -> Claims:
    """Choose ports and keep them: they are opened one by one, and two systems may be starting at once."""
    marks: list[socket.socket] = []
    ports: dict[str, int] = {}
    for door in doors:
        for _ in range(_TRIES):
            port = choose((door,), avoid=frozenset(ports.values()))[door.name]
            mark = _mark(port)
            if mark is not None:
                break
            if door.setting is not None:
                raise PortError(
                    f"port {port}, wanted for {door.purpose}, belongs to another system that is starting: "
                    f"set {door.setting} to another port"
                )
            door = Door(door.name, door.purpose)  # noqa: PLW2901  any other will do
        else:
            raise PortError(f"no free port found for {door.purpose}: end a program that listens on this machine")
        ports[door.name] = port
        marks.append(mark)
    return Claims(ports, tuple(marks))


def _mark(port: int) -> socket.socket | None:
    # a name without a file: known to the whole machine, gone with the process
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        mark.bind(f"\0aktensuche-port-{port}")
    except OSError:
        mark.close()
        return None
    return mark


def choose(doors: tuple[Door, ...] = DOORS, *, avoid: frozenset[int] = frozenset()) -> dict[str, int]:
    """Return a free port for each door; a door with a setting gets its own number or none."""
    chosen: dict[str, int] = {}
    for door in doors:
        if door.setting is None:
            taken = avoid | set(chosen.values())
            wanted = door.preferred
            chosen[door.name] = wanted if wanted and wanted not in taken and is_free(wanted) else _any_free(taken)
            continue
        port = _from_setting(door.setting, door.preferred or 0)
        if not is_free(port) or port in avoid | set(chosen.values()):
            raise PortError(
                f"port {port}, wanted for {door.purpose}, is in use{_holder(port)}: "
                f"end that program or set {door.setting} to another port"
            )
        chosen[door.name] = port
    return chosen


def is_free(port: int) -> bool:
    """Say whether nothing listens on `port` of this machine's own addresses."""
    if not _binds(socket.AF_INET, "127.0.0.1", port):
        return False
    # browsers try ::1 for localhost first: somebody listening only there would get our users
    return not _has_ipv6_loopback() or _binds(socket.AF_INET6, "::1", port)


def _binds(family: socket.AddressFamily, host: str, port: int) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _has_ipv6_loopback() -> bool:
    return socket.has_ipv6 and _binds(socket.AF_INET6, "::1", 0)


def _any_free(taken: AbstractSet[int]) -> int:
    for port in random.sample(_OUR_RANGE, len(_OUR_RANGE)):
        if port not in taken and is_free(port):
            return port
    raise PortError(f"no port between {_OUR_RANGE[0]} and {_OUR_RANGE[-1]} is free: end some programs")


def _from_setting(setting: str, preferred: int) -> int:
    text = os.environ.get(setting, "").strip()
    if not text:
        return preferred
    if not text.isdecimal() or not 0 < int(text) <= _HIGHEST:
        raise PortError(f"{setting} is {text!r}: give a port between 1 and {_HIGHEST}")
    return int(text)


def _holder(port: int) -> str:
    # only a courtesy: without rights over the other program the system does not tell
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens_at = connection.laddr.port if connection.laddr else None
            if connection.status == psutil.CONN_LISTEN and listens_at == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
