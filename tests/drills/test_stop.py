"""The whole is told to stop in the middle of an import: it stops, and nothing is lost afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.letters import letter
from tests.stack import CLI, TREE, Stack, running

pytestmark = [pytest.mark.stack, pytest.mark.system, pytest.mark.timeout(400)]

TENANT = "brombachtal"
FILES = 120


@pytest.fixture
def folder() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="aktensuche-kill-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def _fill(folder: Path, word: str) -> None:
    for number in range(FILES):
        (folder / f"{number:03}.pdf").write_bytes(letter(f"Beispiel {word} Akte {number}", pages=3))


@contextlib.contextmanager
def _importing(stack: Stack, folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [str(CLI), "import", str(folder), "--tenant", TENANT, "--json"],
        env=stack.env,
        cwd=TREE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _wait_indexed(stack: Stack, folder: Path, number: int, process: subprocess.Popen[str]) -> None:
    """Wait until so many files of the folder are indexed; the ledger is read beside everybody else."""
    asked = (
        "select count(*) from entries join sources on sources.id = entries.source_id "
        "where location = ? and state = 'indexed'"
    )
    until = time.monotonic() + 120
    with contextlib.closing(sqlite3.connect(f"file:{stack.data}/ledger.sqlite?mode=ro", uri=True)) as ledger:
        while ledger.execute(asked, (str(folder),)).fetchone()[0] < number:
            assert process.poll() is None, "the import ended too early for this drill"
            assert time.monotonic() < until
            time.sleep(0.01)


def _complete(stack: Stack, folder: Path, word: str) -> None:
    """The same import once more has nothing to do but what was left; then each file is there exactly once."""
    summary = stack.json("import", str(folder), "--tenant", TENANT)
    assert (summary["files"], summary["quarantined"], summary["removed"]) == (FILES, 0, 0)
    assert summary["indexed"] + summary["unchanged"] == FILES
    quarantined = stack.json("quarantine", "list", "--tenant", TENANT)
    assert not [q for q in quarantined if q["source"] == str(folder)]
    titles: list[str] = []
    ids: set[str] = set()
    with stack.client(TENANT, roles=("records-manager",)) as client:
        body: dict[str, object] = {"query": word, "mode": "keyword", "size": 200, "sort": "title"}
        while True:
            answer = client.post("/v1/search", json=body).raise_for_status().json()
            assert answer["total"] == FILES
            titles += [hit["title"] for hit in answer["hits"]]
            ids |= {hit["record_id"] for hit in answer["hits"]}
            if not answer["cursor"] or not answer["hits"]:
                break
            body["cursor"] = answer["cursor"]
    assert sorted(titles) == sorted(f"{number:03}" for number in range(FILES))
    assert len(ids) == FILES


def test_stopping_everything(folder: Path) -> None:
    data = Path(tempfile.mkdtemp(prefix="aktensuche-stop-"))
    first, second = folder / "1", folder / "2"
    for place, word in ((first, "Anhaltewort"), (second, "Schlusswort")):
        place.mkdir()
        place.chmod(0o755)
        _fill(place, word)
    try:
        with running("--no-sample", data=data) as stack:
            _stop_during_an_import(stack, first, signal.SIGINT)
        with running("--no-sample", data=data) as stack:
            _complete(stack, first, "Anhaltewort")
            _stop_during_an_import(stack, second, signal.SIGTERM)
    finally:
        shutil.rmtree(data)
        data.with_name(f"{data.name}.log").unlink()


def _stop_during_an_import(stack: Stack, folder: Path, sig: signal.Signals) -> None:
    with _importing(stack, folder) as process:
        _wait_indexed(stack, folder, 20, process)
        ports = stack.state["ports"]
        began = time.monotonic()
        assert stack.stop(sig) in {0, 130}
        assert time.monotonic() - began < 60
        _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "the system was stopped" in error
    assert "Traceback" not in error
    assert not _left_over(stack.data)
    for port in ports.values():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))


def _left_over(data: Path) -> list[str]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            said = [*process.cmdline(), *process.environ().values()]
            if process.pid != os.getpid() and any(str(data) in word for word in said):
                found.append(f"{process.pid} {process.name()}")
    return found
