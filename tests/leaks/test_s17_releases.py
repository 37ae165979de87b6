"""S17: what a town shows to others is seen by exactly those whom it named, until its end, and no more of it.

The same offices exist in every town. Held against a rule in plain sets: who finds a release, who opens it, and which
canaries come out: those of a whole release, those that stand in a redaction, and of a mere existence none.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from indexer.releases import ReleasePhase
from indexer.settings import LimitSettings
from records.access import Principal, Role, groups_of
from records.ledger_release_work import LedgerReleaseWork
from records.ledger_releases import LedgerReleases
from records.refusals import Refusals
from records.release import Grounds, ReleaseAccess, ReleaseDraft, ReleaseForm, Shown
from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.system import Api, System
from tests.leaks.tally import Row, size
from tests.leaks.world import CANARY, LAW, TENANTS, Asker, Paper, askers, canary, papers

pytestmark = pytest.mark.stack

OF_EACH = size(8, 20)
ASKERS = [replace(a, roles=frozenset()) for a in askers("Partner", size(5, 10))]
OFFICES = ("bauamt", "bau", "leitung", "alle")
GROUNDS = {"purpose": "Vergleichsfälle", "legal_basis": "§ 22 HDSIG"}
REFUSALS = Refusals(departments=(), file_plans=())
_CANARY = re.compile(CANARY)


@dataclass(frozen=True)
class Given:
    """A release as its owner meant it."""

    release_id: str
    paper: Paper
    form: str
    partners: frozenset[str]
    #: the canary that may be read in it, if any
    word: str | None

    def shown_to(self, asker: Asker) -> bool:
        if asker.tenant == self.paper.tenant:
            return False
        parties = [asker.groups] if asker.software is None else [asker.groups, asker.software]
        named = {"*", asker.tenant, f"{asker.tenant}/alle"}
        return all(self.partners & (named | {f"{asker.tenant}/{group}" for group in party}) for party in parties)


@dataclass
class Cooperation:
    """Towns that show something to each other."""

    api: Api
    phase: ReleasePhase
    given: list[Given]

    def follow(self) -> None:
        """Let the indexer do what the ledger wants."""
        self.phase.bring_up()
        self.phase.embed()
        self.api.system.engine.admin.post("/released_*/_refresh").raise_for_status()


def manager(tenant: str) -> Asker:
    return Asker(f"verwaltung-{tenant}", tenant, frozenset({"bauamt"}), frozenset({"records-manager"}))


def partners_for(dice: random.Random, owner: str) -> list[str]:
    others = [tenant for tenant in TENANTS if tenant != owner]
    if dice.random() < 0.15:
        return ["*"]
    towns = dice.sample(others, dice.choice((1, 1, 2)))
    return [dice.choice((town, *(f"{town}/{office}" for office in OFFICES))) for town in towns]


def give(api: Api, dice: random.Random, record_id: str, paper: Paper) -> Given:
    form = dice.choice(("whole", "redacted", "existence"))
    partners = partners_for(dice, paper.tenant)
    body: dict[str, Any] = {"record_id": record_id, "form": form, "partners": partners} | GROUNDS
    word = paper.secret if form == "whole" else None
    if form == "redacted":
        word = canary(dice)
        body["redacted"] = {"title": f"Beispiel geschwärzt {word}", "pages": [f"Geschwärzt {word}"]}
    if form == "existence":
        body["shown_fields"] = ["document_type", "year", "department"]
    answer = api.ask(manager(paper.tenant), "POST", "/v1/releases", body)
    assert answer.status_code == 200, answer.text
    return Given(answer.json()["release_id"], paper, form, frozenset(partners), word)


@pytest.fixture(scope="module")
def cooperation(own_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cooperation]:
    system = System(own_engine, tmp_path_factory.mktemp("s17"))
    plain = {
        "readers": frozenset({"bauamt"}),
        "deny": frozenset(),
        "confidential": False,
        "privacy": "normal",
        "department": "bauamt",
        "document_type": "Satzung",
    }
    world = [replace(paper, **plain) for paper in papers("Freigaben", OF_EACH)]  # type: ignore[arg-type]
    ids = system.take_in(world)
    work = LedgerReleaseWork(system.ledger_settings, REFUSALS)
    phase = ReleasePhase(
        work=work,
        vectors=system.ledger,
        extractor=system.extractor,
        embedder=system.embedder,
        writer=system.writer,
        limits=LimitSettings(),
        lease_seconds=30,
    )
    dice = random.Random("Freigaben")
    with Issuer() as issuer, system.api(issuer) as api:
        made = [give(api, dice, i, p) for i, p in zip(ids, world, strict=True) if dice.random() < 0.8]
        together = Cooperation(api, phase, made)
        together.follow()
        yield together
    work.close()


def found_by(api: Api, asker: Asker, said: list[str]) -> set[str]:
    """Return the releases that somebody finds by browsing, by words and by meaning; the three must agree."""
    others = {"tenant": [tenant for tenant in TENANTS if tenant != asker.tenant]}
    seen: dict[str, set[str]] = {}
    existing: set[str] = set()
    for mode, query in (("browse", ""), ("keyword", "Beispiel"), ("semantic", "Beispiel"), ("hybrid", "Beispiel")):
        body = {"query": query, "mode": "keyword" if mode == "browse" else mode, "filters": others, "size": 200}
        answer = api.ask(asker, "POST", "/v1/search", body)
        assert answer.status_code == 200, answer.text
        said.append(answer.text)
        hits = answer.json()["hits"]
        assert all(hit["released"] for hit in hits)
        assert answer.json()["total"] == len(hits)
        seen[mode] = {hit["record_id"] for hit in hits}
        if mode == "browse":
            existing = {hit["record_id"] for hit in hits if hit["released"] == "existence"}
        else:
            # what merely exists has no words and no meaning
            assert seen[mode] == seen["browse"] - existing, mode
    draft = {"text": "Beispiel\nBeispiel", "purpose": "Prüfung", "filters": others, "size": 50}
    answer = api.ask(asker, "POST", "/v1/precedents", draft)
    said.append(answer.text)
    alike = {hit["record_id"] for hit in answer.json()["hits"]}
    assert alike <= seen["browse"] - existing
    assert len(alike) == min(50, len(seen["browse"] - existing))
    return seen["browse"]


def citing(api: Api, asker: Asker) -> set[str]:
    """Return the releases of others that somebody is told to cite a paragraph."""
    others = {"tenant": [tenant for tenant in TENANTS if tenant != asker.tenant]}
    answer = api.ask(asker, "POST", "/v1/citations", {"of": LAW, "filters": others, "size": 200})
    assert answer.status_code == 200, answer.text
    found = {hit["record_id"] for hit in answer.json()["hits"]}
    assert answer.json()["total"] == len(found)
    return found


def test_only_what_is_released_as_a_whole_cites_what_its_record_cites(cooperation: Cooperation, row: Row) -> None:
    """What was written for a redaction cites nothing here, and what merely exists cites nothing ever."""
    cited = dict.fromkeys(("whole", "redacted", "existence"), 0)
    leaks, missing = [], []
    for asker in ASKERS:
        mine = [g for g in cooperation.given if g.shown_to(asker) and g.paper.cited == LAW]
        for given in mine:
            cited[given.form] += 1
        wanted = {given.release_id for given in mine if given.form == "whole"}
        found = citing(cooperation.api, asker)
        leaks += sorted(found - wanted)
        missing += sorted(wanted - found)
    row.add(cited=sum(cited.values()), leaks=len(leaks), missing=len(missing))
    assert all(cited.values()), cited
    assert (leaks, missing) == ([], [])


def test_each_release_is_seen_by_those_it_names_and_by_nobody_else(cooperation: Cooperation, row: Row) -> None:
    api, leaks, missing = cooperation.api, [], []
    for asker in ASKERS:
        said: list[str] = []
        wanted = {g.release_id for g in cooperation.given if g.shown_to(asker)}
        found = found_by(api, asker, said)
        leaks += [f"{asker}: {release_id}" for release_id in found - wanted]
        missing += [f"{asker}: {release_id}" for release_id in wanted - found]
        for given in cooperation.given:
            answer = api.ask(asker, "GET", f"/v1/records/{given.release_id}/text")
            opened = given.release_id in wanted and given.form != "existence"
            said.append(answer.text)
            if (answer.status_code == 200) != opened and given.form != "existence":
                (missing if opened else leaks).append(f"{asker}: text of {given.release_id}")
        mine = {api.system.shelf.by_id[i].secret for i in api.system.shelf.open_to(asker)}
        allowed = {g.word for g in cooperation.given if g.release_id in wanted} | mine
        leaks += [f"{asker}: {word}" for word in set(_CANARY.findall(" ".join(said))) - allowed]
    row.add(cases=len(ASKERS) * len(cooperation.given), leaks=len(leaks), missing=len(missing))
    assert len(ASKERS) * len(cooperation.given) >= 300
    assert {g.form for g in cooperation.given} == {"whole", "redacted", "existence"}
    assert leaks[:3] == []
    assert missing[:3] == []


def test_what_was_released_cannot_be_released_again(cooperation: Cooperation, row: Row) -> None:
    """Neither by its id here nor by the id that its owner's record has."""
    ids = {paper: record_id for record_id, paper in cooperation.api.system.shelf.by_id.items()}
    for given in cooperation.given:
        other = next(tenant for tenant in TENANTS if tenant != given.paper.tenant)
        third = [tenant for tenant in TENANTS if tenant not in {other, given.paper.tenant}]
        for record_id in (given.release_id, ids[given.paper]):
            body = {"record_id": record_id, "form": "whole", "partners": third} | GROUNDS
            answer = cooperation.api.ask(manager(other), "POST", "/v1/releases", body)
            row.add(transitive=1)
            assert answer.status_code == 404


