"""S7: every documented route with every kind of credential, and names that were made to open doors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from indexer.sidecar import SidecarError, parse
from mappings import index_name
from records.access import Principal, Reader, groups_of
from records.errors import InvalidInputError
from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.routes import ROUTES, Route
from tests.leaks.system import Api, System
from tests.leaks.tally import Row
from tests.leaks.visit import Outcome, Visit
from tests.leaks.world import GROUPS, Asker, Paper, papers

pytestmark = pytest.mark.stack

CLERK = Asker("klara", "erbach", frozenset(GROUPS))
MANAGER = Asker("manfred", "erbach", frozenset(GROUPS), frozenset({"records-manager"}))
ELSEWHERE = Asker("marta", "michelstadt", frozenset(GROUPS), frozenset({"records-manager"}))
OFFICER = Asker("dana", "erbach", frozenset(GROUPS), frozenset({"privacy", "reports"}))
OFFICER_BY_SOFTWARE = Asker("dana", "erbach", frozenset(GROUPS), frozenset({"privacy", "reports"}), frozenset(GROUPS))
BY_SOFTWARE = Asker("manfred", "erbach", frozenset(GROUPS), frozenset({"records-manager"}), frozenset(GROUPS))
BY_WEAK_SOFTWARE = Asker("manfred", "erbach", frozenset(GROUPS), frozenset({"records-manager"}), frozenset())

Forge = Callable[[Issuer], str | None]

#: what is not believed: 401 on every closed route
REFUSED: dict[str, Forge] = {
    "no header": lambda _: None,
    "empty": lambda _: "Bearer",
    "not a token": lambda _: "Bearer x",
    "password": lambda _: "Basic YTpi",
    "another scheme": lambda issuer: f"Token {issuer.token(CLERK)}",
    "signature cut off": lambda issuer: f"Bearer {issuer.token(CLERK).rpartition('.')[0]}.",
    "signature of another token": lambda issuer: (
        f"Bearer {issuer.token(CLERK).rpartition('.')[0]}.{issuer.token(MANAGER).rpartition('.')[2]}"
    ),
    "algorithm none": lambda issuer: f"Bearer {issuer.unsigned(CLERK)}",
    "signed with the public key": lambda issuer: f"Bearer {issuer.by_public_key(CLERK)}",
    "a key of one's own": lambda issuer: f"Bearer {issuer.sign(issuer.claims(CLERK), _stranger('k1'))}",
    "a key id of one's own": lambda issuer: f"Bearer {issuer.sign(issuer.claims(CLERK), _stranger('x'), kid='x')}",
    "a key in the header": lambda issuer: f"Bearer {_with_key_inside(issuer)}",
    "expired": lambda issuer: f"Bearer {issuer.token(CLERK, exp=int(time.time()) - 90)}",
    "no end": lambda issuer: f"Bearer {issuer.token(CLERK, exp=None)}",
    "not yet valid": lambda issuer: f"Bearer {issuer.token(CLERK, nbf=int(time.time()) + 600)}",
    "another issuer": lambda issuer: f"Bearer {issuer.token(CLERK, iss='https://anderswo.example')}",
    "no issuer": lambda issuer: f"Bearer {issuer.token(CLERK, iss=None)}",
    "another audience": lambda issuer: f"Bearer {issuer.token(CLERK, aud='anderes')}",
    "no audience": lambda issuer: f"Bearer {issuer.token(CLERK, aud=None)}",
    "no subject": lambda issuer: f"Bearer {issuer.token(CLERK, sub=None)}",
}

#: what is believed and opens nothing: 403 on every closed route
HOSTILE_GROUPS = (
    'x","erbach/leitung',
    "a,erbach/leitung",
    "erbach/leitung",
    "michelstadt/bauamt",
    "${user.name}",
    "${attr.jwt.r}",
    "*",
    "bau*",
    "Bauamt",
    "bauamt ",
    "bauamt\n",
    "",
    "a" * 65,
    "bauämt",
)
HOSTILE_TENANTS = (
    "*",
    "erbach,michelstadt",
    "erbach*",
    "erbac",
    "erbachodw",
    "Erbach",
    "${user.name}",
    "",
    "darmstadt",
)


def _stranger(key_id: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": key_id, "use": "sig"})


def _with_key_inside(issuer: Issuer) -> str:
    key = _stranger("k1")
    return issuer.sign(issuer.claims(CLERK), key, jwk=key.as_dict(private=False))


@pytest.fixture(scope="module")
def api(own_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    system = System(own_engine, tmp_path_factory.mktemp("s7"))
    system.take_in(papers("Ausweise", 12))
    with Issuer() as issuer, system.api(issuer) as started:
        yield started


def own_id(api: Api) -> str:
    """Return a record that the clerk, and the clerk by strong software, may open."""
    mine = api.system.shelf.open_to(CLERK) & api.system.shelf.open_to(BY_SOFTWARE)
    closed = api.system.shelf.open_to(BY_WEAK_SOFTWARE) | api.system.shelf.open_to(ELSEWHERE)
    return min(mine - closed)


def filled(api: Api, path: str) -> str:
    nothing = {"release_id": "a" * 26, "rule_id": "a" * 26, "name": "folder-0", "hold_id": "0", "report": "holdings"}
    nothing["template"] = "betrieb"
    return path.format(record_id=own_id(api), n=1, **nothing)


def knock(api: Api, operation: tuple[str, str], route: Route, credential: str | None) -> httpx.Response:
    method, path = operation
    headers = {} if credential is None else {"authorization": credential}
    more: dict[str, Any] = {} if route.body is None else {"json": body_of(api, route)}
    return api.client.request(method, filled(api, path), headers=headers, **more)


def body_of(api: Api, route: Route) -> dict[str, Any] | None:
    """Return what is asked of a route, about the record that the clerk may open where it asks for one."""
    if route.body is None or route.body.get("record_id") != "{record_id}":
        return route.body
    return route.body | {"record_id": own_id(api)}


def test_every_documented_route_has_its_row(api: Api) -> None:
    assert api.operations() == set(ROUTES)


@pytest.mark.parametrize("operation", ROUTES, ids=" ".join)
def test_what_is_not_believed_opens_no_route(api: Api, row: Row, operation: tuple[str, str]) -> None:
    route = ROUTES[operation]
    for name, forge in REFUSED.items():
        answer = knock(api, operation, route, forge(api.issuer))
        row.add(checks=1)
        if route.who == "anyone":
            assert answer.status_code in {200, 503}, name
        else:
            assert answer.status_code == 401, f"{name}: {answer.status_code} {answer.text}"
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("operation", ROUTES, ids=" ".join)
def test_hostile_names_open_no_route(api: Api, row: Row, operation: tuple[str, str]) -> None:
    route = ROUTES[operation]
    changes: list[dict[str, Any]] = [{"groups": ["bauamt", name]} for name in HOSTILE_GROUPS]
    changes += [{"tenant": name} for name in HOSTILE_TENANTS]
    changes += [{"tenant": None}, {"tenant": ["erbach"]}, {"groups": "bauamt"}]
    for change in changes:
        answer = knock(api, operation, route, f"Bearer {api.issuer.token(CLERK, **change)}")
        row.add(checks=1)
        assert answer.status_code in ({200, 503} if route.who == "anyone" else {403}), change


#: what each believed kind of asker may do: by who a route is for
EXPECTED: dict[Asker, dict[str, int]] = {
    CLERK: {"clerk": 200, "manager": 403, "manager, unknown id": 403, "officer": 404, "reporter": 404},
    MANAGER: {"clerk": 200, "manager": 200, "manager, unknown id": 404, "officer": 404, "reporter": 404},
    ELSEWHERE: {"clerk": 200, "manager": 200, "manager, unknown id": 404, "officer": 404, "reporter": 404},
    OFFICER: {"clerk": 200, "manager": 403, "manager, unknown id": 403, "officer": 200, "reporter": 200},
    OFFICER_BY_SOFTWARE: {"clerk": 200, "manager": 403, "manager, unknown id": 403, "officer": 404, "reporter": 404},
    BY_SOFTWARE: {"clerk": 200, "manager": 403, "manager, unknown id": 403, "officer": 404, "reporter": 404},
    BY_WEAK_SOFTWARE: {"clerk": 200, "manager": 403, "manager, unknown id": 403, "officer": 404, "reporter": 404},
}


def test_sums_over_towns_are_for_those_who_are_entitled_and_for_no_software(api: Api, row: Row) -> None:
    entitled = Asker("kim", "erbach", frozenset(), frozenset({"cooperation"}))
    by_software = Asker("kim", "erbach", frozenset(), frozenset({"cooperation"}), frozenset(GROUPS))
    for asker in (*EXPECTED, by_software, entitled):
        for path in ("", "?format=csv", "?format=pdf", "?by=stock&format=svg"):
            wanted = {200} if asker is entitled else {404}
            # nothing is drawn where all is covered
            wanted |= {404} if path.endswith("svg") else set()
            answer = api.ask(asker, "GET", f"/v1/reports/cooperation{path}")
            row.add(checks=1, leaks=int(answer.status_code not in wanted))
            assert answer.status_code in wanted, (asker, path)
    answer = api.ask(entitled, "GET", "/v1/reports/holdings")
    row.add(checks=1, leaks=int(answer.status_code != 404))
    assert answer.status_code == 404


@pytest.mark.parametrize("operation", ROUTES, ids=" ".join)
@pytest.mark.parametrize("asker", EXPECTED, ids=str)
def test_each_kind_of_asker_gets_what_is_theirs(api: Api, row: Row, operation: tuple[str, str], asker: Asker) -> None:
    route = ROUTES[operation]
    if route.who == "anyone":
        return
    wanted = EXPECTED[asker][route.who]
    about_a_record = "{record_id}" in operation[1] or "record_id" in (route.body or {})
    # who may not use a route at all is told so before anything is looked up
    if about_a_record and wanted != 403 and own_id(api) not in api.system.shelf.open_to(asker):
        wanted = 404
    if operation[1].endswith("/image"):
        wanted = 404  # a text file has no picture
    visit = Visit(api, asker, Outcome())
    visit.ask(operation[0], filled(api, operation[1]), body_of(api, route), expect=wanted)
    row.add(checks=1, leaks=len(visit.outcome.leaks))
    assert visit.outcome.leaks == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_undocumented_methods_open_nothing(api: Api, row: Row, method: str) -> None:
    for operation, route in ROUTES.items():
        if (method, operation[1]) in ROUTES:
            continue
        for credential, wanted in ((None, 401), (f"Bearer {api.issuer.token(MANAGER)}", 405)):
            answer = knock(api, (method, operation[1]), route, credential)
            row.add(checks=1)
            assert answer.status_code == (405 if route.who == "anyone" else wanted), operation


def test_readers_of_hostile_names_never_get_into_a_record(row: Row) -> None:
    for name in (*HOSTILE_GROUPS, "erbach/leitung/x", "michelstadt/alle", "*/alle", "/bauamt"):
        if name == "erbach/leitung":
            continue  # the full name of a reader of the own town
        with pytest.raises((SidecarError, InvalidInputError)):
            parse(json.dumps({"readers": [name]}).encode(), tenant="erbach")
        row.add(checks=1)


@pytest.mark.parametrize("name", HOSTILE_GROUPS)
def test_no_principal_has_a_hostile_group(row: Row, name: str) -> None:
    with pytest.raises(InvalidInputError):
        Reader("erbach", name)
    with pytest.raises(InvalidInputError):
        Principal("x", "erbach", groups_of("michelstadt", ["bauamt"]))
    row.add(checks=1)


@pytest.fixture
def strange_alias(own_engine: Engine) -> Iterator[None]:
    """An alias that looks like an index of Erbach and leads to Michelstadt's."""
    action = {"index": index_name("michelstadt"), "alias": "records_erbach_v0"}
    own_engine.admin.post("/_aliases", json={"actions": [{"add": action}]}).raise_for_status()
    yield
    own_engine.admin.post("/_aliases", json={"actions": [{"remove": action}]}).raise_for_status()


