"""Releases on the real engine: each town finds what others released to it and nothing else, with either lock alone.

Random partners, ends and forms; the oracle is the rule of records.release, in both directions.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from records.access import Principal, ReadFilter
from records.citations import asked_for
from records.errors import NotVisibleError
from records.index import Outcome
from records.index_versions import FirstIndexes
from records.opensearch import OpenSearchIndex, OpenSearchWriter, clauses
from records.query import All, Cites, FilterField, Mode, Search, Sort, Words
from records.release import ReleasedRecord, ReleaseForm, shows
from records.testing import FakeEmbedder, HiddenRecords
from tests.engine import Engine
from tests.factories import access, principal, record, release
from tests.leaks.test_releases_second_lock import TENANTS, random_access, random_principal
from tests.leaks.test_two_locks import exactly, named, nothing_foreign, open_role, without_the_engines_lock

__all__ = ["open_role", "without_the_engines_lock"]

pytestmark = pytest.mark.stack

RELEASES = 120
PRINCIPALS = [*(principal(tenant) for tenant in TENANTS), *(random_principal(random.Random(n)) for n in range(12))]
LETTERS = "bcdfghjklmnpqrstvwxz"
EVERYTHING = Search(facets=(FilterField.TENANT, FilterField.DOCUMENT_TYPE))
#: every text cites this paragraph
CITING = Search(All((Cites(tuple(one.key for one in asked_for("§ 34 BauGB"))),)), facets=EVERYTHING.facets)


@dataclass(frozen=True)
class Towns:
    """What was released, and the reading side under test."""

    index: OpenSearchIndex
    releases: dict[str, ReleasedRecord]
    #: one record of each town that everybody of it reads
    own: dict[str, str]
    search: Search

    def open_to(self, who: Principal) -> set[str]:
        now = int(time.time())
        return {self.own[who.tenant]} | {i for i, one in self.releases.items() if shows(who, one.access, now)}

    def with_words(self, ids: Iterable[str]) -> set[str]:
        forms = {i: self.releases[i].form for i in self.releases}
        return {i for i in ids if forms.get(i) is not ReleaseForm.EXISTENCE}


@pytest.fixture(scope="module")
def towns(own_engine: Engine) -> Towns:
    own_engine.empty()
    dice, embedder, now = random.Random("Linde"), FakeEmbedder(), int(time.time())
    made = {}
    for n in range(RELEASES):
        form, shown = dice.choice(list(ReleaseForm)), random_access(dice, now)
        one = release(
            f"freigabe-{n:03}",
            f"Kastanie und {''.join(dice.choices(LETTERS, k=10))} nach § 34 BauGB",
            form=form,
            title=f"Beispiel kenn{''.join(dice.choices(LETTERS, k=10))}",
            document_type=dice.choice(("Bescheid", "Gutachten")),
            embedder=embedder,
        )
        made[one.release_id] = replace(one, access=shown)
    own = {tenant: f"eigene-{tenant}" for tenant in TENANTS}
    records = [record(name, "Kastanie nach § 34 BauGB", read=access(tenant, "alle")) for tenant, name in own.items()]
    records = [replace(one, vectors=embedder.embed_passages([p.text for p in one.passages])) for one in records]
    writer = OpenSearchWriter(own_engine.settings, TENANTS, FirstIndexes(), dimension=embedder.dimension)
    for tenant in TENANTS:
        writer.ensure_index(tenant)
    written = [*writer.put(records), *writer.put_releases(list(made.values()))]
    assert {result.outcome for result in written} == {Outcome.WRITTEN}
    for tenant in TENANTS:
        writer.refresh(tenant)
    search = Search(All((Words("Kastanie"),)), embedder.embed_query("Kastanie"), facets=EVERYTHING.facets)
    return Towns(OpenSearchIndex(own_engine.settings, TENANTS, HiddenRecords(), FirstIndexes()), made, own, search)


@pytest.fixture
def without_our_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_rule: ReadFilter, _now: int) -> clauses.Clause:
        return {"match_all": {}}

    monkeypatch.setattr(clauses, "readable", nothing)


def counts(towns: Towns, ids: Iterable[str]) -> Counter[str]:
    owners = {i: one.access.owner for i, one in towns.releases.items()}
    owners |= {name: tenant for tenant, name in towns.own.items()}
    return Counter(owners[i] for i in ids)


def walk_through(towns: Towns, who: Principal, *, by_meaning: object = exactly) -> None:
    index, mine = towns.index, towns.open_to(who)
    worded = towns.with_words(mine)
    for search, expected in ((towns.search, worded), (CITING, worded), (EVERYTHING, mine)):
        result = index.search_words(who, search, sort=Sort.DATE, size=200, after=None)
        exactly((hit.found.record_id for hit in result.hits), expected, "search by words")
        assert result.total == len(expected)
        assert Counter({v.value: v.count for v in result.facets[FilterField.TENANT]}) == counts(towns, expected)
        exactly((hit.found.record_id for hit in index.scan(who, search, sort=Sort.TITLE)), expected, "scan")
    ranked = index.rank(who, towns.search, mode=Mode.HYBRID, depth=200)
    exactly(ranked.by_words, worded, "words")
    by_meaning(ranked.by_meaning, worded, "meaning")  # type: ignore[operator]
    assert ranked.coverage.with_text == len(worded)
    every = sorted({*towns.releases, *towns.own.values()})
    hits, facets = index.fetch(who, towns.search, every, facets_over=every)
    exactly((hit.found.record_id for hit in hits), mine, "fetch")
    assert Counter({v.value: v.count for v in facets[FilterField.TENANT]}) == counts(towns, mine)
    exactly(index.order(who, every, sort=Sort.TITLE), mine, "order")
    titles = {towns.releases[i].metadata.title.split()[-1] for i in worded if i in towns.releases}
    assert set(index.complete(who, "kenn", size=200)) == titles
    for record_id in random.Random(named(who)).sample(every, 12):
        if record_id in mine:
            assert index.record(who, record_id).record_id == record_id
            continue
        for door in (index.record, index.pages, index.cites, lambda p, i: index.page(p, i, 1)):
            with pytest.raises(NotVisibleError):
                door(who, record_id)


def test_the_releases_are_worth_asking_for(towns: Towns) -> None:
    """Without this the tests below could pass on releases that nobody sees, or everybody."""
    sizes = [len(towns.open_to(who)) for who in PRINCIPALS]
    assert min(sizes) > 1
    assert max(sizes) < RELEASES // 2
    assert len(set(sizes)) >= 6
    assert any(one.access.until < time.time() for one in towns.releases.values())


@pytest.mark.parametrize("who", PRINCIPALS, ids=named)
def test_every_door_shows_exactly_what_was_released(towns: Towns, who: Principal) -> None:
    walk_through(towns, who)


@pytest.mark.usefixtures("without_our_lock")
@pytest.mark.parametrize("who", PRINCIPALS, ids=named)
def test_the_engines_lock_alone_shows_no_foreign_release(towns: Towns, who: Principal) -> None:
    walk_through(towns, who, by_meaning=nothing_foreign)


@pytest.mark.usefixtures("without_the_engines_lock")
@pytest.mark.parametrize("who", PRINCIPALS, ids=named)
def test_our_lock_alone_shows_no_foreign_release(towns: Towns, who: Principal) -> None:
    walk_through(towns, who)


@pytest.mark.usefixtures("without_our_lock", "without_the_engines_lock")
def test_without_both_locks_every_release_is_open(towns: Towns) -> None:
    """Without this the tests above could pass because taking out a lock took out nothing."""
    hits = towns.index.scan(principal("erbach"), EVERYTHING, sort=Sort.DATE)
    assert {hit.found.record_id for hit in hits} == {*towns.releases, towns.own["erbach"]}
