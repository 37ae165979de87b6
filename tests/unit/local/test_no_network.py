"""A program that gave up the network can be asked, and can ask nobody."""

from __future__ import annotations

import sys

from local import no_network
from tests.unit.closed_network import assert_nothing_goes_out, assert_whoever_asks_is_answered

PROGRAM = (sys.executable, "-I", "-S", no_network.__file__, sys.executable, "-c")


def test_nothing_can_be_reached() -> None:
    assert_nothing_goes_out(PROGRAM)


def test_whoever_asks_is_answered() -> None:
    assert_whoever_asks_is_answered(PROGRAM)
