"""The pages of records managers: showing a record to others, the list, and taking back."""

from __future__ import annotations

import pytest

from tests.unit.ui.conftest import Clerk
from tests.unit.ui.fake_api import FakeBackend

FORM = {"form": "existence", "partners": "michelstadt, oberzent/bauamt", "purpose": "Vergleich", "legal_basis": "HDSIG"}


@pytest.fixture
def manager(clerk: Clerk, backend: FakeBackend) -> Clerk:
    backend.manages = True
    return clerk


def test_a_clerk_is_offered_nothing_and_gets_nowhere(clerk: Clerk, backend: FakeBackend) -> None:
    assert "/release" not in clerk.http.get("/records/r1").raise_for_status().text
    for path in ("/releases", "/records/r1/release"):
        assert clerk.http.get(path).status_code == 403
    form = FORM | {"csrf": clerk.csrf()}
    assert clerk.http.post("/records/r1/release", data=form).status_code == 403
    assert backend.releases == []


def test_a_record_is_released_listed_and_recalled(manager: Clerk, backend: FakeBackend) -> None:
    assert "/records/r1/release" in manager.http.get("/records/r1").text
    assert manager.http.get("/records/r1/release").status_code == 200
    form = FORM | {"shown_fields": ["year", "department"], "csrf": manager.csrf(), "title": "kept", "pages": "kept"}
    listed = manager.http.post("/records/r1/release", data=form)
    assert listed.url.path == "/releases"
    assert "Titel &lt;b&gt;" in listed.text
    assert "michelstadt, oberzent/bauamt" in listed.text
    (sent,) = backend.asked
    assert sent == {
        "record_id": "r1",
        "form": "existence",
        "partners": ["michelstadt", "oberzent/bauamt"],
        "purpose": "Vergleich",
        "legal_basis": "HDSIG",
        "until": None,
        "shown_fields": ["year", "department"],
    }
    assert "/releases/f0/recall" in listed.text
    after = manager.http.post("/releases/f0/recall", data={"csrf": manager.csrf()})
    assert backend.releases[0]["state"] == "recalled"
    assert "/releases/f0/recall" not in after.text


def test_a_redacted_text_is_divided_into_pages(manager: Clerk, backend: FakeBackend) -> None:
    form = FORM | {"form": "redacted", "title": "T", "pages": "eins\r\n---\r\nzwei", "csrf": manager.csrf()}
    manager.http.post("/records/r1/release", data=form)
    assert backend.asked[0]["redacted"] == {"title": "T", "pages": ["eins", "zwei"]}


def test_a_refusal_is_said_and_nothing_typed_is_lost(manager: Clerk) -> None:
    form = FORM | {"purpose": "steuer", "title": "Mein Titel", "csrf": manager.csrf()}
    answer = manager.http.post("/records/r1/release", data=form)
    assert answer.status_code == 422
    assert "Sie unterliegt dem Steuergeheimnis." in answer.text
    assert "record_id:" not in answer.text
    assert "Mein Titel" in answer.text


def test_forms_of_other_sites_give_and_recall_nothing(manager: Clerk, backend: FakeBackend) -> None:
    manager.http.post("/records/r1/release", data=FORM | {"csrf": manager.csrf()})
    for path, form in (("/records/r2/release", FORM), ("/releases/f0/recall", {})):
        for csrf in ("", "x"):
            assert manager.http.post(path, data=form | {"csrf": csrf}).status_code == 403
        elsewhere = {"sec-fetch-site": "cross-site"}
        answer = manager.http.post(path, data=form | {"csrf": manager.csrf()}, headers=elsewhere)
        assert answer.status_code == 403
    assert [release["state"] for release in backend.releases] == ["pending"]


def test_doubtful_pages_are_listed_for_managers(clerk: Clerk, backend: FakeBackend) -> None:
    assert clerk.http.get("/recognition").status_code == 403
    backend.manages = True
    assert "alle" in clerk.http.get("/recognition").text
    backend.doubtful = [{"record_id": "r1", "title": "Scan <b>", "path": "x", "page": 3, "confidence": 41}]
    page = clerk.http.get("/recognition").text
    assert "/records/r1/pages/3" in page
    assert "Scan &lt;b&gt;" in page
    assert "41 % sicher" in page
    assert "/recognition" in clerk.http.get("/records/r1").text


def test_a_doubtful_page_is_read_anew_by_a_button(clerk: Clerk, backend: FakeBackend) -> None:
    backend.doubtful = [{"record_id": "r1", "title": "Scan <b>", "path": "x", "page": 3, "confidence": 41}]
    form = {"record_id": "r1", "page": "3"}
    assert clerk.http.post("/recognition/again", data=form | {"csrf": clerk.csrf()}).status_code == 403
    backend.manages = True
    for csrf in ("", "x"):
        assert clerk.http.post("/recognition/again", data=form | {"csrf": csrf}).status_code == 403
    assert "again" not in backend.doubtful[0]
    assert 'action="/recognition/again"' in clerk.http.get("/recognition").text
    page = clerk.http.post("/recognition/again", data=form | {"csrf": clerk.csrf()}, follow_redirects=True)
    assert "wird neu gelesen" in page.text
    assert 'action="/recognition/again"' not in page.text
    for state, said in (("kept", "jetzt sicherer"), ("unsurer", "nicht sicherer"), ("failed", "ließ sich nicht")):
        backend.doubtful[0]["again"] = state
        assert said in clerk.http.get("/recognition").text
    for wrong in ("4", "x", "9" * 40):
        answer = clerk.http.post("/recognition/again", data=form | {"page": wrong, "csrf": clerk.csrf()})
        assert answer.status_code == 404, wrong
