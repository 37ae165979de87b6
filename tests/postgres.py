"""A PostgreSQL server for tests: its own folder, its own user, reached by nobody else."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.ports import free_port


def find_program(name: str) -> str | None:
    """Find a program on the path, or where Debian keeps PostgreSQL's."""
    found = shutil.which(name)
    return found or next((str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)


@dataclass
class Postgres:
    """A running server."""

    port: int
    _made: int = 0
    start: Callable[[], subprocess.Popen[bytes]] = field(init=False)
    process: subprocess.Popen[bytes] = field(init=False)

    def come_up(self) -> None:
        """Start, and wait until somebody can connect."""
        self.process = self.start()
        until = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None, "PostgreSQL ended"
            assert time.monotonic() < until
            time.sleep(0.1)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Stop at once, whoever is connected, and start again at the end."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)
        try:
            yield
        finally:
            self.come_up()

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        self._made += 1
        name = f"ledger_{self._made}"
        engine = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"create database {name}"))
        engine.dispose()
        return self._url(name)

    def answers(self) -> bool:
        """Say whether somebody can connect."""
        engine = sa.create_engine(self._url("postgres"))
        try:
            with engine.connect():
                return True
        except sa.exc.OperationalError:
            return False
        finally:
            engine.dispose()

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://pruefung@127.0.0.1:{self.port}/{database}"


@contextlib.contextmanager
def postgres_running() -> Iterator[Postgres]:
    """Start a server on a free port, not as root, which it refuses; stop it at the end."""
    # initdb asks for the name of its user, so it has to be one that the machine knows
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    folder = Path(tempfile.mkdtemp(prefix="aktensuche-postgres-"))
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    initdb = find_program("initdb")
    assert initdb
    # the server lies beside its tools, wherever a link to them may be
    server = Path(initdb).resolve().with_name("postgres")
    words = [
        "-D",
        str(folder / "data"),
        "-U",
        "pruefung",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
    ]
    subprocess.run([initdb, *words], check=True, capture_output=True, cwd=folder, **who)
    made = Postgres(free_port())
    settings = [f"port={made.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off"]
    options = [word for setting in settings for word in ("-c", setting)]
    with (folder.with_name(f"{folder.name}.log")).open("wb") as log:
        made.start = lambda: subprocess.Popen(
            [server, "-D", str(folder / "data"), *options], stdout=log, stderr=log, cwd=folder, **who
        )
        try:
            made.come_up()
            yield made
        finally:
            # at once: asked politely it would wait for whoever is still connected
            made.process.send_signal(signal.SIGINT)
            made.process.wait(timeout=30)
            shutil.rmtree(folder)
            Path(log.name).unlink()
