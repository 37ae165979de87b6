"""The embedding service: who may ask, in which order answers come, and that a question does not queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from fastapi.testclient import TestClient

from indexer.embedding_service import Model, ModelSettings, create_app

SECRET = {"Authorization": "Bearer beispiel"}


class SlowModel:
    """Says of each text how long it is; passages wait until they are let through."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.batches: list[list[str]] = []

    def __call__(self, kind: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.batches.append(list(texts))
        if kind == "passage":
            assert self.open.wait(20)
        return np.array([[len(t), 1.0] for t in texts], np.float32)


@pytest.fixture
def slow() -> SlowModel:
    return SlowModel()


@pytest.fixture
def client(slow: SlowModel, tmp_path: Path) -> TestClient:
    secret = tmp_path / "secret"
    secret.write_text("beispiel\n")
    secret.chmod(0o600)
    settings = ModelSettings(folder=tmp_path, secret_file=secret, port=1)
    return TestClient(create_app(Model(slow, 2), settings))


def _body(*texts: str, kind: str = "passage", model: str = "multilingual-e5-small") -> dict[str, object]:
    return {"kind": kind, "texts": list(texts), "model": model}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer falsch"}, {"Authorization": "beispiel"}])
def test_a_wrong_secret_is_refused(client: TestClient, slow: SlowModel, headers: dict[str, str]) -> None:
    assert client.post("/embed", json=_body("a", kind="query"), headers=headers).status_code == 401
    assert slow.batches == []


def test_another_model_is_refused_by_name(client: TestClient, slow: SlowModel) -> None:
    answer = client.post("/embed", json=_body("a", model="anderes"), headers=SECRET)
    assert (answer.status_code, slow.batches) == (409, [])
    assert "anderes" in answer.text


def test_vectors_keep_the_order_of_the_texts_and_have_length_one(client: TestClient, slow: SlowModel) -> None:
    slow.open.set()
    lengths = [(i * 37) % 90 + 1 for i in range(90)] + [3_000, 2, 9_000]
    answer = client.post("/embed", json=_body(*("x" * n for n in lengths)), headers=SECRET)
    vectors = np.frombuffer(answer.content, "<f4").reshape(-1, 2)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.allclose(vectors[:, 0] / vectors[:, 1], lengths, rtol=1e-4)


def test_batches_hold_texts_of_about_one_length(slow: SlowModel) -> None:
    slow.open.set()
    Model(slow, 1).embed("passage", ["x" * 1_000, "y"] * 40)
    assert all(len(b) * len(b[0]) <= 8_000 and len(b) <= 32 for b in slow.batches)
    assert sum(len({t[0] for t in b}) > 1 for b in slow.batches) <= 1


def test_nothing_asked_is_nothing_answered(slow: SlowModel) -> None:
    assert Model(slow, 1).embed("passage", []) == b""


def test_a_question_does_not_wait_for_passages(slow: SlowModel) -> None:
    model = Model(slow, 1)
    passages = threading.Thread(target=model.embed, args=("passage", ["x" * 900] * 200))
    passages.start()
    try:
        while not slow.batches:
            time.sleep(0.01)
        assert len(model.embed("query", ["Hundesteuer"])) == 8
        assert passages.is_alive()
    finally:
        slow.open.set()
        passages.join(20)
    assert not passages.is_alive()
