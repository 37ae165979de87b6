"""Principals x records x doors on the real engine: every door shows what the rule admits, and nothing else.

Once with both locks, once with each of them taken out on purpose: the other one alone lets nothing foreign through.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from joserfc import jwt

from records.access import Confidentiality, Principal, PrivacyClass, ReadAccess, ReadFilter, Role, admits, groups_of
from records.citations import asked_for
from records.errors import EngineRefusedError, NotVisibleError
from records.index import Outcome
from records.index_versions import FirstIndexes
from records.opensearch import OpenSearchIndex, OpenSearchWriter, clauses, reader
from records.opensearch.token import AUDIENCE, ISSUER, SUBJECT, TokenMint
from records.query import All, Cites, FilterField, Mode, Search, Sort, Words
from records.record import Record
from records.testing import FakeEmbedder, HiddenRecords
from tests.engine import Engine
from tests.factories import principal, record
from tests.leaks.tally import Row

pytestmark = pytest.mark.stack

TENANTS = ("erbach", "michelstadt")
GROUPS = ("bauamt", "ordnungsamt", "hauptamt", "kaemmerei", "standesamt", "leitung")
LETTERS = "bcdfghjklmnpqrstvwxz"
RECORDS = 120
FACETS = (FilterField.TENANT, FilterField.CONFIDENTIALITY, FilterField.DEPARTMENT)


@dataclass(frozen=True)
class Town:
    """What was written, and the reading side under test."""

    index: OpenSearchIndex
    records: dict[str, Record]
    search: Search

    def open_to(self, who: Principal) -> set[str]:
        return {name for name, one in self.records.items() if admits(who, one.access)}

    def secret(self, record_id: str) -> str:
        """Return the word that stands in this record and in no other."""
        return self.records[record_id].metadata.title.split()[-1]


def random_access(dice: random.Random) -> ReadAccess:
    tenant = dice.choice(TENANTS)
    names = dice.sample((*GROUPS, "alle", "alle"), dice.choice((0, 1, 1, 2, 3)))
    denied = dice.sample((*GROUPS, "alle"), dice.choice((0, 0, 0, 1, 2)))
    confidentiality = dice.choice(list(Confidentiality))
    protected = dice.choice([PrivacyClass.NORMAL] * 4 + list(PrivacyClass))
    return ReadAccess(tenant, groups_of(tenant, names), groups_of(tenant, denied), confidentiality, protected)


def random_record(dice: random.Random, number: int) -> Record:
    secret = "".join(dice.choices(LETTERS, k=12))
    return record(
        f"unterlage-{number:03}",
        ("Beispiel: Deckblatt", f"Kastanie und {secret} nach § 34 BauGB"),
        read=random_access(dice),
        title=f"Beispiel kenn{secret}",
        department=dice.choice(GROUPS),
    )


def random_principal(dice: random.Random) -> Principal:
    groups = dice.sample(GROUPS, dice.choice((0, 1, 1, 2, 3)))
    roles = (Role.RECORDS_MANAGER,) if dice.random() < 0.3 else ()
    software = tuple(dice.sample(GROUPS, dice.choice((0, 1, 3)))) if dice.random() < 0.4 else None
    return principal(dice.choice(TENANTS), *groups, roles=roles, software=software)


PRINCIPALS = [
    *(principal(tenant) for tenant in TENANTS),
    principal("erbach", *GROUPS, roles=tuple(Role)),
    principal("erbach", *GROUPS, roles=tuple(Role), software=()),
    *(random_principal(random.Random(f"who {n}")) for n in range(17)),
]


def named(who: Principal) -> str:
    software = f" by {'+'.join(sorted(g.group for g in who.software.groups))}" if who.software else ""
    manager = " manager" if Role.RECORDS_MANAGER in who.roles else ""
    return f"{who.tenant} {'+'.join(sorted(g.group for g in who.groups))}{manager}{software}"


@pytest.fixture(scope="module")
def town(own_engine: Engine) -> Town:
    own_engine.empty()
    embedder = FakeEmbedder()
    writer = OpenSearchWriter(own_engine.settings, TENANTS, FirstIndexes(), dimension=embedder.dimension)
    dice = random.Random("Kastanie")
    made = [random_record(dice, number) for number in range(RECORDS)]
    made = [replace(one, vectors=embedder.embed_passages([p.text for p in one.passages])) for one in made]
    for tenant in TENANTS:
        writer.ensure_index(tenant)
    assert {result.outcome for result in writer.put(made)} == {Outcome.WRITTEN}
    for tenant in TENANTS:
        writer.refresh(tenant)
    search = Search(All((Words("Kastanie"),)), embedder.embed_query("Kastanie"), facets=FACETS)
    return Town(
        OpenSearchIndex(own_engine.settings, TENANTS, HiddenRecords(), FirstIndexes()),
        {one.record_id: one for one in made},
        search,
    )


@pytest.fixture
def without_our_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: ReadFilter) -> clauses.Clause:
        return {"match_all": {}}

    monkeypatch.setattr(clauses, "rights", nothing)


#: every record cites this paragraph
CITING = Search(All((Cites(tuple(one.key for one in asked_for("§ 34 BauGB"))),)))

OPEN_ROLE = "opened-for-a-test"


@pytest.fixture(scope="module")
def open_role(own_engine: Engine) -> Iterator[None]:
    """A role of the engine that reads every record and release of every tenant; the product has none."""
    actions = ["indices:data/read/search*", "indices:data/read/msearch*"]
    opened = {
        "roles": {
            "cluster_permissions": ["indices:data/read/msearch"],
            "index_permissions": [{"index_patterns": ["records_*", "released_*"], "allowed_actions": actions}],
        },
        "rolesmapping": {"backend_roles": [OPEN_ROLE]},
    }
    for kind, content in opened.items():
        own_engine.admin.put(f"/_plugins/_security/api/{kind}/{OPEN_ROLE}", json=content).raise_for_status()
    yield
    for kind in ("rolesmapping", "roles"):
        own_engine.admin.delete(f"/_plugins/_security/api/{kind}/{OPEN_ROLE}").raise_for_status()


@pytest.fixture
def without_the_engines_lock(open_role: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def for_everything(mint: TokenMint, _: Principal) -> str:
        now = int(time.time())
        who = {"iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "roles": [OPEN_ROLE], "iat": now, "exp": now + 25}
        return jwt.encode({"alg": "ES256"}, who, mint._key)

    monkeypatch.setattr(TokenMint, "mint", for_everything)


def counted(town: Town, ids: Iterable[str]) -> dict[FilterField, Counter[str]]:
    open_records = [town.records[i] for i in ids]
    return {
        FilterField.TENANT: Counter(one.access.tenant for one in open_records),
        FilterField.CONFIDENTIALITY: Counter(one.access.confidentiality.value for one in open_records),
        FilterField.DEPARTMENT: Counter(str(one.metadata.department) for one in open_records),
    }


def told(facets: Any) -> dict[FilterField, Counter[str]]:
    return {field: Counter({value.value: value.count for value in values}) for field, values in facets.items()}


def exactly(found: Iterable[str], allowed: set[str], what: str) -> None:
    """Hold what was found against the rule: everything, nothing foreign, nothing twice."""
    assert sorted(found) == sorted(allowed), what


def nothing_foreign(found: Iterable[str], allowed: set[str], what: str) -> None:
    assert set(found) <= allowed, what


def walk_through(
    town: Town, who: Principal, by_meaning: Callable[[Iterable[str], set[str], str], None] = exactly
) -> None:
    """Go through every door that answers with several records."""
    index, search, everything = town.index, town.search, sorted(town.records)
    mine = town.open_to(who)
    result = index.search_words(who, search, sort=Sort.RELEVANCE, size=200, after=None)
    exactly((hit.found.record_id for hit in result.hits), mine, "search by words")
    assert result.total == len(mine)
    assert told(result.facets) == counted(town, mine)
    for mode in Mode:
        ranked = index.rank(who, search, mode=mode, depth=200)
        exactly(ranked.by_words, mine if mode is not Mode.SEMANTIC else set(), f"words in {mode}")
        by_meaning(ranked.by_meaning, mine if mode is not Mode.KEYWORD else set(), f"meaning in {mode}")
        assert (ranked.coverage.with_text, ranked.coverage.with_vectors) == (len(mine), len(mine))
    hits, facets = index.fetch(who, search, everything, facets_over=everything)
    exactly((hit.found.record_id for hit in hits), mine, "fetch")
    assert told(facets) == counted(town, mine)
    exactly(index.order(who, everything, sort=Sort.TITLE), mine, "order")
    cited = index.search_words(who, CITING, sort=Sort.DATE, size=200, after=None)
    exactly((hit.found.record_id for hit in cited.hits), mine, "citations")
    assert cited.total == len(mine)
    exactly(index.beginnings(who, everything), mine, "beginnings")
    exactly((hit.found.record_id for hit in index.scan(who, search, sort=Sort.DATE)), mine, "scan")
    completed = {word.removeprefix("kenn") for word in index.complete(who, "kenn", size=200)}
    assert completed == {town.secret(i).removeprefix("kenn") for i in mine}


def knock(town: Town, who: Principal) -> None:
    """Ask for single records, for those of others and for some of one's own."""
    mine = town.open_to(who)
    dice = random.Random(named(who))
    for number, record_id in enumerate(dice.sample(sorted(town.records.keys() - mine), 8)):
        for door in (town.index.record, town.index.pages, town.index.cites, lambda p, i: town.index.page(p, i, 2)):
            with pytest.raises(NotVisibleError):
                door(who, record_id)
        assert town.index.holds(who, record_id, [Words(town.secret(record_id))]) == {}
        if number < 2:
            assert town.index.correct(who, f"{town.secret(record_id)[:-1]}a", size=20) == ()
    for record_id in dice.sample(sorted(mine), min(len(mine), 2)):
        assert town.index.record(who, record_id).record_id == record_id
        assert town.index.pages(who, record_id) == town.records[record_id].pages
        assert [one.text for one in town.index.cites(who, record_id)] == ["§ 34 BauGB"]
        assert town.index.page(who, record_id, 2) == (town.records[record_id].pages[1], 2)
        secret = town.secret(record_id)
        assert town.index.holds(who, record_id, [Words(secret)]) == {secret: True}
        assert town.index.correct(who, f"{secret[:-1]}a", size=20) == (secret,)


