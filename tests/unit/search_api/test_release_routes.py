"""Releases over HTTP: who may, what comes back, what is named as wrong, and that unknown and foreign look the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from records.access import PrivacyClass, ReadAccess
from records.audit_chain import Kind
from records.ledger import Ledger
from records.ledger_releases import LedgerReleases
from records.ledger_tables import migrate
from records.ledger_values import Done, Seen
from records.record import Metadata, TextState
from records.refusals import Refusals
from records.settings import LedgerSettings
from tests.factories import access

GIVEN = {"partners": ["michelstadt"], "purpose": "Vergleich", "legal_basis": "§ 22 HDSIG"}
REDACTED = {"form": "redacted", "redacted": {"title": "Ein Bescheid", "pages": ["Text"]}, "shown_fields": ["year"]}
EXISTENCE = {"form": "existence", "shown_fields": ["document_type", "year"]}


class Town:
    """The API around a real ledger with a few records."""

    def __init__(self, world: Any, folder: Path) -> None:
        settings = LedgerSettings(url=f"sqlite:///{folder}/ledger.sqlite")
        migrate(settings)
        self.world, self.ledger = world, Ledger(settings)
        self.releases = LedgerReleases(settings, Refusals(departments=("standesamt",), file_plans=("11",)))
        self.client: TestClient = world.with_parts(releases=self.releases)
        self.log = world.log

    def record(self, name: str, read: ReadAccess | None = None, **metadata: Any) -> str:
        tenant = read.tenant if read else "erbach"
        source = self.ledger.source(tenant, "folder", "/srv")
        meta = Metadata(f"Beispiel {name}", **metadata)
        seen = Seen(name, name, "1", "0" * 64, 1, 1.0, meta, read or access("erbach", "bauamt"))
        (entry,) = self.ledger.claim(self.ledger.note(source, [seen]), "w", 30)
        self.ledger.finish([Done(entry, text_state=TextState.FULL)], "w")
        return entry.record_id

    def ask(self, method: str, path: str, body: Any = None, **claims: Any) -> httpx.Response:
        token = self.world.issuer.token("bauamt", **({"roles": ["records-manager"]} | claims))
        more = {} if body is None else {"json": body}
        return self.client.request(method, path, headers={"authorization": f"Bearer {token}"}, **more)  # type: ignore[return-value]

    def give(self, record_id: str, **changes: Any) -> Any:
        answer = self.ask("POST", "/v1/releases", {"record_id": record_id, "form": "whole"} | GIVEN | changes)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def town(world: Any, tmp_path: Path) -> Iterator[Town]:
    made = Town(world, tmp_path)
    yield made
    made.releases.close()
    made.ledger.close()


@pytest.mark.parametrize("shown", [{"form": "whole"}, REDACTED, EXISTENCE])
def test_a_release_is_given_listed_read_and_recalled(town: Town, shown: dict[str, Any]) -> None:
    record_id = town.record("a")
    made = town.give(record_id, until="2099-12-31", **shown)
    assert made["record_id"] == record_id
    assert made["title"] == "Beispiel a"
    assert made["partners"] == ["michelstadt/alle"]
    assert (made["until"], made["state"], made["created_by"]) == ("2099-12-31", "pending", "bea")
    assert made["redacted"] == shown.get("redacted")
    assert made["shown_fields"] == shown.get("shown_fields", [])
    assert town.ask("GET", "/v1/releases").json() == {"releases": [made], "cursor": None}
    place = f"/v1/releases/{made['release_id']}"
    assert town.ask("GET", place).json() == made
    for _ in range(2):
        answer = town.ask("DELETE", place)
        assert (answer.status_code, answer.json()) == (
            200,
            {"release_id": made["release_id"], "state": "recalling"},
        )
    now = town.ask("GET", place).json()
    assert (now["state"], now["reason"], now["recalled_by"]) == ("recalling", "recalled", "bea")


def test_the_same_twice_gives_one_release(town: Town) -> None:
    record_id = town.record("a")
    assert town.give(record_id) == town.give(record_id)
    assert town.give(record_id, partners=["*"])["partners"] == ["*"]
    assert len(town.ask("GET", "/v1/releases").json()["releases"]) == 2


OPERATIONS = [
    ("POST", "/v1/releases"),
    ("GET", "/v1/releases"),
    ("GET", "/v1/releases/{release}"),
    ("DELETE", "/v1/releases/{release}"),
    ("POST", "/v1/release-rules"),
    ("GET", "/v1/release-rules"),
    ("DELETE", "/v1/release-rules/{rule}"),
]


@pytest.mark.parametrize("claims", [{"roles": []}, {"roles": ["privacy"]}, {"act": {"sub": "f", "groups": ["bauamt"]}}])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_only_records_managers_in_person_get_in(town: Town, method: str, path: str, claims: dict[str, Any]) -> None:
    record_id = town.record("a")
    made = town.give(record_id)
    rule = town.ask("POST", "/v1/release-rules", GIVEN | {"document_type": "Satzung"}).json()
    bodies = {
        "/v1/releases": {"record_id": record_id} | EXISTENCE | GIVEN,
        "/v1/release-rules": {"file_plan": "1"} | GIVEN,
    }
    asked = path.format(release=made["release_id"], rule=rule["rule_id"])
    body = bodies.get(path) if method == "POST" else None
    assert town.ask(method, asked, body, **claims).status_code == 403
    assert len(town.ask("GET", "/v1/releases").json()["releases"]) == 1
    assert town.ask("GET", f"/v1/releases/{made['release_id']}").json()["state"] == "pending"
    assert [r["recalled_at"] for r in town.ask("GET", "/v1/release-rules").json()["rules"]] == [None]


def test_unknown_foreign_and_malformed_ids_look_the_same(town: Town) -> None:
    made = town.give(town.record("a"))
    rule = town.ask("POST", "/v1/release-rules", GIVEN | {"document_type": "Satzung"}).json()
    for kind, own in (("releases", made["release_id"]), ("release-rules", rule["rule_id"])):
        for method in ("GET", "DELETE") if kind == "releases" else ("DELETE",):
            answers = [
                town.ask(method, f"/v1/{kind}/{name}", tenant="michelstadt")
                for name in (own, "a" * 26, "gibtesnicht", "x" * 5000, "%00", "..%2F..")
            ]
            assert {a.status_code for a in answers} == {404}
            assert len({a.content for a in answers}) == 1
            assert len({tuple(sorted(a.headers.items())) for a in answers}) == 1
    unread = town.record("b", access("erbach", "kaemmerei"))
    foreign = town.record("c", access("michelstadt", "bauamt"))
    answers = [
        town.ask("POST", "/v1/releases", {"record_id": name} | EXISTENCE | GIVEN)
        for name in (unread, foreign, "a" * 26, "gibtesnicht", "\x00", "x" * 500)
    ]
    assert {a.status_code for a in answers} == {404}
    assert len({a.content for a in answers}) == 1


def test_a_manager_who_may_not_read_the_record_sees_the_release_but_nothing_of_the_record(town: Town) -> None:
    record_id = town.record("a")
    made = town.give(record_id, **REDACTED)
    answer = town.ask("GET", f"/v1/releases/{made['release_id']}", groups=["kaemmerei"])
    told = answer.json()
    assert (told["record_id"], told["title"], told["redacted"]) == (None, None, None)
    assert told["partners"] == made["partners"]
    assert record_id not in answer.text
    for name in (record_id, "a" * 26, "gibtesnicht"):
        found = town.ask("GET", f"/v1/releases?record_id={name}", groups=["kaemmerei"])
        assert found.json() == {"releases": [], "cursor": None}
    assert len(town.ask("GET", f"/v1/releases?record_id={record_id}").json()["releases"]) == 1
    assert town.ask("DELETE", f"/v1/releases/{made['release_id']}", groups=["kaemmerei"]).status_code == 200


def test_what_a_manager_sees_of_records_is_written_down(town: Town) -> None:
    record_id = town.record("a")
    made = town.give(record_id)
    town.ask("GET", "/v1/releases")
    town.ask("GET", f"/v1/releases/{made['release_id']}")
    assert [(e.kind, e.record_ids) for e in town.log.events] == [(Kind.RELEASES, (record_id,))] * 3
    town.log.down = True
    for path in ("/v1/releases", f"/v1/releases/{made['release_id']}"):
        answer = town.ask("GET", path)
        assert answer.status_code == 503
        assert "Beispiel" not in answer.text
    # a recall needs no log: it shows nothing
    assert town.ask("DELETE", f"/v1/releases/{made['release_id']}").status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"form": "half"}, "form"),
        ({"partners": []}, "partners"),
        ({"partners": ["erbach"]}, "partners"),
        ({"partners": ["darmstadt"]}, "partners"),
        ({"partners": ["*", "michelstadt"]}, "partners"),
        ({"partners": ["michelstadt/bau amt"]}, "partners"),
        ({"purpose": ""}, "purpose"),
        ({"purpose": "x" * 201}, "purpose"),
        ({"purpose": "a\nb"}, "purpose"),
        ({"legal_basis": " "}, "legal_basis"),
        ({"until": "gestern"}, "until"),
        ({"until": "2020-01-01"}, "until"),
        ({"shown_fields": ["title"]}, "shown_fields"),
        ({"shown_fields": ["year"]}, "shown_fields"),
        ({"redacted": {"title": "x", "pages": ["y"]}}, "redacted"),
        ({"form": "redacted"}, "redacted"),
        ({"form": "redacted", "redacted": {"title": "x", "pages": []}}, "redacted.pages"),
        ({"form": "redacted", "redacted": {"title": " ", "pages": ["y"]}}, "redacted.title"),
        ({"form": "existence"}, "shown_fields"),
        ({"owner": "michelstadt"}, "owner"),
    ],
)
def test_what_cannot_be_used_is_named(town: Town, changes: dict[str, Any], field: str) -> None:
    body = {"record_id": town.record("a"), "form": "whole"} | GIVEN | changes
    answer = town.ask("POST", "/v1/releases", body)
    assert answer.status_code == 422, answer.text
    assert field in {fault["field"] for fault in answer.json()["errors"]}
    assert town.ask("GET", "/v1/releases").json()["releases"] == []


@pytest.mark.parametrize(
    ("privacy", "metadata", "sentence"),
    [
        (PrivacyClass.TAX, {}, "Steuergeheimnis"),
        (PrivacyClass.NORMAL, {"department": "Standesamt"}, "dieses Amts"),
        (PrivacyClass.NORMAL, {"file_plan": "11-20"}, "Aktenplans"),
    ],
)
def test_a_refusal_says_why(town: Town, privacy: PrivacyClass, metadata: dict[str, Any], sentence: str) -> None:
    read = ReadAccess("erbach", access("erbach", "bauamt").readers, privacy_class=privacy)
    record_id = town.record("a", read, **metadata)
    answer = town.ask("POST", "/v1/releases", {"record_id": record_id} | EXISTENCE | GIVEN)
    assert answer.status_code == 422
    assert sentence in answer.json()["errors"][0]["message"]


def test_a_long_list_goes_on_with_a_cursor(town: Town) -> None:
    ids = [town.record(str(n)) for n in range(101)]
    for record_id in ids:
        town.give(record_id)
    first = town.ask("GET", "/v1/releases").json()
    second = town.ask("GET", f"/v1/releases?cursor={first['cursor']}")
    listed = [r["record_id"] for r in first["releases"] + second.json()["releases"]]
    assert listed == ids[::-1]
    assert second.json()["cursor"] is None


def test_rules_are_given_once_listed_and_recalled(town: Town) -> None:
    body = GIVEN | {"document_type": "Satzung", "partners": ["*"]}
    made = town.ask("POST", "/v1/release-rules", body).json()
    assert town.ask("POST", "/v1/release-rules", body).json() == made
    assert (made["document_type"], made["file_plan"], made["releases"]) == ("Satzung", None, 0)
    assert town.ask("GET", "/v1/release-rules").json() == {"rules": [made]}
    assert town.ask("GET", "/v1/release-rules", tenant="michelstadt").json() == {"rules": []}
    recalled = town.ask("DELETE", f"/v1/release-rules/{made['rule_id']}").json()
    assert recalled["recalled_by"] == "bea"
    answer = town.ask("POST", "/v1/release-rules", GIVEN)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "document_type"