@pytest.mark.parametrize("privacy", ["art9", "steuer", "sozial", "personal", "register"])
def test_protected_records_refuse_a_release(cooperation: Cooperation, row: Row, privacy: str) -> None:
    dice = random.Random(privacy)
    paper = replace(papers(privacy, 1, ["erbach"])[0], privacy=privacy, readers=frozenset({"bauamt"}), deny=frozenset())
    [record_id] = cooperation.api.system.take_in([replace(paper, name=f"{privacy}.txt")])
    for form in ("whole", "redacted", "existence"):
        body: dict[str, Any] = {"record_id": record_id, "form": form, "partners": ["*"]} | GROUNDS
        body |= {"redacted": {"title": "x", "pages": ["x"]}} if form == "redacted" else {}
        body |= {"shown_fields": ["year"]} if form == "existence" else {}
        answer = cooperation.api.ask(manager("erbach"), "POST", "/v1/releases", body)
        row.add(refusals=1)
        assert answer.status_code in {403, 409, 422}, f"{dice} {answer.text}"


def test_after_its_end_a_release_is_not_there(cooperation: Cooperation, row: Row) -> None:
    """The indexer is away: the index still holds it, and no lock opens it."""
    system = cooperation.api.system
    taken = {given.paper.name for given in cooperation.given}
    free = [(i, p) for i, p in system.shelf.by_id.items() if p.name not in taken and p.privacy == "normal"][:3]
    assert free
    ends = int(time.time()) + 12
    ledger = LedgerReleases(system.ledger_settings, REFUSALS)
    given = []
    for record_id, paper in free:
        who = Principal("m", paper.tenant, groups_of(paper.tenant, ["bauamt"]), frozenset({Role.RECORDS_MANAGER}))
        access = ReleaseAccess(paper.tenant, to_all=True, until=ends)
        draft = ReleaseDraft(record_id, Shown(ReleaseForm.WHOLE), access, Grounds("Probe", "§ 22 HDSIG"))
        given.append(Given(ledger.create(who, draft).release_id, paper, "whole", frozenset({"*"}), paper.secret))
    cooperation.follow()
    everybody = [a for a in ASKERS if a.software is None]
    for asker in everybody[:3]:
        if time.time() < ends - 1:
            wanted = {g.release_id for g in given if g.shown_to(asker)}
            assert wanted <= found_by(cooperation.api, asker, [])
    time.sleep(max(0.0, ends + 1.1 - time.time()))
    late = {g.release_id for g in given}
    leaks = [f"{asker}" for asker in everybody if late & found_by(cooperation.api, asker, [])]
    for g in given:
        for asker in everybody[:4]:
            assert cooperation.api.ask(asker, "GET", f"/v1/records/{g.release_id}").status_code == 404
    row.add(ended=len(given) * len(everybody), leaks=len(leaks))
    assert leaks == []


