"""Ports for what tests start."""

from __future__ import annotations

from local.ports import Door, choose

_given: set[int] = set()


def free_port() -> int:
    """Return a port nobody listens on now, each time another.

    Not one of those the system gives to outgoing connections: until the program listens, one of them may take it.
    """
    port = choose((Door("test", "a test"),), avoid=frozenset(_given))["test"]
    _given.add(port)
    return port