def test_the_records_are_worth_asking_for(town: Town) -> None:
    """Without this the tests below could pass on records that nobody may read, or everybody."""
    sizes = [len(town.open_to(who)) for who in PRINCIPALS]
    assert min(sizes) < 5
    assert len(set(sizes)) >= 8
    assert any(not one.access.readers for one in town.records.values())
    assert any(one.access.deny for one in town.records.values())


@pytest.mark.parametrize("who", PRINCIPALS, ids=named)
def test_every_door_shows_exactly_what_the_rule_admits(town: Town, who: Principal) -> None:
    walk_through(town, who)
    knock(town, who)


@pytest.mark.usefixtures("without_our_lock")
@pytest.mark.parametrize("who", PRINCIPALS, ids=named)
def test_the_engines_lock_alone_lets_nothing_foreign_through(town: Town, who: Principal) -> None:
    # Without our filter inside the knn clause permitted neighbours are lost; foreign ones must not come instead.
    walk_through(town, who, by_meaning=nothing_foreign)
    knock(town, who)


@pytest.mark.usefixtures("without_the_engines_lock")
@pytest.mark.parametrize("who", PRINCIPALS, ids=named)
def test_our_lock_alone_shows_exactly_what_the_rule_admits(town: Town, who: Principal) -> None:
    walk_through(town, who)
    knock(town, who)