def test_no_original_word_of_what_is_not_whole_reaches_the_released_index(cooperation: Cooperation, row: Row) -> None:
    """Read out past all locks: documents, and the dictionary of terms; a whole release is found by the same scan."""
    admin = cooperation.api.system.engine.admin
    body = {"query": {"match_all": {}}, "size": 1_000}
    stored = admin.post("/released_*/_search", json=body).raise_for_status().text
    ids = {paper: record_id for record_id, paper in cooperation.api.system.shelf.by_id.items()}
    leaks = []
    for given in cooperation.given:
        index = f"released_{given.paper.tenant}_v1"
        asked = {
            "doc": {"title": given.paper.secret, "pages": [{"number": 1, "text": given.paper.secret}]},
            "fields": ["title", "title.exact", "pages.text", "pages.text.exact"],
            "term_statistics": True,
        }
        told = admin.post(f"/{index}/_termvectors", json=asked).raise_for_status().json()["term_vectors"]
        terms = any(term.get("doc_freq") for field in told.values() for term in field["terms"].values())
        there = given.paper.secret in stored
        if given.form == "whole":
            assert terms
            assert there
        elif terms or there:
            leaks.append(f"{given.form}: {given.paper.secret}")
        # the id of the record itself never comes here
        leaks += [ids[given.paper]] if ids[given.paper] in stored else []
    row.add(read_out=len(cooperation.given), leaks=len(leaks))
    assert leaks == []


