"""An engine of its own, empty, with the product's own locks: for tests that write past the indexer or delete it all."""

from __future__ import annotations

import contextlib
import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local import artifacts, certificates, engine_config, engine_home, secrets
from local.engine import engine_command
from local.layout import TENANTS, Layout
from local.privileges import SERVICE_UID
from mappings import index_name, released_index_name
from mappings.security import WRITER
from records.settings import OpenSearchSettings
from tests.ports import free_port

_START_SECONDS = 240


@dataclass(frozen=True)
class Engine:
    """The engine as tests reach it: without an identity, as the writer, as the administrator."""

    http: httpx.Client
    admin: httpx.Client
    #: keys and passwords
    folder: Path

    @property
    def writer(self) -> tuple[str, str]:
        return WRITER, (self.folder / "writer.password").read_text(encoding="ascii")

    @property
    def settings(self) -> OpenSearchSettings:
        """Both identities of the product."""
        return OpenSearchSettings(
            url=str(self.http.base_url),
            ca_file=self.folder / "ca.crt",
            writer_password_file=self.folder / "writer.password",
            token_key_file=self.folder / "engine-token.key",
        )

    def empty(self) -> None:
        """Delete the indexes of every tenant."""
        for name in (made(tenant) for tenant in TENANTS for made in (index_name, released_index_name)):
            answer = self.admin.delete(f"/{name}", params={"ignore_unavailable": "true"})
            assert answer.status_code in {200, 404}, answer.text


@contextlib.contextmanager
def running_engine() -> Iterator[Engine]:
    """Start an engine, wait until its locks work, stop it at the end."""
    # not pytest's folder, which another user may not enter
    data = Path(tempfile.mkdtemp(prefix="aktensuche-engine-"))
    layout = Layout(data, Layout.from_environment().cache)
    artifacts.fetch(artifacts.pinned(), layout.cache, lambda _done, _total, _name: None)
    for folder in (layout.run / "tmp", layout.logs, layout.engine_data):
        folder.mkdir(parents=True)
    secrets.ensure_all(layout.secrets)
    certificates.ensure(layout.secrets)
    engine_home.assemble(layout.engine_home, layout.cache)
    engine_config.configure(layout)
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        for place, _folders, names in os.walk(data):
            for path in (place, *(os.path.join(place, name) for name in names)):  # noqa: PTH118
                os.chown(path, SERVICE_UID, SERVICE_UID)
        as_user = {"user": SERVICE_UID, "group": SERVICE_UID, "extra_groups": []}
    port = free_port()
    command = engine_command(layout, port, free_port(), "512m")
    with (data / "engine.out").open("wb") as out:
        process = subprocess.Popen(command.argv, env=command.env, cwd=command.cwd, stdout=out, stderr=out, **as_user)
    try:
        trust = ssl.create_default_context(cafile=str(layout.secrets / "ca.crt"))
        ruling = ssl.create_default_context(cafile=str(layout.secrets / "ca.crt"))
        ruling.load_cert_chain(layout.secrets / "admin.crt", layout.secrets / "admin.key")
        where: dict[str, Any] = {"base_url": f"https://127.0.0.1:{port}", "timeout": 30, "trust_env": False}
        with httpx.Client(verify=trust, **where) as http, httpx.Client(verify=ruling, **where) as admin:
            engine = Engine(http, admin, layout.secrets)
            wait_until(lambda: process.poll() is not None or _is_up(engine), _START_SECONDS)
            assert process.poll() is None, (data / "engine.out").read_text(encoding="utf-8")
            yield engine
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(data)


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the engine did not start in time"
        time.sleep(0.5)


def _is_up(engine: Engine) -> bool:
    try:
        return engine.http.get("/", auth=engine.writer).is_success
    except httpx.TransportError:
        return False
