"""The engine's store keeps the promises, on a real engine with both locks."""

from __future__ import annotations

from typing import Any

import pytest

from records.opensearch import OpenSearchIndex, OpenSearchWriter
from records.testing import FakeEmbedder
from tests.contracts.record_index import RecordIndexContract
from tests.engine import Engine

pytestmark = pytest.mark.stack

TENANTS = ("erbach", "michelstadt")


class Both:
    """Reads and writes as one store, as the contract wants it; each still under its own identity."""

    def __init__(self, engine: Engine, *, dimension: int) -> None:
        self._sides = (
            OpenSearchIndex(engine.settings, TENANTS),
            OpenSearchWriter(engine.settings, TENANTS, dimension=dimension),
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(next(side for side in self._sides if hasattr(side, name)), name)


class TestEngine(RecordIndexContract):
    @pytest.fixture
    def store(self, own_engine: Engine, embedder: FakeEmbedder) -> Both:
        own_engine.empty()
        return Both(own_engine, dimension=embedder.dimension)

    @pytest.fixture
    def embedder(self) -> FakeEmbedder:
        return FakeEmbedder()
