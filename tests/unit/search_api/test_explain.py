"""Who is told why, and what: records managers the rule, everybody else only of what shows itself to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest

from records.access import PrivacyClass, ReadAccess, Role
from records.errors import NotVisibleError
from records.ledger_access import KnownRights
from records.ledger_tables import AccessSource, State
from records.release import ReleaseForm
from search_api.explain import Explaining, Question
from tests.factories import access, principal, record, release
from tests.unit.search_api.conftest import World

CHANGED = dt.datetime(2026, 3, 7, 9, 0, tzinfo=dt.UTC)


def put(world: World, name: str, read: ReadAccess, *, case: str | None = None, state: State = State.INDEXED) -> None:
    world.put(record(name, "Kastanie", read=read, case_reference=case))
    world.rights.known[name] = KnownRights(
        name, read, AccessSource.SIDECAR, 3, CHANGED, state, indexed=True, behind=False, case_reference=case
    )


@pytest.fixture
def shared(world: World) -> World:
    put(world, "offen", access("erbach", "bauamt"), case="V 12")
    put(world, "zu", access("erbach", "kaemmerei", deny=("azubi",)))
    put(world, "im-vorgang", access("erbach", "kaemmerei"), case="V 12")
    put(world, "steuer", access("erbach", "alle", privacy_class=PrivacyClass.TAX))
    put(world, "fremd", access("michelstadt", "alle"), case="V 12")
    world.index.put_releases(
        [
            release("hinweis", form=ReleaseForm.EXISTENCE, document_type="Bescheid", department="bauamt"),
            release("ganz", "Kastanie", case_reference="V 99"),
            release("anderen", "Kastanie", partners=("oberzent/alle",)),
        ]
    )
    return world


def ask(world: World, record_id: str, *groups: str, manager: bool = False, **more: Any) -> httpx.Response:
    claims: dict[str, Any] = {"roles": ["records-manager"]} if manager else {}
    token = world.issuer.token(*(groups or ("bauamt",)), **claims)
    return world.ask("POST", "/v1/access/explain", token=token, json={"record_id": record_id, **more})


def test_a_records_manager_is_told_rule_path_source_and_change(shared: World) -> None:
    told = ask(shared, "zu", manager=True, subject="anton", groups=["kaemmerei", "azubi"]).json()
    assert (told["readable"], told["rule"]) == (False, "denied")
    assert told["sentence"] == (
        "Nicht lesbar. Ausgeschlossen ist erbach/azubi; ein Ausschluss geht jeder Leseberechtigung vor."
    )
    assert [(s["effect"], s["reader"]) for s in told["path"]] == [
        ("denies", "erbach/azubi"),
        ("opens", "erbach/kaemmerei"),
    ]
    assert told["rights"] == {
        "readers": ["erbach/kaemmerei"],
        "deny": ["erbach/azubi"],
        "confidentiality": "offen",
        "privacy_class": "normal",
        "source": "sidecar",
        "source_text": "Die Leserechte stehen in der Begleitdatei.",
        "version": 3,
        "changed_at": "2026-03-07T09:00:00Z",
        "state": "indexed",
        "notices": [],
    }


def test_protection_and_software_are_named(shared: World) -> None:
    told = ask(shared, "steuer", manager=True, groups=["bauamt"]).json()
    assert told["sentence"].startswith("Nicht lesbar. Zurückgehalten (Steuergeheimnis)")
    told = ask(shared, "offen", manager=True, groups=["bauamt"], software_groups=["kaemmerei"]).json()
    assert (told["readable"], told["rule"]) == (False, "no_reader")
    assert told["sentence"].endswith("Das gilt für das Fachverfahren, das für die Person fragt.")


def test_what_nobody_can_find_is_not_called_readable(shared: World) -> None:
    put(shared, "krank", access("erbach", "bauamt"), state=State.QUARANTINED)
    told = ask(shared, "krank", manager=True, groups=["bauamt"]).json()
    assert told["readable"] is False
    assert "Quarantäne" in told["sentence"]


def test_another_person_is_asked_for_by_groups(shared: World) -> None:
    answer = ask(shared, "offen", manager=True, subject="anton")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["groups"]
    assert ask(shared, "offen", manager=True, groups=['x","erbach/leitung']).status_code == 422


def test_a_clerk_is_told_of_what_is_open_or_in_an_open_case(shared: World) -> None:
    told = ask(shared, "offen").json()
    assert (told["readable"], told["sentence"], told["rights"]) == (
        True,
        "Lesbar. Leseberechtigt ist erbach/bauamt.",
        None,
    )
    told = ask(shared, "im-vorgang").json()
    assert (told["readable"], told["sentence"]) == (False, "Nicht lesbar. Keine der Gruppen ist leseberechtigt.")
    assert (told["path"], told["rights"]) == ([], None)


def test_a_clerk_is_told_what_a_release_lets_them_do(shared: World) -> None:
    told = ask(shared, "hinweis").json()
    assert (told["readable"], told["rule"]) == (False, "released_existence")
    assert "Michelstadt hat einen vergleichbaren Vorgang; fragen Sie dort nach (Bauamt)." in told["sentence"]
    assert ask(shared, "ganz").json()["readable"] is True


@pytest.mark.parametrize(
    ("record_id", "more"),
    [
        ("zu", {}),
        ("steuer", {}),
        ("fremd", {}),
        ("anderen", {}),
        ("x" * 600, {}),
        # nobody but a records manager asks for others, not even about what they may open
        ("offen", {"groups": ["bauamt"]}),
        ("offen", {"subject": "anton"}),
        ("im-vorgang", {"software_groups": []}),
    ],
)
def test_everything_else_is_as_unknown_as_what_does_not_exist(shared: World, record_id: str, more: Any) -> None:
    unknown = ask(shared, "gibt-es-nicht")
    answer = ask(shared, record_id, **more)
    assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
    assert answer.headers.keys() == unknown.headers.keys()


@pytest.mark.parametrize("record_id", ["fremd", "anderen", "gibt-es-nicht"])
def test_a_records_manager_of_another_town_is_told_nothing(shared: World, record_id: str) -> None:
    assert ask(shared, record_id, manager=True).status_code == 404
    assert ask(shared, record_id, manager=True, groups=["alle"]).status_code == 404


def test_software_is_no_records_manager(shared: World) -> None:
    explaining = Explaining(shared.index, shared.rights)
    manager = principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER,))
    assert explaining.tell(manager, Question("zu")).whole
    by_software = principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER,), software=("bauamt", "kaemmerei"))
    with pytest.raises(NotVisibleError):
        explaining.tell(by_software, Question("zu"))


def test_a_case_whose_number_is_divided_otherwise_opens_no_explanation(shared: World) -> None:
    put(shared, "nebenan", access("erbach", "kaemmerei"), case="V 1-2")
    assert shared.search("", filters={"case_reference": ["V 1-2"]})["total"] == 1, "searches find V 12 by this number"
    assert ask(shared, "im-vorgang").status_code == 200
    assert ask(shared, "nebenan").status_code == 404


def test_a_case_of_another_town_opens_no_explanation(shared: World) -> None:
    put(shared, "gleichnamig", access("erbach", "kaemmerei"), case="V 99")
    assert shared.search("", filters={"case_reference": ["V 99"]})["total"] == 1, "the release that has the same number"
    assert ask(shared, "gleichnamig").status_code == 404


def test_each_explanation_is_written_down(shared: World) -> None:
    before = len(shared.log.events)
    ask(shared, "offen")
    ask(shared, "zu")
    assert [event.kind for event in shared.log.events[before:]] == ["explain"]


@pytest.mark.parametrize("record_id", ["offen", "im-vorgang", "hinweis"])
def test_what_cannot_be_written_down_is_not_told(shared: World, record_id: str) -> None:
    shared.log.down = True
    answer = ask(shared, record_id)
    assert answer.status_code == 503
    assert "esbar" not in answer.text
