"""The engine's own lock on releases, tried alone on the real engine, against the rule in plain Python, both ways."""

from __future__ import annotations

import random
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from records.access import Principal, Role
from records.index import Outcome, Removal
from records.index_versions import FirstIndexes
from records.opensearch import OpenSearchWriter
from records.opensearch.token import TokenMint
from records.record import Metadata, Page, Passage, TextState
from records.release import NO_END, ReleaseAccess, ReleasedRecord, ReleaseForm, parse_access, shows
from records.testing import FakeEmbedder
from tests.engine import Engine
from tests.factories import principal, record

pytestmark = pytest.mark.stack

TENANTS = ("erbach", "michelstadt", "oberzent", "brombachtal")
GROUPS = ("bauamt", "ordnungsamt", "kaemmerei")
RELEASES = 150


def random_access(dice: random.Random, now: int) -> ReleaseAccess:
    owner = dice.choice(TENANTS)
    others = [t for t in TENANTS if t != owner]
    names = [f"{t}/{g}" for t in others for g in (*GROUPS, "alle")]
    partners = ["*"] if dice.random() < 0.15 else dice.sample(names, dice.choice((1, 1, 2, 3)))
    made = parse_access(owner, partners, None, TENANTS)
    # far enough from now that the test's own seconds decide nothing
    until = dice.choice((NO_END, NO_END, now + 3600, now - 3600))
    return ReleaseAccess(made.owner, made.partners, to_all=made.to_all, until=until)


def release(release_id: str, access: ReleaseAccess, form: ReleaseForm = ReleaseForm.WHOLE) -> ReleasedRecord:
    if form is ReleaseForm.EXISTENCE:
        return ReleasedRecord(
            release_id, form, access, Metadata("", document_type="Bescheid"), "2024", TextState.NONE, 2
        )
    text = "Die Kastanie am Marktplatz"
    passages = (Passage(1, 0, len(text), text),)
    vectors = FakeEmbedder().embed_passages([text])
    metadata = Metadata("Beispiel", document_type="Bescheid")
    return ReleasedRecord(
        release_id, form, access, metadata, "2024", TextState.FULL, 2, None, (Page(1, text),), passages, vectors
    )


def random_principal(dice: random.Random) -> Principal:
    groups = dice.sample(GROUPS, dice.choice((0, 1, 1, 2)))
    roles = (Role.RECORDS_MANAGER,) if dice.random() < 0.3 else ()
    software = tuple(dice.sample(GROUPS, dice.choice((0, 1, 2)))) if dice.random() < 0.5 else None
    return principal(dice.choice(TENANTS), *groups, roles=roles, software=software)


PRINCIPALS = [*(principal(tenant) for tenant in TENANTS), *(random_principal(random.Random(n)) for n in range(60))]


@pytest.fixture(scope="module")
def town(own_engine: Engine) -> dict[str, ReleaseAccess]:
    own_engine.empty()
    dice = random.Random("Freigabe")
    now = int(time.time())
    made = {f"r{n:03}": random_access(dice, now) for n in range(RELEASES)}
    writer = OpenSearchWriter(own_engine.settings, TENANTS, FirstIndexes(), dimension=FakeEmbedder().dimension)
    for tenant in TENANTS:
        writer.ensure_index(tenant)
    forms = list(ReleaseForm)
    written = writer.put_releases([release(i, a, dice.choice(forms)) for i, a in made.items()])
    assert {result.outcome for result in written} == {Outcome.WRITTEN}, written
    # beside them the towns' own records, which no token of another town may open
    writer.put([record("eigene-unterlage", version=2)])
    for tenant in TENANTS:
        writer.refresh(tenant)
    return made


def search(
    engine: Engine, minted: str, index: str = "released_*", body: dict[str, Any] | None = None
) -> httpx.Response:
    return engine.http.post(
        f"/{index}/_search", headers={"Authorization": f"Bearer {minted}"}, json=body or {"size": 500}
    )


