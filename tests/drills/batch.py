"""A folder of invented files that the product's own command imports while a drill does its harm; and the count."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from tests.letters import letter
from tests.stack import CLI, TREE, Stack

_OF_FOLDER = "from entries join sources on sources.id = entries.source_id where location = ?"


class Batch:
    """Files that hold one word, of one tenant."""

    def __init__(self, stack: Stack, tenant: str, word: str, number: int, *, pages: int = 0, words: int = 0) -> None:
        self.stack, self.tenant, self.word, self.number = stack, tenant, word, number
        self.folder = Path(tempfile.mkdtemp(prefix="aktensuche-drill-"))
        self.folder.chmod(0o755)
        for one in range(number):
            self.write(one, pages=pages, words=words)

    def write(self, one: int, text: str = "", *, pages: int = 0, words: int = 0) -> Path:
        """Write one file; a PDF if it is to have pages, each with so many words beside."""
        said = f"Beispiel {self.word} Akte {one} {text}"
        if not pages:
            path = self.folder / f"{one:04}.txt"
            path.write_text(said, encoding="utf-8")
            return path
        path = self.folder / f"{one:04}.pdf"
        path.write_bytes(letter(said, pages=pages, words=words))
        return path

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    # while it is imported

    @contextlib.contextmanager
    def importing(self) -> Iterator[subprocess.Popen[str]]:
        words = [str(CLI), "import", str(self.folder), "--tenant", self.tenant, "--json"]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(words, env=self.stack.env, cwd=TREE, **pipes)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def imported(self) -> dict[str, int]:
        """Import without harm; returns the summary."""
        summary: dict[str, int] = self.stack.json("import", str(self.folder), "--tenant", self.tenant)
        return summary

    def ledger(self, asked: str, *more: object) -> Any:
        """Read one value beside everybody else."""
        with contextlib.closing(sqlite3.connect(f"file:{self.stack.data}/ledger.sqlite?mode=ro", uri=True)) as ledger:
            return ledger.execute(f"select {asked} {_OF_FOLDER}", (str(self.folder), *more)).fetchone()[0]

    def indexed(self) -> int:
        return int(self.ledger("coalesce(sum(state = 'indexed'), 0)"))

    def noted(self) -> int:
        return int(self.ledger("count(*)"))

    def wait_indexed(self, number: int, process: subprocess.Popen[str] | None = None, seconds: float = 180) -> float:
        """Wait until so many files are indexed; returns how long that took."""
        began = time.monotonic()
        while self.indexed() < number:
            if process is not None and process.poll() is not None and self.indexed() < number:
                raise AssertionError(f"the import ended too early for this drill: {process.communicate()}")
            assert time.monotonic() < began + seconds, f"{self.indexed()} of {number} after {seconds} s"
            time.sleep(0.02)
        return time.monotonic() - began

    @staticmethod
    def ended_well(process: subprocess.Popen[str], seconds: float = 400) -> dict[str, int]:
        out, error = process.communicate(timeout=seconds)
        assert process.returncode == 0, error
        summary: dict[str, int] = json.loads(out)
        return summary

    # afterwards

    def lost_and_twice(self) -> tuple[int, int]:
        """Search for every file; returns how many are not found, and how many more than once."""
        titles: list[str] = []
        with self.stack.client(self.tenant, roles=("records-manager",)) as client:
            body: dict[str, object] = {"query": self.word, "mode": "keyword", "size": 200, "sort": "title"}
            while True:
                answer = client.post("/v1/search", json=body).raise_for_status().json()
                titles += [hit["title"] for hit in answer["hits"]]
                if not answer["cursor"] or not answer["hits"]:
                    break
                body["cursor"] = answer["cursor"]
        wanted = {path.stem for path in self.folder.iterdir()}
        return len(wanted - set(titles)), len(titles) - len(set(titles))

    def complete(self) -> None:
        """The same import once more has nothing to do but what was left; then each file is there exactly once."""
        summary = self.imported()
        assert (summary["files"], summary["quarantined"], summary["removed"]) == (self.number, 0, 0)
        assert summary["indexed"] + summary["unchanged"] == self.number
        assert self.lost_and_twice() == (0, 0)


def agrees(stack: Stack, tenant: str) -> dict[str, Any]:
    """Have ledger and index compared; returns the figures, which must agree."""
    told = stack.json("reconcile", "--tenant", tenant)
    assert told["agrees"], told
    figures: dict[str, Any] = told["tenants"][0]
    return figures


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def hanging(pid: int) -> Iterator[None]:
    """Stop a process and all it has started without ending them, and let them go on at the end."""
    stopped = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in stopped:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


def wait(condition: Callable[[], bool], seconds: float, why: str) -> float:
    """Wait until something is so; returns how long that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, f"{why}: not within {seconds:.0f} s"
        time.sleep(0.05)
    return time.monotonic() - began
