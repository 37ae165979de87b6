"""The pages of records managers: what they show, that deciding takes two steps, and that nobody else gets there."""

from __future__ import annotations

import re

import pytest

from tests.unit.ui.conftest import Clerk
from tests.unit.ui.fake_api import FakeBackend
from ui.management_api import QuarantinedFile
from ui.management_pages import by_cause

PAGES = (
    "/manage",
    "/manage/sources/folder-1/missing",
    "/manage/quarantine",
    "/manage/reconciliation",
    "/manage/deletions",
    "/manage/retention",
    "/manage/holds",
    "/manage/holds/1/lift",
)
FORMS = {
    "/manage/sources/folder-1/agree": {"held": "37"},
    "/manage/quarantine/retry": {"reason": "damaged"},
    "/manage/holds": {"record_id": "r1", "reason": "Klage"},
    "/manage/holds/1/lift": {},
}


@pytest.fixture
def manager(clerk: Clerk, backend: FakeBackend) -> Clerk:
    backend.manages = True
    return clerk


def test_a_clerk_is_shown_no_way_and_gets_nowhere(clerk: Clerk, backend: FakeBackend) -> None:
    assert "/manage" not in clerk.http.get("/").text
    for path in PAGES:
        assert clerk.http.get(path).status_code == 403, path
    for path, form in FORMS.items():
        assert clerk.http.post(path, data=form | {"csrf": clerk.csrf()}).status_code == 403, path
    assert backend.management.decided == []


def test_forms_of_other_sites_decide_nothing(manager: Clerk, backend: FakeBackend) -> None:
    for path, form in FORMS.items():
        for csrf in ("", "x"):
            assert manager.http.post(path, data=form | {"csrf": csrf}).status_code == 403
        elsewhere = {"sec-fetch-site": "cross-site"}
        answer = manager.http.post(path, data=form | {"csrf": manager.csrf()}, headers=elsewhere)
        assert answer.status_code == 403
    assert backend.management.decided == []


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_shows_itself_in_both_languages(manager: Clerk, path: str, language: str) -> None:
    manager.http.cookies.set("aktensuche-language", language)
    page = manager.http.get(path).raise_for_status().text
    assert f'<html lang="{language}">' in page
    # what comes from sources is text, never markup
    assert "<b>" not in page
    assert "<i>" not in page
    assert page.count("<h1") == 1
    assert 'aria-current="page"' in page or "/lift" in path or "/missing" in path


def test_what_other_towns_are_shown_is_compared_on_the_page_too(manager: Clerk) -> None:
    page = manager.http.get("/manage/reconciliation").text
    assert "Freigaben an andere Kommunen" in page
    assert "7 im Hauptbuch, 8 in der Suche: 0 fehlend, 1 zu viel, 0 veraltet." in page
    assert "0 neu geschrieben, 1 entfernt" in page
    assert "r" * 26 in page


def test_the_overview_begins_with_what_needs_a_decision(manager: Clerk, backend: FakeBackend) -> None:
    assert "/manage" in manager.http.get("/").text
    page = manager.http.get("/manage").text
    assert "37 Unterlagen fehlen in der Quelle folder-1" in page
    assert "6 Dateien konnten nicht gelesen werden" in page
    assert "Bei 2 Unterlagen ist die Aufbewahrung abgelaufen" in page
    assert "noch etwa 2 Minuten" in page
    assert re.search("5 Dateien: <span[^>]*>Die Datei ist beschädigt.", page)
    backend.management.sources = backend.management.sources[1:]
    backend.management.quarantine, backend.management.due, backend.management.comparisons = [], [], []
    assert "Zurzeit ist nichts zu entscheiden." in manager.http.get("/manage").text


def test_a_removal_is_agreed_to_on_a_page_that_names_it(manager: Clerk, backend: FakeBackend) -> None:
    page = manager.http.get("/manage/sources/folder-1/missing").text
    assert "2020/Vermerk &lt;i&gt; 0.pdf" in page
    assert "und 7 weitere" in page
    assert "Ja, 37 Unterlagen entfernen" in page
    form = {"csrf": manager.csrf(), "held": "37"}
    backend.management.sources[0]["held"] = 38
    changed = manager.http.post("/manage/sources/folder-1/agree", data=form)
    assert "Inzwischen ist es eine andere Zahl" in changed.text
    assert "Ja, 38 Unterlagen entfernen" in changed.text
    assert backend.management.decided == []
    agreed = manager.http.post("/manage/sources/folder-1/agree", data=form | {"held": "38"})
    assert agreed.url.path == "/manage"
    assert backend.management.decided == [("agree folder-1", 38)]
    assert manager.http.get("/manage/sources/folder-9/missing").status_code == 404


def test_quarantine_is_grouped_by_cause_and_retried_by_one_click(manager: Clerk, backend: FakeBackend) -> None:
    page = manager.http.get("/manage/quarantine").text
    assert page.index("Die Datei ist beschädigt.") < page.index("Die Begleitdatei mit den Angaben")
    assert "Alle 5 noch einmal lesen" in page
    assert "date: ist kein Datum" in page
    assert page.count('name="reason"') == 1
    assert page.count('name="record_id"') == 5
    answer = manager.http.post("/manage/quarantine/retry", data={"csrf": manager.csrf(), "reason": "damaged"})
    assert "5 Dateien werden noch einmal gelesen" in answer.text
    manager.http.post("/manage/quarantine/retry", data={"csrf": manager.csrf(), "record_id": "qdamaged1"})
    assert backend.management.decided == [("retry", {"reason": "damaged"}), ("retry", {"record_id": "qdamaged1"})]


def test_a_hold_is_placed_and_lifted_in_two_steps(manager: Clerk, backend: FakeBackend) -> None:
    form = {"csrf": manager.csrf(), "record_id": " r1 ", "reason": "Klage"}
    assert manager.http.post("/manage/holds", data=form).url.path == "/manage/holds"
    unknown = manager.http.post("/manage/holds", data=form | {"record_id": "zz", "reason": "Mein Grund"})
    assert unknown.status_code == 404
    assert "gibt es bei Ihnen nicht" in unknown.text
    assert "Mein Grund" in unknown.text
    asked = manager.http.get("/manage/holds/2/lift").text
    assert "nur die Sperre bewahrt sie" in asked
    manager.http.post("/manage/holds/2/lift", data={"csrf": manager.csrf()})
    assert backend.management.decided == [("hold", {"record_id": "r1", "reason": "Klage"}), ("lift", "2")]
    assert manager.http.get("/manage/holds/9/lift").status_code == 404


def test_causes_stand_by_their_number() -> None:
    about = {"path": "a", "source": "s", "reason": "Zu groß. (3 Byte)", "advice": "Teilen.", "since": "2024-01-01"}
    files = [
        QuarantinedFile.model_validate(about | {"record_id": str(n), "code": code})
        for n, code in enumerate(("b", "a", "b"))
    ]
    assert [(cause.code, len(cause.files), cause.reason) for cause in by_cause(files)] == [
        ("b", 2, "Zu groß."),
        ("a", 1, "Zu groß."),
    ]
