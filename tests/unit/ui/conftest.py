"""The pages over a fake API and a fake provider, served on loopback ports."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port
from tests.unit.ui.fake_api import FakeBackend
from tests.unit.ui.serving import served
from ui.app import create_app
from ui.settings import UiSettings


class Clerk:
    """A browser without scripts."""

    def __init__(self, address: str) -> None:
        self.address = address
        # as browsers say of a form on our own pages
        said = {"sec-fetch-site": "same-origin"}
        self.http = httpx.Client(base_url=address, follow_redirects=True, timeout=20, headers=said)

    def sign_in(self, path: str = "/") -> httpx.Response:
        return self.http.get("/auth/start", params={"next": path})

    def search(self, **form: str | list[str]) -> httpx.Response:
        return self.http.post("/search", data=form)

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.http.get("/").text)
        assert found is not None
        return found.group(1)


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    for name in ("kern/kern.min.css", "htmx/htmx.min.js"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.fixture
def settings(assets: Path) -> UiSettings:
    key = assets / "session.key"
    key.write_text(base64.urlsafe_b64encode(os.urandom(32)).decode())
    ports = free_port(), free_port()
    backend = f"http://127.0.0.1:{ports[0]}"
    return UiSettings(
        port=ports[1],
        api_url=backend,
        issuer=backend,
        public_url=f"http://127.0.0.1:{ports[1]}",
        session_key_file=key,
        assets=assets,
    )


@pytest.fixture
def backend(settings: UiSettings) -> Iterator[FakeBackend]:
    fake = FakeBackend()
    fake.address = settings.issuer
    with served(fake.app, int(settings.issuer.rpartition(":")[2])):
        yield fake


@pytest.fixture
def visitor(settings: UiSettings, backend: FakeBackend) -> Iterator[Clerk]:
    """Somebody who has not signed in."""
    with served(create_app(settings), settings.port) as address:
        clerk = Clerk(address)
        yield clerk
        clerk.http.close()


@pytest.fixture
def clerk(visitor: Clerk) -> Clerk:
    assert visitor.sign_in().url.path == "/"
    return visitor