def shown_at(town: Town, who: Principal, door: str) -> int:
    """Return how many records a door shows, or counts."""
    index, search, every = town.index, town.search, sorted(town.records)
    named = tuple(i for i, one in town.records.items() if one.access.tenant == who.tenant)

    def opens(ask: Callable[[Principal, str], object]) -> int:
        found = 0
        for record_id in named:
            try:
                found += bool(ask(who, record_id))
            except NotVisibleError:
                continue
        return found

    def told_in_all(facets: Any) -> int:
        return sum(value.count for value in facets[FilterField.TENANT])

    def words() -> Any:
        return index.search_words(who, search, sort=Sort.RELEVANCE, size=200, after=None)

    def ranked(mode: Mode) -> Any:
        return index.rank(who, search, mode=mode, depth=200)

    doors: dict[str, Callable[[], int]] = {
        "search by words": lambda: len(words().hits),
        "total": lambda: words().total,
        "facets": lambda: told_in_all(words().facets),
        "ranked by words": lambda: len(ranked(Mode.HYBRID).by_words),
        "ranked by meaning": lambda: len(ranked(Mode.SEMANTIC).by_meaning),
        "coverage": lambda: ranked(Mode.HYBRID).coverage.with_text,
        "fetch": lambda: len(index.fetch(who, search, every, facets_over=())[0]),
        "facets of what was ranked": lambda: told_in_all(index.fetch(who, search, every, facets_over=every)[1]),
        "order": lambda: len(index.order(who, every, sort=Sort.TITLE)),
        "export": lambda: len(list(index.scan(who, search, sort=Sort.DATE))),
        "completions": lambda: len(index.complete(who, "kenn", size=200)),
        "corrections": lambda: opens(lambda w, i: index.correct(w, f"{town.secret(i)[:-1]}a", size=20)),
        "words held": lambda: opens(lambda w, i: index.holds(w, i, [Words(town.secret(i))])),
        "record": lambda: opens(index.record),
        "text": lambda: opens(index.pages),
        "page": lambda: opens(lambda w, i: index.page(w, i, 2)),
        "what cites": lambda: index.search_words(who, CITING, sort=Sort.DATE, size=200, after=None).total,
        "what is cited": lambda: opens(index.cites),
    }
    return doors[door]()


