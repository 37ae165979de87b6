"""The engine's store keeps the promises, on a real engine with both locks."""

from __future__ import annotations

from typing import Any

import pytest

from mappings import Field, index_body, index_name
from records.access import PrivacyClass
from records.errors import EngineUnavailableError
from records.index_versions import FirstIndexes
from records.opensearch import OpenSearchIndex, OpenSearchWriter
from records.testing import FakeEmbedder, HiddenRecords
from tests.contracts.record_index import CLERK, RecordIndexContract
from tests.engine import Engine
from tests.factories import access, record

pytestmark = pytest.mark.stack

TENANTS = ("erbach", "michelstadt")


class Both:
    """Reads and writes as one store, as the contract wants it; each still under its own identity."""

    def __init__(self, engine: Engine, *, dimension: int) -> None:
        self.revocations = HiddenRecords()
        self._sides = (
            OpenSearchIndex(engine.settings, TENANTS, self.revocations, FirstIndexes()),
            OpenSearchWriter(engine.settings, TENANTS, FirstIndexes(), dimension=dimension),
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(next(side for side in self._sides if hasattr(side, name)), name)


class TestEngine(RecordIndexContract):
    @pytest.fixture
    def store(self, own_engine: Engine, embedder: FakeEmbedder) -> Both:
        own_engine.empty()
        return Both(own_engine, dimension=embedder.dimension)

    def test_an_engine_that_makes_no_index_still_has_those_that_it_made(
        self, own_engine: Engine, embedder: FakeEmbedder
    ) -> None:
        """As with disks that are nearly full: nothing is refused for good, and what is there can be written."""
        own_engine.empty()
        writer = OpenSearchWriter(own_engine.settings, TENANTS, FirstIndexes(), dimension=embedder.dimension)
        writer.ensure_index("erbach")
        block = {"cluster.blocks.create_index": True}
        own_engine.admin.put("/_cluster/settings", json={"persistent": block}).raise_for_status()
        try:
            writer.ensure_index("erbach")
            with pytest.raises(EngineUnavailableError, match="blocked"):
                writer.ensure_index("michelstadt")
        finally:
            free = dict.fromkeys(block)
            own_engine.admin.put("/_cluster/settings", json={"persistent": free}).raise_for_status()

    def test_an_index_of_an_older_version_gets_the_new_fields(self, own_engine: Engine, embedder: FakeEmbedder) -> None:
        own_engine.empty()
        older = index_body(dimension=embedder.dimension)
        del older["mappings"]["properties"][Field.PRIVACY_CLASS]
        own_engine.http.put(f"/{index_name('erbach')}", json=older, auth=own_engine.writer).raise_for_status()
        store = Both(own_engine, dimension=embedder.dimension)
        self.write(store, record("a", read=access("erbach", "bauamt", privacy_class=PrivacyClass.SOCIAL)))
        assert store.record(CLERK, "a").privacy_class == "sozial"

    @pytest.fixture
    def embedder(self) -> FakeEmbedder:
        return FakeEmbedder()
