"""The store in memory keeps the promises that the engine's keeps."""

from __future__ import annotations

import pytest

from records.testing import FakeEmbedder, InMemoryRecordIndex
from tests.contracts.record_index import RecordIndexContract


class TestInMemory(RecordIndexContract):
    @pytest.fixture
    def store(self) -> InMemoryRecordIndex:
        return InMemoryRecordIndex()

    @pytest.fixture
    def embedder(self) -> FakeEmbedder:
        return FakeEmbedder()
