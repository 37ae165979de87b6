"""What Tika's client makes of answers: read, taken out, refused, too slow, too old, gone for a moment."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from indexer import tika
from indexer.settings import LimitSettings, TikaSettings
from indexer.tika import TakesLongError, Tika, TikaUnavailableError, UnreadableError
from records.reasons import Reason


class Server:
    """A server that answers what a test lays down: status and body, or None for a connection that breaks."""

    def __init__(self) -> None:
        self.version = "Apache Tika 3.3.2"
        self.answers: list[tuple[int, bytes] | None] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.seconds = 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(200, outer.version.encode())

            def do_PUT(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                outer.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                time.sleep(outer.seconds)
                answer = outer.answers.pop(0)
                if answer is None:
                    self.close_connection = True
                    self.connection.close()
                else:
                    self._say(*answer)

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(tika, "_PAUSE", 0.0)
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "brief.txt"
    place.write_text("Beispiel")
    return place


@pytest.fixture
def client(server: Server) -> Iterator[Tika]:
    made = Tika(TikaSettings(url=server.url, timeout_seconds=1), LimitSettings(archive_bytes=100, archive_members=7))
    yield made
    made.close()


def test_a_file_is_read_within_bounds(server: Server, client: Tika, file: Path) -> None:
    server.answers = [(200, json.dumps([{"a": "b"}]).encode())]
    assert client.read(file) == [{"a": "b"}]
    ((door, headers),) = server.asked
    assert door == "/rmeta/xml"
    assert headers["maxembeddedresources"] == "7"
    assert int(headers["writelimit"]) == LimitSettings().characters + 1
    # Tika ends what nobody waits for any more, a little later than we do
    assert int(headers["x-tika-timeout-millis"]) == 3_000


def test_letters_in_pictures_are_recognised_unless_it_is_said_not_to(server: Server, client: Tika, file: Path) -> None:
    server.answers = [(200, b"[]"), (200, b"[]")]
    client.read(file)
    client.read(file, recognise=False)
    (_, whole), (_, quick) = server.asked
    assert not whole.keys() & {"x-tika-pdfocrstrategy", "x-tika-ocrskipocr"}
    assert (quick["x-tika-pdfocrstrategy"], quick["x-tika-ocrskipocr"]) == ("no_ocr", "true")


def test_what_is_in_a_file_is_taken_out(server: Server, client: Tika, file: Path) -> None:
    server.answers = [(200, b"PK packed"), (204, b"")]
    for packed in (b"PK packed", b""):
        target = io.BytesIO()
        client.unpack(file, target)
        assert target.getvalue() == packed
    assert [door for door, _ in server.asked] == ["/unpack", "/unpack"]


def test_more_than_may_be_taken_out_is_a_bomb(server: Server, client: Tika, file: Path) -> None:
    server.answers = [(200, b"x" * 101)]
    with pytest.raises(UnreadableError) as refused:
        client.unpack(file, io.BytesIO())
    assert refused.value.fault.reason == Reason.ARCHIVE_BOMB


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("org.apache.tika.exception.EncryptedDocumentException: locked", Reason.ENCRYPTED),
        ("org.apache.tika.exception.ZeroByteFileException", Reason.EMPTY),
        ("org.apache.tika.exception.TikaException: broken", Reason.DAMAGED),
    ],
)
def test_a_refusal_has_a_reason(server: Server, client: Tika, file: Path, said: str, reason: Reason) -> None:
    server.answers = [(422, said.encode())]
    with pytest.raises(UnreadableError) as refused:
        client.read(file)
    assert refused.value.fault.reason == reason


def test_what_breaks_once_is_tried_again_and_what_breaks_always_is_named(
    server: Server, client: Tika, file: Path
) -> None:
    server.answers = [None, (503, b""), (200, b"[]")]
    assert client.read(file) == []
    server.answers = [None] * 4
    with pytest.raises(UnreadableError) as refused:
        client.read(file)
    assert refused.value.fault.reason == Reason.CRASHED


def test_what_takes_too_long_is_named(server: Server, client: Tika, file: Path) -> None:
    server.answers, server.seconds = [(200, b"[]")], 1.5
    with pytest.raises(UnreadableError) as refused:
        client.read(file)
    assert refused.value.fault.reason == Reason.TOO_SLOW


@pytest.mark.parametrize("version", ["Apache Tika 3.2.1", "Apache Tika 2.9.4", "Apache Tika 1.28.5", "nginx", ""])
def test_an_older_tika_is_given_no_file(server: Server, client: Tika, file: Path, version: str) -> None:
    server.version = version
    with pytest.raises(TikaUnavailableError, match=r"3\.2\.2 or newer"):
        client.read(file)
    assert server.asked == []


def test_what_takes_longer_than_it_was_given_is_not_yet_too_slow(server: Server, client: Tika, file: Path) -> None:
    server.answers, server.seconds = [(200, b"[]")], 0.8
    with pytest.raises(TakesLongError):
        client.read(file, seconds=0.2)
    ((_, headers),) = server.asked
    assert int(headers["x-tika-timeout-millis"]) == 2_200
    server.answers, server.seconds = [(200, b"[]")], 1.5
    with pytest.raises(UnreadableError) as refused:
        client.read(file, seconds=30)
    assert refused.value.fault.reason == Reason.TOO_SLOW
