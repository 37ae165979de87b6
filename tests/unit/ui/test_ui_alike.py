"""The pages of similar records and precedents."""

from __future__ import annotations

import pytest

from tests.unit.ui.conftest import Clerk
from tests.unit.ui.fake_api import FakeBackend
from ui.alike_pages import LONGEST_DRAFT

FORM = {"draft": "Fällung einer Linde\r\nDie Linde <b> ist krank.", "purpose": "Antrag 31/2026"}


def test_the_way_there_stands_on_every_page_and_on_the_record(clerk: Clerk) -> None:
    assert 'href="/precedents"' in clerk.http.get("/").text
    record = clerk.http.get("/records/r1").text
    assert 'href="/records/r1/similar"' in record
    assert "Ähnliche Unterlagen" in record


def test_similar_records_say_what_is_alike_and_how_to_cite_them(clerk: Clerk) -> None:
    page = clerk.http.get("/records/r4/similar").raise_for_status().text
    assert page.count('class="hit"') == 3
    for said in (
        "gleicher Aktenplan: 632.6",
        "gleiche Rechtsgrundlage: § 2 &lt;b&gt;",
        "ganz neue Gemeinsamkeit",
        "sehr ähnlich",
        "fast wortgleich",
        "abgeschlossener Vorgang",
        'href="/records/r0"',
        "/records/r0/pages/4?m=",
        'value="Erbach, „Bescheid zur Fällung einer Linde, Lindenweg 1“" readonly',
        "<mark>Baumfällung</mark>",
    ):
        assert said in page, said


def test_similar_records_read_in_english_too(clerk: Clerk) -> None:
    clerk.http.cookies.set("aktensuche-language", "en")
    page = clerk.http.get("/records/r4/similar").text
    for said in ("Similar records", "same file plan: 632.6", "nearly word for word", "ganz neue Gemeinsamkeit"):
        assert said in page, said


def test_no_similar_record_is_said_in_a_sentence(clerk: Clerk, backend: FakeBackend) -> None:
    backend.alike = 0
    assert "Es gibt keine ähnliche Unterlage, die Sie lesen dürfen." in clerk.http.get("/records/r4/similar").text


def test_a_record_that_is_not_there_has_no_similar_ones(clerk: Clerk) -> None:
    assert clerk.http.get("/records/none/similar").status_code == 404


def test_precedents_are_asked_for_with_a_purpose(clerk: Clerk, backend: FakeBackend) -> None:
    form = clerk.http.get("/precedents").raise_for_status().text
    assert 'name="purpose" value="" maxlength="200" required' in form
    assert "Gefundene Vergleichsfälle" not in form
    backend.alike_notices = [{"code": "semantic_unavailable", "text": "Der Sinn <i> fehlt."}]
    answer = clerk.http.post("/precedents", data=FORM | {"csrf": clerk.csrf(), "file_plan": " 632.6 "})
    assert answer.status_code == 200
    assert backend.asked == [
        {
            "text": "Fällung einer Linde\nDie Linde <b> ist krank.",
            "purpose": "Antrag 31/2026",
            "fields": {"file_plan": "632.6"},
            "size": 10,
        }
    ]
    for said in ("Gefundene Vergleichsfälle", "gleicher Aktenplan: 632.6", "Die Linde &lt;b&gt;", "Der Sinn &lt;i&gt;"):
        assert said in answer.text, said
    # neither the draft nor the purpose stands in an address
    assert str(answer.url).endswith("/precedents")


def test_no_precedent_is_said_in_a_sentence(clerk: Clerk, backend: FakeBackend) -> None:
    backend.alike = 0
    answer = clerk.http.post("/precedents", data=FORM | {"csrf": clerk.csrf()})
    assert "Es gibt keinen Vergleichsfall, den Sie lesen dürfen." in answer.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"purpose": " "}, "Bitte nennen Sie in höchstens 200 Zeichen, wofür"),
        ({"draft": " ", "case_type": ""}, "Bitte fügen Sie einen Entwurf"),
        ({"draft": "x" * (LONGEST_DRAFT + 1)}, "Bitte fügen Sie einen Entwurf"),
        ({"file_plan": "x" * 301}, "Bitte prüfen Sie Aktenplan und Vorgangsart"),
    ],
)
def test_what_is_missing_is_said_in_german_and_nothing_typed_is_lost(
    clerk: Clerk, change: dict[str, str], sentence: str
) -> None:
    answer = clerk.http.post("/precedents", data=FORM | {"case_type": "Baumfällung", "csrf": clerk.csrf()} | change)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "said in English" not in answer.text
    assert 'value="Baumfällung"' in answer.text or "case_type" in change


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(429, "warten Sie 7 Sekunden"), (503, "gerade nicht erreichbar"), (500, "schiefgegangen")],
)
def test_an_error_keeps_the_draft(clerk: Clerk, backend: FakeBackend, status: int, sentence: str) -> None:
    csrf = clerk.csrf()
    backend.fail_with = (status, {"retry-after": "7"})
    answer = clerk.http.post("/precedents", data=FORM | {"csrf": csrf})
    assert answer.status_code == status
    assert sentence in answer.text
    assert "Die Linde &lt;b&gt; ist krank." in answer.text
    assert "Ihre Eingabe steht noch im Formular." in answer.text


def test_the_longest_draft_is_sent_whole(clerk: Clerk, backend: FakeBackend) -> None:
    draft = ("Straße\n" * 10_000)[:LONGEST_DRAFT]
    answer = clerk.http.post("/precedents", data=FORM | {"draft": draft.replace("\n", "\r\n"), "csrf": clerk.csrf()})
    assert answer.status_code == 200
    assert backend.asked[-1]["text"] == draft.strip()


def test_forms_of_other_sites_ask_nothing(clerk: Clerk, backend: FakeBackend) -> None:
    csrf = clerk.csrf()
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert clerk.http.post("/precedents", data=FORM | {"csrf": csrf}, headers=headers).status_code == 403
    del clerk.http.headers["sec-fetch-site"]
    for guessed in ("", "x"):
        assert clerk.http.post("/precedents", data=FORM | {"csrf": guessed}).status_code == 403
    assert clerk.http.post("/precedents", data=FORM, headers={"origin": "https://evil.example"}).status_code == 403
    assert backend.asked == []
    assert clerk.http.post("/precedents", data=FORM | {"csrf": csrf}).status_code == 200
