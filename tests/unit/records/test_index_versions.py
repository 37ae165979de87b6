"""Reads name exactly the live index; a list that began in another one goes on there, or says that it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from records.errors import EngineUnavailableError, InvalidInputError, LedgerUnavailableError, NotVisibleError
from records.index_versions import FirstIndexes, IndexVersion, VersionState
from records.ledger_indexes import IndexInUseError, LedgerIndexes
from records.ledger_tables import migrate
from records.opensearch import OpenSearchIndex
from records.query import After, All, Mode, Search, Sort, Words
from records.settings import LedgerSettings, OpenSearchSettings
from records.testing import HiddenRecords
from tests.factories import principal

CLERK = principal("erbach", "bauamt")
SEARCH = Search(All((Words("Kastanie"),)), vector=b"\0" * 16)


class Versions(FirstIndexes):
    """Erbach reads index 3, index 2 is kept; both of the model that is given."""

    def __init__(self, model: str = "klein") -> None:
        self.model = model
        self.kept = (IndexVersion("erbach", 2, VersionState.KEPT, model),)

    def live(self, tenant: str) -> IndexVersion:
        return IndexVersion(tenant, 3 if tenant == "erbach" else 1, VersionState.LIVE, self.model)

    def readable(self, tenant: str) -> tuple[IndexVersion, ...]:
        return (self.live(tenant), *(v for v in self.kept if v.tenant == tenant))


class Client:
    """Finds one record and keeps what it was asked."""

    def __init__(self) -> None:
        self.lines: list[Any] = []

    def msearch(self, *, body: list[Any], headers: dict[str, str]) -> dict[str, Any]:
        assert headers["Authorization"].startswith("Bearer ")
        self.lines += body
        hits = {"hits": {"hits": [], "total": {"value": 0}}, "status": 200}
        return {"responses": [hits] * (len(body) // 2)}

    @property
    def indexes(self) -> list[list[str]]:
        return [line["index"] for line in self.lines[::2]]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client()
    monkeypatch.setattr("records.opensearch.reader.engine_client", lambda *_, **__: made)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> OpenSearchSettings:
    key = ec.generate_private_key(ec.SECP256R1())
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path = tmp_path / "token.key"
    path.write_bytes(key.private_bytes(kind, form, serialization.NoEncryption()))
    return OpenSearchSettings(url="https://127.0.0.1:9", ca_file=path, token_key_file=path)


def _index(settings: OpenSearchSettings, versions: Versions) -> OpenSearchIndex:
    return OpenSearchIndex(settings, ("erbach", "michelstadt"), HiddenRecords(), versions, model="klein")


def test_reads_name_the_live_indexes_and_no_pattern(client: Client, settings: OpenSearchSettings) -> None:
    _index(settings, Versions()).rank(CLERK, SEARCH, mode=Mode.HYBRID, depth=10)
    expected = ["records_erbach_v3", "released_erbach_v3", "released_michelstadt_v1"]
    assert client.indexes == [expected] * 3


def test_ready_means_that_the_indexes_of_every_tenant_answer(
    client: Client, settings: OpenSearchSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash the engine is up and its access control too, while a shard is still being read back."""
    index = _index(settings, Versions())
    client.transport = client  # type: ignore[attr-defined]
    client.perform_request = lambda *_: {"status": "UP"}  # type: ignore[attr-defined]
    index.ready()
    assert [names[0] for names in client.indexes] == ["records_erbach_v3", "records_michelstadt_v1"]
    assert all(line == {"query": {"match_none": {}}, "size": 0} for line in client.lines[1::2])
    away = {"responses": [{"error": {"type": "search_phase_execution_exception"}, "status": 503}]}
    monkeypatch.setattr(client, "msearch", lambda **_: away)
    with pytest.raises(EngineUnavailableError):
        index.ready()