def test_a_recalled_release_is_gone_at_once(cooperation: Cooperation, row: Row) -> None:
    """The indexer is away: what the ledger knows is enough; afterwards it leaves the index too."""
    api, recalled = cooperation.api, cooperation.given[::2]
    begun = time.monotonic()
    for given in recalled:
        answer = api.ask(manager(given.paper.tenant), "DELETE", f"/v1/releases/{given.release_id}")
        assert answer.status_code == 200
    time.sleep(1.1)  # how old a picture of the ledger may be
    gone = {given.release_id for given in recalled}
    leaks: list[str] = []
    for number, asker in enumerate(ASKERS):
        leaks += [f"{asker}: {release_id}" for release_id in gone & found_by(api, asker, [])]
        given = recalled[number % len(recalled)]
        leaks += [f"{asker} opens"] * (api.ask(asker, "GET", f"/v1/records/{given.release_id}").status_code != 404)
    row.add(recalled=len(recalled) * len(ASKERS), leaks=len(leaks))
    row.notes.append(f"recalled releases were looked for from 1.1 s on, until {time.monotonic() - begun:.1f} s")
    assert leaks[:3] == []
    cooperation.follow()
    stored = api.system.engine.admin.post("/released_*/_search", json={"size": 1_000}).raise_for_status().text
    assert [given.release_id for given in recalled if given.release_id in stored] == []
