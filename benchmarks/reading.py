"""(a) Files a second from a folder to an index entry found by words, beside Tika alone on the same files.

Tika alone is the same server with the same request, at the number of clients with which it is fastest.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.report import Figure
from local.processes import addresses
from tests.stack import Stack

CLIENTS = (1, 2, 3, 4, 6)


def warm_up(stack: Stack, folder: Path) -> None:
    """Let Tika read every fourth file once: whoever is measured first must not pay for its start."""
    url = addresses(stack.state["ports"])["tika"]
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as http:
        for path in _files(folder)[::4]:
            http.put("/rmeta/xml", content=path.read_bytes())


def measure(stack: Stack, folder: Path) -> tuple[Figure, float]:
    """Import `folder`, whose sidecars name their tenants; return the ratio and when the import ended."""
    files = _files(folder)
    with _without_the_model(stack):
        began = time.perf_counter()
        summary = stack.json("import", str(folder))
        seconds = time.perf_counter() - began
        ended = time.time()
    assert summary["files"] >= len(files), summary
    ours = summary["files"] / seconds
    return Figure(
        "(a) files read and indexed by words", ours, 0.0, "files/s", ">= .90", f"{summary['files']} files"
    ), ended


@contextmanager
def _without_the_model(stack: Stack) -> Iterator[None]:
    """Let the model stand still: meaning follows on the same cores as soon as there is text, and is measured apart."""
    model = stack.state["processes"]["embedding"]
    os.kill(model, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(model, signal.SIGCONT)


def tika_alone(stack: Stack, folder: Path) -> tuple[float, int]:
    """Return files a second of Tika alone at its fastest number of clients, and that number."""
    files = _files(folder)
    url = addresses(stack.state["ports"])["tika"]
    best = (0.0, 0)
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as http:

        def read(path: Path) -> None:
            http.put("/rmeta/xml", content=path.read_bytes())  # damaged files answer an error; that is work, too

        for clients in CLIENTS:
            with ThreadPoolExecutor(clients) as pool:
                began = time.perf_counter()
                list(pool.map(read, files))
                best = max(best, (len(files) / (time.perf_counter() - began), clients))
    return best


def _files(folder: Path) -> list[Path]:
    return [
        p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.endswith(".meta.json") and p.stat().st_size
    ]