def opened(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {hit["_id"] for hit in answer.json()["hits"]["hits"]}


def changed(engine: Engine, who: Principal, **changes: Any) -> str:
    """Return a token of this principal with other claims."""
    key = ECKey.import_key((engine.folder / "engine-token.key").read_text(encoding="ascii"))
    claims = jwt.decode(TokenMint(engine.folder / "engine-token.key").mint(who), key, algorithms=["ES256"]).claims
    said = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode({"alg": "ES256"}, said, key)


def test_a_token_opens_exactly_what_the_rule_shows(own_engine: Engine, town: dict[str, ReleaseAccess]) -> None:
    mint = TokenMint(own_engine.folder / "engine-token.key")
    seen = 0
    for who in PRINCIPALS:
        expected = {i for i, access in town.items() if shows(who, access, int(time.time()))}
        assert opened(search(own_engine, mint.mint(who))) == expected, who
        seen += len(expected)
    print(f"{len(PRINCIPALS)} principals x {len(town)} releases: {seen} shown, 0 too many, 0 too few")
    assert seen > len(PRINCIPALS)


def test_counts_and_values_tell_no_more(own_engine: Engine, town: dict[str, ReleaseAccess]) -> None:
    mint = TokenMint(own_engine.folder / "engine-token.key")
    body = {"size": 0, "track_total_hits": True, "aggs": {"t": {"terms": {"field": "tenant", "size": 10}}}}
    for who in PRINCIPALS[:20]:
        expected = [access.owner for access in town.values() if shows(who, access, int(time.time()))]
        answer = search(own_engine, mint.mint(who), body=body).json()
        assert answer["hits"]["total"]["value"] == len(expected)
        counted = {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["t"]["buckets"]}
        assert counted == {owner: expected.count(owner) for owner in set(expected)}


def test_one_request_reads_the_own_records_and_the_releases_of_others(
    own_engine: Engine, town: dict[str, ReleaseAccess]
) -> None:
    mint = TokenMint(own_engine.folder / "engine-token.key")
    who = principal("erbach", "bauamt")
    both = opened(search(own_engine, mint.mint(who), "records_erbach_v*,released_*"))
    assert both == {i for i, a in town.items() if shows(who, a, int(time.time()))} | {"eigene-unterlage"}
    elsewhere = principal("michelstadt", "bauamt")
    assert search(own_engine, mint.mint(elsewhere), "records_erbach_v*,released_*").status_code == 403


ERBACH = principal("erbach", "bauamt")


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": ["tenant_erbach"]},
        {"roles": []},
        {"roles": ["read_released"]},
        # without one of its claims a token opens nothing
        *({name: None} for name in ("r", "a", "s", "t", "n", "o")),
        {"exp": 1},
        {"n": "x"},
        # what stands in a claim is looked through once more by the engine
        {"a": ["${attr.jwt.o}"]},
        {"n": '0}},{"match_all":{'},
    ],
)
def test_a_token_that_says_less_opens_nothing(
    own_engine: Engine, town: dict[str, ReleaseAccess], changes: dict[str, Any]
) -> None:
    answer = search(own_engine, changed(own_engine, ERBACH, **changes))
    assert answer.status_code >= 400, answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"r": [], "a": [], "s": [], "t": []},
        {"r": ["0"], "a": ["0"], "s": ["0"], "t": ["0"]},
        {"r": ['x","every'], "s": ["*"], "a": ["released_*"], "t": ["michelstadt/alle"]},
    ],
)
def test_readers_that_nobody_named_open_only_what_is_for_all(
    own_engine: Engine, town: dict[str, ReleaseAccess], changes: dict[str, Any]
) -> None:
    now = int(time.time())
    for_all = {i for i, a in town.items() if a.to_all and a.owner != "erbach" and a.until > now}
    assert opened(search(own_engine, changed(own_engine, ERBACH, **changes))) == for_all


def test_what_the_engine_is_told_as_now_ends_a_release(own_engine: Engine, town: dict[str, ReleaseAccess]) -> None:
    later = changed(own_engine, ERBACH, n=NO_END - 1)
    endless = {i for i, a in town.items() if a.until == NO_END and shows(ERBACH, a, NO_END - 1)}
    assert opened(search(own_engine, later)) == endless
    assert endless


def test_the_writer_writes_releases_and_reads_none(own_engine: Engine, town: dict[str, ReleaseAccess]) -> None:
    for method, path in (("GET", "_search"), ("GET", "_doc/r000"), ("GET", "_count")):
        answer = own_engine.http.request(method, f"/released_erbach_v1/{path}", auth=own_engine.writer)
        assert answer.status_code == 403, answer.text


def test_a_removed_release_does_not_come_back_through_an_older_write(
    own_engine: Engine, town: dict[str, ReleaseAccess]
) -> None:
    writer = OpenSearchWriter(own_engine.settings, TENANTS, FirstIndexes(), dimension=FakeEmbedder().dimension)
    given = parse_access("oberzent", ["*"], None, TENANTS)
    mint = TokenMint(own_engine.folder / "engine-token.key")

    def shown() -> bool:
        writer.refresh("oberzent")
        return "kurz" in opened(search(own_engine, mint.mint(ERBACH)))

    assert writer.put_releases([release("kurz", given)])[0].outcome is Outcome.WRITTEN
    assert shown()
    assert writer.remove_releases([Removal("oberzent", "kurz", 4)])[0].outcome is Outcome.WRITTEN
    assert not shown()
    assert writer.put_releases([release("kurz", given)])[0].outcome is Outcome.SUPERSEDED
    assert not shown()
