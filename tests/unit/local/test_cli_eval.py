"""The command `eval` against an API that is busy, and one that refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from local import cli_eval
from local.cli import app

HIT = {"hits": [{"source_id": "a"}]}
BUSY = {"title": "Service Unavailable", "detail": "the search engine does not answer; try again shortly"}
UNUSABLE = {"title": "Unprocessable Content", "errors": [{"field": "query", "message": "is too long"}]}


class Api(BaseHTTPRequestHandler):
    """Answers what a test lays down, one after the other."""

    answers: list[tuple[int, object]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        status, told = self.answers.pop(0)
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("retry-after", "0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state = SimpleNamespace(api_url=f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(cli_eval, "running_state", lambda: state)
    monkeypatch.setattr(cli_eval, "make_token", lambda *_: "token")
    queries = tmp_path / "queries.jsonl"
    queries.write_text(json.dumps({"set": "namen", "query": "Hund", "relevant": ["a"], "tenant": "erbach"}) + "\n")
    yield queries
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_engine_that_is_busy_is_asked_again(asked: Path) -> None:
    Api.answers = [(503, BUSY), (429, BUSY), (200, HIT)]
    done = CliRunner().invoke(app, ["eval", str(asked), "--mode", "keyword", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["queries"][0]["measures"]["ndcg10"] == 1.0


def test_what_is_refused_is_not_asked_again_and_named(asked: Path) -> None:
    Api.answers = [(422, UNUSABLE), (200, HIT)]
    done = CliRunner().invoke(app, ["eval", str(asked), "--mode", "keyword", "--json"])
    assert done.exit_code != 0
    assert "query: is too long" in str(done.exception or "") + done.output
    assert len(Api.answers) == 1


def test_an_engine_that_never_answers_is_named(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_eval, "_TRIES", 3)
    Api.answers = [(503, BUSY)] * 3
    done = CliRunner().invoke(app, ["eval", str(asked), "--mode", "keyword", "--json"])
    assert done.exit_code != 0
    assert "the search engine does not answer" in str(done.exception or "") + done.output
