"""Starts an application on a free loopback port in a thread, and stops it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def served(app: ASGIApp, port: int, *, certificate: tuple[Path, Path] | None = None) -> Iterator[str]:
    """Serve `app` while the block runs, over TLS where certificate and key are given."""
    tls = {"ssl_certfile": certificate[0], "ssl_keyfile": str(certificate[1])} if certificate else {}
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="none", **tls))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        if time.monotonic() > deadline:
            raise RuntimeError(f"server on port {port} did not start")
        time.sleep(0.02)
    try:
        yield f"https://localhost:{port}" if certificate else f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
