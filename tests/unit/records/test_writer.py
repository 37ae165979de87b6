"""The writer: each write reaches every index that the ledger names, and no answer about one of them is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opensearchpy.exceptions import TransportError  # noqa: TID251  what the engine's client raises

from records.index import Outcome, Removal
from records.index_versions import FirstIndexes, IndexVersion, VersionState
from records.opensearch import OpenSearchWriter
from records.settings import OpenSearchSettings
from tests.factories import record

LIVE = IndexVersion("erbach", 1, VersionState.LIVE, "klein")
FILLING = IndexVersion("erbach", 2, VersionState.FILLING, "gross")


class Versions(FirstIndexes):
    """Two indexes; remembers which was spoilt."""

    def __init__(self) -> None:
        self.spoilt: list[int] = []

    def written(self, tenant: str) -> tuple[IndexVersion, ...]:  # noqa: ARG002
        return LIVE, FILLING

    def spoil(self, version: IndexVersion, why: str) -> None:  # noqa: ARG002
        self.spoilt.append(version.number)


class Client:
    """Answers each item as `answer` says, and keeps what it was sent."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.documents: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda _: {"status": 201}
        self.most = 10**9

    def bulk(self, *, body: bytes, **_: Any) -> dict[str, Any]:
        lines = [json.loads(line) for line in body.splitlines()]
        if len(body) > self.most:
            raise TransportError(413, "too large", {})
        items = []
        for line in lines:
            ((kind, action),) = line.items() if set(line) <= {"index", "delete"} else (("", line),)
            if not kind:
                self.documents.append(line)
                continue
            self.items.append(action)
            items.append({kind: {"_id": action["_id"], **self.answer(action)}})
        return {"items": items}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client()
    monkeypatch.setattr("records.opensearch.writer.engine_client", lambda *_, **__: made)
    return made


@pytest.fixture
def writer(tmp_path: Path, client: Client) -> OpenSearchWriter:
    password = tmp_path / "password"
    password.write_text("geheim")
    settings = OpenSearchSettings(url="https://127.0.0.1:9", ca_file=password, writer_password_file=password)
    return OpenSearchWriter(settings, ("erbach",), Versions(), dimension=4, model="gross")


def _in(number: int, **said: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda action: said if action["_index"].endswith(f"_v{number}") else {"status": 201}


def test_every_write_reaches_both_under_one_version(client: Client, writer: OpenSearchWriter) -> None:
    assert [r.outcome for r in writer.put([record("a", version=6)])] == [Outcome.WRITTEN]
    assert [r.outcome for r in writer.remove([Removal("erbach", "a", 8)])] == [Outcome.WRITTEN]
    sent = [(i["_index"], i["_id"], i["version"], i["version_type"]) for i in client.items]
    assert sent == [(f"records_erbach_v{n}", "a", v, "external_gte") for v in (6, 8) for n in (1, 2)]


def test_what_one_of_them_does_not_take_now_is_sent_again(client: Client, writer: OpenSearchWriter) -> None:
    client.answer = _in(2, status=429, error={"type": "rejected_execution_exception", "reason": "queue is full"})
    results = writer.put([record("a"), record("b")])
    assert [(r.record_id, r.outcome) for r in results] == [("a", Outcome.RETRY), ("b", Outcome.RETRY)]
    assert not writer._versions.spoilt  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "said",
    [
        {"status": 400, "error": {"type": "strict_dynamic_mapping_exception", "reason": "no such field"}},
        {"status": 404, "error": {"type": "index_not_found_exception", "reason": "no such index"}},
    ],
)
def test_an_index_that_is_not_live_is_spoilt_and_the_record_stays(
    client: Client, writer: OpenSearchWriter, said: dict[str, Any]
) -> None:
    client.answer = _in(2, **said)
    assert writer.put([record("a")])[0].outcome is Outcome.WRITTEN
    assert writer._versions.spoilt == [2]  # type: ignore[attr-defined]


def test_what_the_live_index_says_decides(client: Client, writer: OpenSearchWriter) -> None:
    client.answer = _in(1, status=400, error={"type": "mapper_parsing_exception", "reason": "misfit"})
    (result,) = writer.put([record("a")])
    assert (result.outcome, result.reason) == (Outcome.REFUSED, "misfit")
    client.answer = _in(1, status=404, error={"type": "index_not_found_exception", "reason": "no such index"})
    assert writer.put([record("a")])[0].outcome is Outcome.RETRY
    client.answer = _in(1, status=409, error={"reason": "newer"})
    assert writer.put([record("a")])[0].outcome is Outcome.SUPERSEDED
    assert not writer._versions.spoilt  # type: ignore[attr-defined]


def test_vectors_never_reach_an_index_of_another_model(client: Client, writer: OpenSearchWriter) -> None:
    plain = record("a", version=7)
    vectors = tuple(b"\0" * 16 for _ in plain.passages)
    writer.put([record("a", version=7, vectors=vectors)])
    assert [i["version"] for i in client.items] == [6, 7], "without vectors under the version of the words"
    having = [any("vector" in passage for passage in document["passages"]) for document in client.documents]
    assert having == [False, True]


def test_what_is_too_large_is_refused_alone(client: Client, writer: OpenSearchWriter) -> None:
    small = len(json.dumps(client.documents)) + 4_000
    client.most = small
    records = [record("a"), record("b", "Kastanie " * 2_000), record("c")]
    results = writer.put(records)
    assert [r.outcome for r in results] == [Outcome.WRITTEN, Outcome.REFUSED, Outcome.WRITTEN]
    assert results[1].reason == "larger than the engine takes"
