"""S12: no address leads anywhere but to the hosts that were written down. A server counts what reaches it."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from indexer.sources import http
from indexer.sources.http import AllowList, HttpSettings, SourceClient
from indexer.sources.protocol import ItemError, SourceUnavailableError
from records.reasons import Reason

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


class Handler(BaseHTTPRequestHandler):
    answers: dict[str, list[tuple[int, dict[str, str], bytes]]] = {}  # noqa: RUF012
    seen: list[tuple[str, dict[str, str]]] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.seen.append((self.path, dict(self.headers)))
        waiting = self.answers.get(self.path, [(404, {}, b"")])
        status, headers, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@contextmanager
def serving() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Handler.answers, Handler.seen = {}, []
    with serving() as made:
        yield made


@pytest.fixture
def client(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[SourceClient]:
    monkeypatch.setattr(http, "_backing_off", lambda _: 0.0)
    made = SourceClient(
        f"http://127.0.0.1:{server.server_port}/system",
        HttpSettings(networks=(LOOPBACK,), requests_per_second=100, timeout_seconds=5),
    )
    yield made
    made.close()


def url(server: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{server.server_port}{path}"


#: PORT is that of a server that must not be reached
SPELLINGS = [
    "http://localhost:PORT/x",
    "http://LOCALHOST:PORT/x",
    "http://127.0.0.2:PORT/x",
    "http://127.1:PORT/x",
    "http://2130706433:PORT/x",
    "http://0x7f000001:PORT/x",
    "http://0x7f.0.0.1:PORT/x",
    "http://017700000001:PORT/x",
    "http://0177.0.0.1:PORT/x",
    "http://0:PORT/x",
    "http://0.0.0.0:PORT/x",
    "http://[::1]:PORT/x",
    "http://[::]:PORT/x",
    "http://[::ffff:127.0.0.1]:PORT/x",
    "http://[::ffff:7f00:1]:PORT/x",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/x",
    "http://[::1%25lo]:PORT/x",
    "http://127.0.0.1.:PORT/x",
    "http://127.0.0.1:PORT/x",
    "http://127.0.0.1/x",
    "http://user@127.0.0.1:OWN/x",
    "http://user:secret@127.0.0.1:OWN/x",
    "http://127.0.0.1:OWN@localhost:PORT/x",
    "http://127.0.0.1:OWN@127.0.0.1:PORT/x",
    "http://127.0.0.1:OWN%40localhost:PORT/x",
    "http://localhost:PORT/127.0.0.1:OWN",
    "http://localhost:PORT#127.0.0.1:OWN",
    "http://localhost:PORT?127.0.0.1:OWN",
    "http://127.0.0.1:OWN.localhost:PORT/x",
    "http://①②⑦.⓪.⓪.①:PORT/x",
    "http://127。0。0。1:PORT/x",
    "http://loc\u00adalhost:PORT/x",
    "http://ⓛocalhost:PORT/x",
    "//localhost:PORT/x",
    "///localhost:PORT/x",
    "http:/localhost:PORT/x",
    "http:\\\\localhost:PORT\\x",
    "\\\\localhost\\x",
    "https://127.0.0.1:OWN/x",
    "https://localhost:PORT/x",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "FILE:///etc/passwd",
    "ftp://127.0.0.1:PORT/x",
    "gopher://127.0.0.1:PORT/x",
    "dict://127.0.0.1:PORT/x",
    "ldap://127.0.0.1:PORT/x",
    "jar:http://127.0.0.1:PORT/x!/y",
    "data:text/plain,x",
    "javascript:alert(1)",
    "unix:///run/docker.sock",
    "http+unix://%2Frun%2Fdocker.sock/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/x",
    "http://10.0.0.1/x",
    "http://192.168.0.1/x",
    "http://[fd00:ec2::254]/x",
    "http://example.org/x",
    "http://127.0.0.1:OWN\r\nHost: localhost/x",
    " http://localhost:PORT/x",
    "http://localhost:PORT/x\x00",
    "http://",
    "",
]


def test_there_are_enough_of_them() -> None:
    assert len(SPELLINGS) >= 60


@pytest.fixture
def elsewhere() -> Iterator[tuple[int, list[object]]]:
    """A listener on every address of this machine that notes who connects."""
    reached: list[object] = []
    sock = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    sock.settimeout(0.05)
    ended = threading.Event()

    def listen() -> None:
        while not ended.is_set():
            try:
                connection, where = sock.accept()
            except TimeoutError:
                continue
            reached.append(where)
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield int(sock.getsockname()[1]), reached
    ended.set()
    thread.join()
    sock.close()


@pytest.mark.parametrize("how", ["file", "page", "redirect"])
def test_no_spelling_leads_off_the_list(
    server: ThreadingHTTPServer, client: SourceClient, elsewhere: tuple[int, list[object]], how: str
) -> None:
    port, reached = elsewhere
    for spelling in SPELLINGS:
        address = spelling.replace("PORT", str(port)).replace("OWN", str(server.server_port))
        sent = client.requests
        if how == "redirect":
            if not address.isprintable() or not address.isascii():
                continue
            Handler.answers["/away"] = [(302, {"Location": address}, b"")]
            with pytest.raises((ItemError, OSError)):
                client.open(url(server, "/away"))
            # each request went to the server itself: once more where the redirect is none, or leads back
            assert len(Handler.seen) == client.requests, address
        elif how == "file":
            with pytest.raises(ItemError) as refused:
                client.open(address)
            assert refused.value.fault.reason == Reason.FOREIGN_ADDRESS, address
            assert client.requests == sent, address
        else:
            with pytest.raises(SourceUnavailableError, match="is not asked"):
                client.json(address)
    time.sleep(0.1)
    assert reached == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1", "fd00::1"),
        *("0.0.0.0", "100.64.0.1", "224.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),  # noqa: S104
        *("192.168.1.1", "172.16.0.1", "255.255.255.255"),
    ],
)
def test_a_name_that_leads_into_the_house_is_not_asked(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))
    bad = (family, socket.SOCK_STREAM, 6, "", (address, 443))
    allowed = AllowList("https://rat.example.org/system", HttpSettings())
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [good])
    assert allowed.resolve("rat.example.org", 443) == "93.184.215.14"
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [good, bad])
    with pytest.raises(http.ForeignAddressError, match="network of the house"):
        allowed.resolve("rat.example.org", 443)


def test_a_name_that_changes_its_address_is_asked_at_the_one_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, server: ThreadingHTTPServer
) -> None:
    """DNS rebinding: the first answer is harmless, each later one leads into the house."""
    asked: list[str] = []

    def rebinding(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    connected: list[str] = []

    def handle(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        connected.append(request.url.host)
        assert request.headers["Host"] == f"rat.example.org:{server.server_port}"
        assert request.extensions["sni_hostname"] == "rat.example.org"
        return httpx.Response(200, json={})

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    where = f"http://rat.example.org:{server.server_port}/system"
    client = SourceClient(where, HttpSettings(requests_per_second=100))
    client.json(where)
    assert connected == ["93.184.215.14"]
    with pytest.raises(SourceUnavailableError, match="network of the house"):
        client.json(where)
    assert connected == ["93.184.215.14"]
    client.close()


def test_what_opens_the_source_is_shown_to_its_own_host_only(server: ThreadingHTTPServer) -> None:
    with serving() as second:
        settings = HttpSettings(
            networks=(LOOPBACK,), hosts=(f"127.0.0.1:{second.server_port}",), requests_per_second=100
        )
        Handler.answers["/x"] = [(302, {"Location": url(second, "/y")}, b"")]
        Handler.answers["/y"] = [(200, {}, b"Text")]
        client = SourceClient(url(server, "/"), settings, auth=http.credentials("name", "geheim"))
        with client.open(url(server, "/x")) as content:
            assert content.read() == b"Text"
        client.close()
    assert ["Authorization" in headers for _, headers in Handler.seen] == [True, False]


def test_what_passes_is_asked_again_and_what_does_not_is_not(server: ThreadingHTTPServer, client: SourceClient) -> None:
    Handler.answers["/busy"] = [(503, {}, b""), (429, {"Retry-After": "0"}, b""), (200, {}, b'{"a": 1}')]
    assert client.json(url(server, "/busy")) == {"a": 1}
    assert client.requests == 3
    Handler.answers["/broken"] = [(500, {}, b"")]
    with pytest.raises(SourceUnavailableError, match="500"):
        client.json(url(server, "/broken"))
    assert client.requests == 7
    with pytest.raises(LookupError):
        client.json(url(server, "/gone"))
    assert client.requests == 8


def test_half_a_page_is_none(server: ThreadingHTTPServer, client: SourceClient) -> None:
    Handler.answers["/half"] = [(200, {}, b'{"data": [1, 2')]
    with pytest.raises(SourceUnavailableError, match="only half"):
        client.json(url(server, "/half"))
    Handler.answers["/short"] = [(200, {"Content-Length": "100"}, b'{"data": []}')]
    with pytest.raises(SourceUnavailableError):
        client.json(url(server, "/short"))
    with pytest.raises(OSError, match="breaks off"), client.open(url(server, "/short")) as content:
        content.read()


def test_a_source_is_not_asked_faster_than_agreed(server: ThreadingHTTPServer) -> None:
    Handler.answers["/x"] = [(200, {}, b"{}")]
    slow = SourceClient(url(server, "/"), HttpSettings(networks=(LOOPBACK,), requests_per_second=20))
    began = time.monotonic()
    for _ in range(5):
        slow.json(url(server, "/x"))
    assert time.monotonic() - began >= 4 / 20
    slow.close()
