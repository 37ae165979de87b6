"""What all tests share: the running system, and the groups that need a system package."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from local.layout import Layout
from tests import chemistry as chemistry_server
from tests.engine import Engine, running_engine
from tests.keycloak import OUTCOMES, Keycloak, NotFetchedError, provide, running_keycloak
from tests.postgres import Postgres, find_program, postgres_running
from tests.stack import Stack, running

#: marker -> programs it needs, and the Debian packages that bring them
PACKAGES = {
    "browser": (("chromium",), "chromium"),
    "tesseract": (("tesseract",), "tesseract-ocr tesseract-ocr-deu"),
    "postgres": (("pg_ctl", "initdb"), "postgresql"),
}


_not_run: dict[str, int] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker("system")
    missing = {m for m, (programs, _) in PACKAGES.items() if not all(find_program(p) for p in programs)}
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        lacking = missing & {mark.name for mark in item.iter_markers()}
        for mark in lacking:
            _not_run[mark] = _not_run.get(mark, 0) + 1
        (left_out if lacking else kept).append(item)
    if left_out and os.environ.get("CI"):
        wanted = ", ".join(PACKAGES[m][1] for m in sorted(_not_run))
        raise pytest.UsageError(f"in CI everything runs; missing here: {wanted}")
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if OUTCOMES:
        terminalreporter.section("sign-in against Keycloak")
    for what, found in OUTCOMES:
        terminalreporter.write_line(f"{what:<70} {found}")
    for mark, count in sorted(_not_run.items()):
        terminalreporter.write_line(f"not run: {count} {mark} tests; they need the package {PACKAGES[mark][1]}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, empty, started once."""
    with postgres_running() as server:
        yield server


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The whole system, empty, started once."""
    with running("--no-sample") as started:
        yield started


@pytest.fixture(scope="session")
def own_engine() -> Iterator[Engine]:
    """The engine alone, started once; each module that uses it begins with `empty`."""
    with running_engine() as started:
        yield started


@pytest.fixture(scope="session")
def chemistry() -> Iterator[str]:
    """A real CMIS server, empty; the address of its browser binding."""
    cache = Layout.from_environment().cache
    try:
        chemistry_server.provide(cache)
    except chemistry_server.NotFetchedError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"not run: the tests of CMIS need Apache Chemistry's server; {error}")
    with chemistry_server.running_chemistry(cache) as url:
        yield url


@pytest.fixture(scope="session")
def keycloak() -> Iterator[Keycloak]:
    """A real Keycloak with the realm of production, started once."""
    try:
        provide(Layout.from_environment().cache)
    except NotFetchedError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"not run: the tests of the sign-in need Keycloak; {error}")
    with running_keycloak() as started:
        yield started
