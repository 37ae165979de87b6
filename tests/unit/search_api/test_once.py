"""`Idempotency-Key` over HTTP: a write whose answer was lost is sent again, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from records.access import Principal, Role, groups_of
from records.ledger_repeats import LedgerRepeats
from tests.unit.search_api.example_town import ROLES, ExampleTown
from tests.unit.search_api.test_contract import operations

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
PARTNERS = {"partners": ["michelstadt"], "purpose": "Vergleich", "legal_basis": "§ 22 HDSIG"}


@pytest.fixture
def town(world: Any) -> Iterator[ExampleTown]:
    made = ExampleTown(world)
    yield made
    made.close()


def release(town: ExampleTown, **changes: Any) -> dict[str, Any]:
    return PARTNERS | {"record_id": town.names["beispiel-0001"], "form": "whole", "partners": ["*"]} | changes


def test_every_write_takes_a_key() -> None:
    writes = {one.name for one in operations() if one.method == "POST" and "409" in one.said["responses"]}
    assert writes == {"give_release", "give_rule", "place_hold", "retry", "agree"}
    for one in operations():
        takes = any(p["name"] == "Idempotency-Key" for p in one.said.get("parameters", []))
        assert takes == (one.name in writes), one.name


def test_a_release_is_given_once_and_stays_recalled(town: ExampleTown) -> None:
    first = town.ask("POST", "/v1/releases", json=release(town), headers=KEY).json()
    town.ask("DELETE", f"/v1/releases/{first['release_id']}")
    again = town.ask("POST", "/v1/releases", json=release(town), headers=KEY)
    assert (again.status_code, again.json()["release_id"]) == (200, first["release_id"])
    # it tells what became of it, not what was
    assert again.json()["state"] == "recalling"
    # quoted or not it is the same key
    bare = {"Idempotency-Key": KEY["Idempotency-Key"].strip('"')}
    assert town.ask("POST", "/v1/releases", json=release(town), headers=bare).json() == again.json()
    # without a key it would have been given anew
    assert town.ask("POST", "/v1/releases", json=release(town)).json()["release_id"] != first["release_id"]


def test_rules_holds_retries_and_agreements_too(town: ExampleTown) -> None:
    rule = PARTNERS | {"document_type": "Gebührenordnung"}
    made = town.ask("POST", "/v1/release-rules", json=rule, headers=KEY).json()
    town.ask("DELETE", f"/v1/release-rules/{made['rule_id']}")
    assert town.ask("POST", "/v1/release-rules", json=rule, headers=KEY).json()["rule_id"] == made["rule_id"]
    hold = {"record_id": town.names["beispiel-0001"], "reason": "Klage"}
    town.ask("DELETE", f"/v1/holds/{town.names['17']}")
    placed = town.ask("POST", "/v1/holds", json=hold, headers={"Idempotency-Key": "b"}).json()
    town.ask("DELETE", f"/v1/holds/{placed['hold_id']}")
    again = town.ask("POST", "/v1/holds", json=hold, headers={"Idempotency-Key": "b"}).json()
    assert (again["hold_id"], again["lifted_by"]) == (placed["hold_id"], "bea")
    for path, body in (
        ("/v1/quarantine/retry", {"reason": "damaged"}),
        (f"/v1/sources/{town.names['folder-3']}/agree", {"held": 1}),
    ):
        key = {"Idempotency-Key": path}
        first = town.ask("POST", path, json=body, headers=key)
        assert first.status_code == 200, first.text
        assert town.ask("POST", path, json=body, headers=key).json() == first.json()
    # nothing is left to read again, and a second answer with the key did not say so
    assert town.ask("POST", "/v1/quarantine/retry", json={"reason": "damaged"}).json()["retried"] == 0


def test_the_same_key_with_something_else_is_refused(town: ExampleTown) -> None:
    town.ask("POST", "/v1/releases", json=release(town), headers=KEY)
    for path, body in (("/v1/releases", release(town, purpose="Anderes")), ("/v1/release-rules", PARTNERS)):
        answer = town.ask("POST", path, json=body | ({"document_type": "x"} if "rules" in path else {}), headers=KEY)
        assert answer.status_code == 422, answer.text
        assert [fault["field"] for fault in answer.json()["errors"]] == ["Idempotency-Key"]


def test_two_at_once_are_a_conflict(town: ExampleTown) -> None:
    from search_api.once import Sent  # noqa: PLC0415
    from search_api.release_schemas import ReleaseBody  # noqa: PLC0415

    asking = Principal("bea", "erbach", groups_of("erbach", ["bauamt", "umwelt"]), frozenset(map(Role, ROLES)))
    kept = LedgerRepeats(town.world.ledger_settings)
    kept.begin(asking, "8e03978e-40d5-43dd-bc93-6894a57f9324", Sent("release", None, ReleaseBody(**release(town))).said)
    answer = town.ask("POST", "/v1/releases", json=release(town), headers=KEY)
    kept.close()
    assert answer.status_code == 409
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_failed_can_be_sent_again(town: ExampleTown) -> None:
    unknown = release(town, record_id="a" * 26)
    for _ in range(2):
        assert town.ask("POST", "/v1/releases", json=unknown, headers=KEY).status_code == 404


def test_what_is_answered_again_is_read_under_the_rights_of_that_moment(town: ExampleTown) -> None:
    first = town.ask("POST", "/v1/releases", json=release(town), headers=KEY).json()
    assert first["title"] == "Fällung einer Kastanie"
    town.token = town.world.issuer.token("umwelt", roles=ROLES)
    again = town.ask("POST", "/v1/releases", json=release(town), headers=KEY).json()
    assert (again["release_id"], again["record_id"], again["title"]) == (first["release_id"], None, None)


@pytest.mark.parametrize("key", ["x" * 201, "ä"])
def test_a_key_that_cannot_be_used_is_named(town: ExampleTown, key: str) -> None:
    answer = town.ask("POST", "/v1/releases", json=release(town), headers={"Idempotency-Key": key.encode()})
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["Idempotency-Key"]
