"""S1: random rights, random questions, every route; what comes out is exactly what the oracle opens.

Held against the answers: hits, totals, facets, paging, suggestions, exports, texts, files, managers' lists; and every
canary and every id of the world in every byte of every answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle

import pytest

from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.routes import ROUTES
from tests.leaks.system import Api, System
from tests.leaks.tally import Row, size
from tests.leaks.visit import Outcome, Visit
from tests.leaks.world import TENANTS, askers, papers

pytestmark = pytest.mark.stack

PAPERS_OF_EACH = size(60, 150)
ASKERS = askers("wer fragt", size(10, 12))
REQUESTS = size(440, 3_300)

#: how often each kind of question is asked; a route that is not named here is asked once in a round
_OFTEN = {"/v1/search": 6, "/v1/export": 3, "/v1/suggest": 4, "/v1/records/{record_id}": 2}


@pytest.fixture(scope="module")
def api(own_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    system = System(own_engine, tmp_path_factory.mktemp("s1"))
    system.take_in(papers("Unterlagen", PAPERS_OF_EACH))
    with Issuer() as issuer, system.api(issuer) as started:
        yield started


def test_every_documented_route_has_its_row(api: Api) -> None:
    assert api.operations() == set(ROUTES)


def test_the_world_is_worth_asking(api: Api) -> None:
    """Without this the next test could pass because nobody may read anything, or everybody everything."""
    sizes = [len(api.system.shelf.open_to(asker)) for asker in ASKERS]
    assert len(ASKERS) >= 40
    assert {asker.tenant for asker in ASKERS} == set(TENANTS)
    assert min(sizes) < PAPERS_OF_EACH / 4
    assert PAPERS_OF_EACH / 2 < max(sizes) < PAPERS_OF_EACH
    assert len(set(sizes)) >= 12
    assert sum(asker.software is not None for asker in ASKERS) >= 8


def test_every_answer_is_what_the_rule_opens(api: Api, row: Row) -> None:
    outcome = Outcome()
    plans = [route.plan for (_, path), route in ROUTES.items() for _ in range(_OFTEN.get(path, 1))]
    dice = random.Random("S1")
    for asker in cycle(ASKERS):
        visit = Visit(api, asker, outcome)
        for plan in dice.sample(plans, 8):
            plan(visit, dice)
        if len(outcome.requests) >= REQUESTS:
            break
    asked = {(method, path.split("/v1/records/")[0]) for _, method, path, _ in outcome.requests}
    assert len(asked) >= 6
    row.add(
        requests=len(outcome.requests),
        checks=outcome.checks,
        leaks=len(outcome.leaks),
        missing=len(outcome.missing),
    )
    row.sizes["askers"] = len({asker for asker, *_ in outcome.requests})
    # a suite that no longer sees canaries at all would find no foreign one either
    assert outcome.canaries > len(outcome.requests)
    assert outcome.leaks[:5] == []
    assert outcome.missing[:5] == []
    assert row.sizes["askers"] >= 40