def test_nobody_reads_the_index_of_another_tenant_by_its_version(settings: OpenSearchSettings, client: Client) -> None:
    index = _index(settings, Versions())
    with pytest.raises(NotVisibleError):
        index._indexes(CLERK, IndexVersion("michelstadt", 1))
    with pytest.raises(NotVisibleError):
        index.search_words(principal("oberzent"), SEARCH, sort=Sort.DATE, size=1, after=None)
    assert not client.lines


def test_a_list_goes_on_in_the_index_where_it_began(client: Client, settings: OpenSearchSettings) -> None:
    versions = Versions()
    index = _index(settings, versions)
    index.search_words(CLERK, SEARCH, sort=Sort.RELEVANCE, size=5, after=After((1.5, "a"), 2))
    assert client.indexes[0][0] == "records_erbach_v2"
    versions.kept = ()
    with pytest.raises(InvalidInputError, match="renewed since; search again"):
        index.search_words(CLERK, SEARCH, sort=Sort.RELEVANCE, size=5, after=After((1.5, "a"), 2))


def test_vectors_of_another_model_are_not_compared(client: Client, settings: OpenSearchSettings) -> None:
    ranked = _index(settings, Versions("gross")).rank(CLERK, SEARCH, mode=Mode.HYBRID, depth=10)
    assert (ranked.by_meaning, ranked.coverage.with_vectors) == ((), 0)
    assert len(client.indexes) == 2, "coverage and words, no meaning"
    assert "knn" not in str(client.lines)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ledger(tmp_path: Path, request: pytest.FixtureRequest) -> LedgerSettings:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    made = LedgerSettings(url=url)
    migrate(made)
    return made


def test_the_ledger_swaps_both_in_one_step_and_only_for_who_holds_the_right(ledger: LedgerSettings) -> None:
    now = 0.0
    indexes = LedgerIndexes(ledger, clock=lambda: now)
    assert indexes.live("erbach").number == 1, "known without a row"
    indexes.note_first("erbach", model="klein", shape="a")
    indexes.note_first("erbach", model="gross", shape="b")
    indexes.hold("erbach", "ich", 30)
    with pytest.raises(IndexInUseError, match=r"runs already \(ich\)"):
        indexes.hold("erbach", "du", 30)
    new = indexes.add("erbach", indexes.next_number("erbach"), model="gross", shape="b").version
    assert [v.number for v in indexes.written("erbach")] == [1, 2]
    with pytest.raises(IndexInUseError):
        indexes.make_live(new, "du")
    assert [(v.number, v.state) for v in indexes.written("erbach")] == [
        (1, VersionState.LIVE),
        (2, VersionState.FILLING),
    ]
    indexes.make_live(new, "ich")
    assert [(v.number, v.state, v.model) for v in indexes.written("erbach")] == [
        (2, VersionState.LIVE, "gross"),
        (1, VersionState.KEPT, "klein"),
    ]
    assert indexes.live("erbach").number == 1, "a picture of less than a second ago"
    now = 1.0
    assert indexes.live("erbach").number == 2
    assert [v.number for v in indexes.readable("erbach")] == [1, 2]
    indexes.close()


def test_an_unfit_index_never_becomes_live(ledger: LedgerSettings) -> None:
    indexes = LedgerIndexes(ledger)
    indexes.note_first("erbach", model="klein", shape="a")
    indexes.hold("erbach", "ich", 30)
    new = indexes.add("erbach", 2, model="klein", shape="a").version
    indexes.spoil(new, "record a: misfit")
    assert [v.number for v in indexes.written("erbach")] == [1]
    with pytest.raises(IndexInUseError):
        indexes.make_live(new, "ich")
    assert indexes.live("erbach").number == 1
    indexes.close()


def test_nothing_is_read_by_an_old_picture_while_the_ledger_is_away(tmp_path: Path) -> None:
    now = 0.0
    indexes = LedgerIndexes(LedgerSettings(url=f"sqlite:///{tmp_path}/nowhere/ledger.sqlite"), clock=lambda: now)
    for asked in (indexes.live, indexes.readable, indexes.written):
        with pytest.raises(LedgerUnavailableError):
            asked("erbach")
