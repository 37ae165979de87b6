"""S12: what a source says leads to no address but those written down, and no name in an archive or mail to a file.

The spellings of addresses are those of tests/unit/indexer/test_source_http.py, which looks at each of them closely.
"""

from __future__ import annotations

import io
import json
import secrets
import socket
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from indexer import members
from indexer.settings import LimitSettings
from indexer.sources import http
from indexer.sources.cmis import CmisSettings
from indexer.sources.oparl import OParlSettings
from indexer.sources.protocol import Item, ItemError, SourceUnavailableError
from indexer.sources.settings import SourceSettings, Surroundings
from indexer.sources.xdomea import XdomeaSettings
from indexer.tika import UnreadableError
from tests.leaks.tally import Row
from tests.sources.xdomea import Case, Paper, package
from tests.unit.indexer.test_source_http import SPELLINGS

_LIMITS = LimitSettings()
_NAMES = (
    *("../{0}", "../../../../../../{0}", "/tmp/{0}", "/{0}", "a/../../{0}", "./../{0}", "..\\{0}", "..\\..\\{0}"),  # noqa: S108
    *("C:\\{0}", "C:{0}", "\\\\server\\share\\{0}", "//server/share/{0}", "file:///tmp/{0}", "%2e%2e/{0}"),
    *(
        "..%2f{0}",
        "....//{0}",
        "..;/{0}",
        "~/{0}",
        "{0}\x00.txt",
        "{0}/",
        "{0}/.",
        "\u202e{0}",
        "..\u2215{0}",
        "$HOME/{0}",
    ),
    *("`{0}`", "|{0}", "CON/{0}", "/dev/shm/{0}", "/proc/self/cwd/{0}", "../../etc/cron.d/{0}"),  # noqa: S108
)


class Liar(BaseHTTPRequestHandler):
    """Answers like a source whose every link leads to one address."""

    target = ""

    def do_GET(self) -> None:
        own = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
        if self.path.startswith("/redirect"):
            self.send_response(302)
            self.send_header("Location", self.target)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        said: Any = {
            "/cmis": {"A1": {"repositoryUrl": self.target, "rootFolderUrl": self.target}},
            "/cmis-root": {"A1": {"repositoryUrl": f"{own}/query", "rootFolderUrl": self.target}},
            "/oparl": {"type": "https://schema.oparl.org/1.1/System", "body": self.target},
        }.get(self.path.partition("?")[0])
        if self.path.startswith("/query"):
            document = {"cmis:objectId": "1", "cmis:versionSeriesId": "1", "cmis:lastModificationDate": 1}
            said = {"results": [{"succinctProperties": document}], "hasMoreItems": False}
        body = json.dumps(said or {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def liar() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sink() -> Iterator[tuple[int, list[object]]]:
    """A listener on every address of this machine that notes who connects."""
    reached: list[object] = []
    door = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    door.settimeout(0.05)
    ended = threading.Event()

    def listen() -> None:
        while not ended.is_set():
            try:
                connection, where = door.accept()
            except TimeoutError:
                continue
            reached.append(where)
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield int(door.getsockname()[1]), reached
    ended.set()
    thread.join()
    door.close()


def _sources(liar: str) -> Iterator[SourceSettings]:
    more = {"tenant": "erbach", "networks": ["127.0.0.0/8"], "requests_per_second": 100, "timeout_seconds": 5}
    yield CmisSettings.model_validate({"url": f"{liar}/cmis", **more})
    yield CmisSettings.model_validate({"url": f"{liar}/cmis-root", **more})
    yield CmisSettings.model_validate({"url": f"{liar}/redirect", **more})
    yield OParlSettings.model_validate({"url": f"{liar}/oparl", **more})
    yield OParlSettings.model_validate({"url": f"{liar}/redirect", **more})


def test_no_link_of_a_source_leads_off_the_list(
    liar: str, sink: tuple[int, list[object]], row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_backing_off", lambda _: 0.0)
    port, reached = sink
    own = liar.rpartition(":")[2]
    tried = 0
    for spelling in SPELLINGS:
        address = spelling.replace("PORT", str(port)).replace("OWN", own)
        if not address.isprintable() or not address.isascii():
            continue  # no header of HTTP holds it; the unit tests give it to the client itself
        Liar.target = address
        for settings in _sources(liar):
            source = settings.connect(Surroundings())
            # a link that leads back to the source itself may be followed; it finds nothing there
            with pytest.raises((SourceUnavailableError, ItemError, LookupError)):
                list(source.listing(None))
            source.close()
            tried += 1
    row.add(addresses=len(SPELLINGS), links_followed=tried, leaks=len(reached))
    assert not reached
    socket.create_connection(("127.0.0.1", port), 5).close()
    for _ in range(100):
        if reached:
            break
        threading.Event().wait(0.02)
    assert reached, "the sink notices who comes"


def _kept(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


def test_no_name_leads_to_a_file(tmp_path: Path, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = f"ausbruch{secrets.token_hex(6)}"
    names = [name.format(mark) for name in _NAMES]
    home = tmp_path / "a" / "b" / "c"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    zipped, taped, mail = home / "x.zip", home / "x.tar", EmailMessage()
    with zipfile.ZipFile(zipped, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name.replace("\x00", "") or "x"), b"Beispiel")
    with tarfile.open(taped, "w") as tape:
        for name in names:
            info = tarfile.TarInfo(name.replace("\x00", ""))
            info.size = 8
            tape.addfile(info, io.BytesIO(b"Beispiel"))
    mail.set_content("Beispiel")
    for name in names:
        mail.add_attachment(b"Beispiel", maintype="text", subtype="x", filename=name.replace("\x00", ""))
    (home / "x.eml").write_bytes(mail.as_bytes())
    before = _kept(tmp_path)
    opened = list(members.unique_names(members.read_archive(zipped, _LIMITS)[1]))
    opened += members.unique_names(members.read_mail(home / "x.eml", _LIMITS)[1])
    with pytest.raises(UnreadableError):
        members.read_unpacked(taped, _LIMITS)
    assert len(opened) >= 2 * len(names) - 4
    refused = 0
    for number, name in enumerate(names):
        paper = Paper(b"Beispiel")
        paper.file_name = name.replace("\x00", "\ufffd")
        folder = tmp_path / f"paket-{number}"
        folder.mkdir()
        package(folder / "p.zip", [Case([paper])])
        before |= {f"paket-{number}", f"paket-{number}/p.zip"}
        settings = XdomeaSettings.model_validate({"tenant": "erbach", "path": str(folder)})
        for item in settings.connect(Surroundings()).listing(None):
            if isinstance(item, Item):
                with pytest.raises(ItemError):
                    item.open()
                refused += 1
    written = _kept(tmp_path) - before
    places = [Path(p) for p in ("/", "/tmp", "/dev/shm", "/etc/cron.d", str(Path.home()))]  # noqa: S108
    written |= {str(p) for place in places if place.is_dir() for p in place.glob(f"*{mark}*")}
    row.add(names=len(names), names_opened=len(opened), packages_refused=refused, leaks=len(written))
    assert refused == len(names)
    assert not written