DOORS = (
    "search by words", "total", "facets", "ranked by words", "ranked by meaning", "coverage", "fetch",
    "facets of what was ranked", "order", "export", "completions", "corrections", "words held", "record",
    "text", "page",
    "what cites", "what is cited",
)  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_no_door_is_held_by_anything_but_the_two_locks(
    town: Town, door: str, request: pytest.FixtureRequest, row: Row
) -> None:
    """Without this the tests above could pass because taking out a lock took out nothing, or a third thing held."""
    who = principal("erbach", "bauamt")
    mine = len(town.open_to(who))
    everything = sum(one.access.tenant == "erbach" for one in town.records.values())
    assert shown_at(town, who, door) == mine < everything
    request.getfixturevalue("without_our_lock")
    request.getfixturevalue("without_the_engines_lock")
    assert shown_at(town, who, door) == everything
    row.add(doors_open_without_both=1)


@pytest.mark.usefixtures("without_the_engines_lock")
def test_our_lock_alone_keeps_towns_apart_even_in_all_indexes(town: Town, monkeypatch: Any) -> None:
    monkeypatch.setattr(reader, "index_name", lambda *_: "records_*")
    for who in PRINCIPALS[:6]:
        walk_through(town, who)
    # and nothing else does
    monkeypatch.setattr(clauses, "rights", lambda _: {"match_all": {}})
    hits = town.index.scan(principal("erbach"), town.search, sort=Sort.DATE)
    assert {hit.found.record_id for hit in hits} == set(town.records)


@pytest.mark.usefixtures("without_our_lock")
@pytest.mark.parametrize("index", ["records_michelstadt_v*", "records_*", "_all", "*"])
def test_no_other_index_opens_even_if_ours_is_mistaken(town: Town, monkeypatch: Any, index: str) -> None:
    monkeypatch.setattr(reader, "index_name", lambda *_: index)
    who = principal("erbach", *GROUPS, roles=tuple(Role))
    try:
        found = {hit.found.record_id for hit in town.index.scan(who, town.search, sort=Sort.DATE)}
    except EngineRefusedError:
        return
    assert found <= town.open_to(who)


def test_a_tenant_that_is_not_on_the_list_is_not_there(own_engine: Engine, town: Town) -> None:
    index = OpenSearchIndex(own_engine.settings, ("michelstadt",), HiddenRecords(), FirstIndexes())
    with pytest.raises(NotVisibleError):
        index.search_words(principal("erbach"), town.search, sort=Sort.DATE, size=1, after=None)
