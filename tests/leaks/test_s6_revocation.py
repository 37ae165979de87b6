"""S6: what is taken away in the ledger is behind no door of the API any more, while the index still shows it.

The indexer is away for the whole test. Taken away are rights, records, groups and the token itself, between two pages
of a search and before an export; whoever still may read goes on reading.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.system import Api, System
from tests.leaks.tally import Row, size
from tests.leaks.visit import Outcome, Visit
from tests.leaks.world import GROUPS, LAW, Asker, Paper, askers, may_read, papers

pytestmark = pytest.mark.stack

ROUNDS = size(2, 4)
OF_EACH = size(50, 200)
#: how old a picture of the ledger may be
_AT_MOST_SECONDS = 1.0


@pytest.fixture
def api(own_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    system = System(own_engine, tmp_path_factory.mktemp("s6"))
    system.take_in(papers("Entzug", OF_EACH, ["erbach", "michelstadt"]))
    with Issuer() as issuer, system.api(issuer) as started:
        yield started


def closed(dice: random.Random, paper: Paper) -> Paper:
    """Return the paper with less open than before."""
    change = dice.choice(("readers", "deny", "level", "class"))
    if change == "readers":
        # none at all would open it to records managers
        kept = max(1, len(paper.readers) // 2) if paper.readers else 0
        return replace(paper, readers=frozenset(dice.sample(sorted(paper.readers), kept)))
    if change == "deny":
        return replace(paper, deny=paper.deny | set(dice.sample(GROUPS, 3)))
    if change == "level":
        return replace(paper, confidential=True)
    return replace(paper, privacy="personal")


def test_what_is_taken_away_is_behind_no_door(api: Api, row: Row) -> None:
    dice, system = random.Random("Entzug"), api.system
    who = [a for a in askers("Entzug", 8) if a.tenant in {"erbach", "michelstadt"} and system.shelf.open_to(a)]
    outcome = Outcome()
    withdrawn = 0
    for _ in range(ROUNDS):
        pages = {a: api.ask(a, "POST", "/v1/search", _browse(1)).json() for a in who}
        chosen = dice.sample(sorted(system.shelf.by_id), OF_EACH)
        leaving, changing = chosen[: OF_EACH // 4], chosen[OF_EACH // 4 :]
        before = {a: system.shelf.open_to(a) for a in who}
        changed = {i: closed(dice, system.shelf.by_id[i]) for i in changing}
        begun = time.monotonic()
        system.tell(changed.values())
        system.leave([system.shelf.by_id[i] for i in leaving])
        system.shelf.by_id.update(changed)
        gone = {i: system.shelf.by_id.pop(i) for i in leaving}
        time.sleep(max(0.0, begun + _AT_MOST_SECONDS - time.monotonic()))
        for asker in who:
            lost = before[asker] - system.shelf.open_to(asker)
            withdrawn += len(lost)
            visit = Visit(api, asker, outcome)
            if (cursor := pages[asker]["cursor"]) is not None:
                later = visit.ask("POST", "/v1/search", _browse(1) | {"cursor": cursor}).json()["hits"]
                visit.hold({hit["record_id"] for hit in later} & lost, set(), "the next page")
            for mode in ("keyword", "hybrid"):
                hits = visit.ask("POST", "/v1/search", {"query": "Beispiel", "mode": mode, "size": 200}).json()["hits"]
                visit.hold({hit["record_id"] for hit in hits}, visit.mine, mode)
            draft = {"text": "Beispiel Deckblatt", "purpose": "Prüfung", "size": 50}
            alike = visit.ask("POST", "/v1/precedents", draft).json()["hits"]
            visit.hold({hit["record_id"] for hit in alike} & lost, set(), "precedents")
            cite = visit.ask("POST", "/v1/citations", {"of": LAW, "size": 200}).json()["hits"]
            visit.hold({hit["record_id"] for hit in cite} & lost, set(), "citations")
            if visit.mine:
                path = f"/v1/records/{dice.choice(sorted(visit.mine))}/similar"
                alike = visit.ask("POST", path, {"size": 50}).json()["hits"]
                visit.hold({hit["record_id"] for hit in alike} & lost, set(), "similar")
            export = visit.ask("POST", "/v1/export", {"query": "", "format": "jsonl", "mode": "keyword"}).text
            visit.hold({i for i in lost if i in export}, set(), "an export")
            for record_id in dice.sample(sorted(lost), min(4, len(lost))):
                for more in ("", "/text", "/pages/1", "/original"):
                    visit.ask("GET", f"/v1/records/{record_id}{more}", expect=404)
                visit.ask("POST", f"/v1/records/{record_id}/similar", expect=404)
                visit.ask("GET", f"/v1/records/{record_id}/citations", expect=404)
                secret = {**gone, **system.shelf.by_id}[record_id].secret
                told = visit.ask("POST", "/v1/suggest", {"query": secret[:12]}).json()["completions"]
                visit.hold(set(told) & {secret}, set(), "suggestions")
    row.add(withdrawn=withdrawn, checks=outcome.checks, leaks=len(outcome.leaks), missing=len(outcome.missing))
    row.notes.append("looked for one second after it was taken away (promised are five)")
    assert withdrawn >= size(60, 400)
    assert outcome.leaks[:3] == []
    assert outcome.missing[:3] == []


def _browse(count: int) -> dict[str, object]:
    return {"query": "", "mode": "keyword", "sort": "title", "size": count}


def test_whoever_lost_a_group_or_the_token_goes_on_with_neither(api: Api, row: Row) -> None:
    strong = Asker("gerda", "erbach", frozenset(GROUPS))
    weak = Asker("gerda", "erbach", frozenset({"bau"}))
    begun = api.ask(strong, "POST", "/v1/search", _browse(2)).json()
    assert begun["cursor"]
    assert api.ask(weak, "POST", "/v1/search", _browse(2) | {"cursor": begun["cursor"]}).status_code == 422
    visit = Visit(api, weak, Outcome())
    hits = visit.ask("POST", "/v1/search", _browse(200)).json()["hits"]
    visit.hold({hit["record_id"] for hit in hits}, visit.mine, "after losing groups")
    assert any(not may_read(weak, p) for p in api.system.shelf.by_id.values() if may_read(strong, p))
    expired = {"authorization": f"Bearer {api.issuer.token(strong, exp=int(time.time()) - 61)}"}
    for body in (_browse(2), _browse(2) | {"cursor": begun["cursor"]}):
        assert api.client.post("/v1/search", json=body, headers=expired).status_code == 401
    row.add(checks=4, leaks=len(visit.outcome.leaks))
    assert (visit.outcome.leaks, visit.outcome.missing) == ([], [])
