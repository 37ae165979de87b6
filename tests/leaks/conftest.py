"""The leak suite: its size (AKTENSUCHE_LEAKS=full is the large one) and the table it prints.

A test module belongs to a family by its name: `test_s3_...` is S3. One failed test makes its family red.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.leaks.tally import FULL, TALLY, Row

_OTHERS = {
    "test_two_locks": "L",
    "test_second_lock": "L",
    "test_releases_two_locks": "L",
    "test_releases_second_lock": "L",
    "test_revoked": "S6",
}


def family_of(path: Path) -> str | None:
    named = re.match(r"test_s(\d+)_", path.name)
    return f"S{named.group(1)}" if named else _OTHERS.get(path.stem)


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    """The row of this test's family."""
    family = family_of(request.path)
    assert family is not None
    return TALLY.row(family)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    family = family_of(item.path)
    if family is not None and (report.when == "call" or report.failed):
        mine = TALLY.row(family)
        mine.passed += report.passed
        mine.failed += report.failed
        mine.left_out += report.skipped
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY.rows:
        terminalreporter.section(f"leak suite, {'full' if FULL else 'small'} size")
        for line in TALLY.table():
            terminalreporter.write_line(line)
