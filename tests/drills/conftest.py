"""The drills: their size (AKTENSUCHE_DRILLS=full is the large one) and the table they print.

A test belongs to a drill by its name: `test_r4_...` is R4. One failed test makes its drill red.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.drills.tally import FULL, TALLY, Row


def drill_of(name: str) -> str | None:
    named = re.match(r"test_r(\d+)_", name)
    return f"R{named.group(1)}" if named else None


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    """The row of this test's drill."""
    drill = drill_of(request.node.name)
    assert drill is not None
    return TALLY.row(drill)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    drill = drill_of(item.name)
    if drill is not None and (report.when == "call" or report.failed):
        mine = TALLY.row(drill)
        mine.passed += report.passed
        mine.failed += report.failed
        mine.seconds += report.duration
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY.rows:
        terminalreporter.section(f"drills, {'full' if FULL else 'small'} size")
        for line in TALLY.table():
            terminalreporter.write_line(line)