@pytest.mark.usefixtures("strange_alias")
def test_an_alias_on_a_foreign_index_opens_nothing(api: Api, row: Row) -> None:
    visit = Visit(api, MANAGER, Outcome())
    for mode in ("keyword", "hybrid"):
        answer = visit.ask("POST", "/v1/search", {"query": "Beispiel", "mode": mode, "size": 200}).json()
        found = {hit["record_id"] for hit in answer["hits"]}
        visit.hold(found, visit.mine, mode)
        assert answer["total"] == len(visit.mine)
    row.add(checks=2, leaks=len(visit.outcome.leaks))
    assert (visit.outcome.leaks, visit.outcome.missing) == ([], [])


def test_a_town_whose_name_begins_another_opens_nothing(own_engine: Engine, row: Row, api: Api) -> None:
    """`erbach` is the beginning of `erbachodw`; the index of the longer name is out of reach."""
    body = {"mappings": {"properties": {"tenant": {"type": "keyword"}}}}
    own_engine.admin.put("/records_erbachodw_v1", json=body).raise_for_status()
    try:
        paper = {"record_id": "fremd", "tenant": "erbach", "title": "Beispiel", "reader_ids": ["x"]}
        own_engine.admin.put("/records_erbachodw_v1/_doc/fremd?refresh=true", json=paper).raise_for_status()
        answer = api.ask(MANAGER, "POST", "/v1/search", {"query": "", "mode": "keyword", "size": 200}).json()
        assert "fremd" not in {hit["record_id"] for hit in answer["hits"]}
        row.add(checks=1)
    finally:
        own_engine.admin.delete("/records_erbachodw_v1").raise_for_status()


def test_the_world_is_worth_knocking_at(api: Api) -> None:
    shelf: dict[str, Paper] = api.system.shelf.by_id
    assert shelf[own_id(api)].tenant == CLERK.tenant
