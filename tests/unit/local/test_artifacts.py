"""Fetching resumes, verifies, and needs no network for what is there."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.artifacts import Artifact, ArtifactError, fetch, is_present, pinned, pinned_for_tests

CONTENT = bytes(range(256)) * 4000


class _Files(BaseHTTPRequestHandler):
    asked: list[str | None]

    def do_GET(self) -> None:
        wanted = self.headers["Range"]
        type(self).asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start:])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def server() -> Iterator[str]:
    _Files.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Files) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/part.jar"
        http.shutdown()
        thread.join()


def artifact(url: str, content: bytes = CONTENT) -> Artifact:
    return Artifact("part.jar", url, hashlib.sha256(content).hexdigest(), len(content), ("engine/lib",))


def nothing(done: int, total: int, name: str) -> None:
    pass


def test_a_part_is_fetched_once(server: str, tmp_path: Path) -> None:
    one = artifact(server)
    assert fetch([one], tmp_path, nothing) == len(CONTENT)
    assert one.path(tmp_path).read_bytes() == CONTENT
    assert fetch([one], tmp_path, nothing) == 0
    assert _Files.asked == [None]


def test_an_interrupted_part_is_continued(server: str, tmp_path: Path) -> None:
    one = artifact(server)
    one.path(tmp_path).parent.mkdir(parents=True)
    one.path(tmp_path).with_name("part.jar.part").write_bytes(CONTENT[:1000])
    seen: list[int] = []
    assert fetch([one], tmp_path, lambda done, _total, _name: seen.append(done)) == len(CONTENT) - 1000
    assert _Files.asked == ["bytes=1000-"]
    assert one.path(tmp_path).read_bytes() == CONTENT
    assert seen[-1] == len(CONTENT)


def test_a_changed_part_is_refused_and_removed(server: str, tmp_path: Path) -> None:
    one = artifact(server, CONTENT[:-1] + b"x")
    with pytest.raises(ArtifactError, match=r"part\.jar.*checksum"):
        fetch([one], tmp_path, nothing)
    assert not is_present(one, tmp_path)
    assert not one.path(tmp_path).with_name("part.jar.part").exists()


def test_no_network_is_a_sentence_that_names_the_part(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"cannot fetch part\.jar .*check the network"):
        fetch([artifact("http://127.0.0.1:1/part.jar")], tmp_path, nothing)


def test_every_pin_is_whole_and_names_are_unique() -> None:
    for_tests = pinned_for_tests()
    assert {place for part in for_tests for place in part.places} == {"tests/keycloak", "tests/cmis"}
    assert not set(for_tests) & set(pinned()), "nobody fetches for the demo what only the suite starts"
    parts = (*pinned(), *for_tests)
    assert len({part.name for part in parts}) == len(parts) > 90
    assert all(part.url.startswith("https://") and len(part.sha256) == 64 and part.places for part in parts)
