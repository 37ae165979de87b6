from __future__ import annotations

from collections.abc import Iterator

import pytest

from records.settings import LedgerSettings
from tests.unit.records.reports.full_ledger import FullLedger


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def full(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[FullLedger]:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path_factory.mktemp('reports')}/ledger.sqlite")
    if request.param == "postgres":
        settings = LedgerSettings(url=request.getfixturevalue("postgres").new_database())
    made = FullLedger(settings)
    yield made
    made.close()
