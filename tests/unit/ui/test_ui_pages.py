"""The pages as a browser without scripts meets them, over a fake API and a fake provider."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest

from tests.ports import free_port
from tests.unit.ui.conftest import Clerk
from tests.unit.ui.fake_api import FakeBackend
from tests.unit.ui.serving import served
from ui.app import create_app
from ui.session import Session, SessionCookies
from ui.settings import UiSettings


def test_nothing_but_signing_in_is_open(visitor: Clerk, settings: UiSettings) -> None:
    paths = create_app(settings).openapi()["paths"]
    open_to_all = {"/health/live", "/sign-in", "/auth/start", "/auth/callback", "/language", "/sign-out"}
    closed = {(m, p) for p, methods in paths.items() if p not in open_to_all for m in methods}
    assert len(closed) >= 9
    for method, path in closed:
        filled = path.replace("{record_id}", "r1").replace("{number}", "1")
        answer = visitor.http.request(method, filled, follow_redirects=False)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/sign-in"), (method, path)


def test_every_answer_is_guarded(clerk: Clerk) -> None:
    for path in ("/", "/records/r1", "/records/none", "/static/aktensuche.css", "/nowhere"):
        headers = clerk.http.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "data:" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert path.startswith("/static/") or headers["cache-control"] == "no-store"


def test_signing_in_comes_back_to_the_page_asked_for(visitor: Clerk) -> None:
    first = visitor.http.get("/records/r4")
    assert first.url.path == "/sign-in"
    link = re.search(r'href="(/auth/start[^"]+)"', first.text)
    assert link is not None
    there = visitor.http.get(link.group(1).replace("&amp;", "&"))
    assert there.url.path == "/records/r4"
    assert "Bachwiese 5" in there.text


def test_signing_in_never_ends_elsewhere(visitor: Clerk) -> None:
    assert visitor.sign_in("//evil.example/").url.path == "/"


def test_the_session_cookie_is_closed_to_scripts_and_shows_nothing(visitor: Clerk, backend: FakeBackend) -> None:
    answers = [*visitor.sign_in().history]
    cookies = [c for a in answers for c in a.headers.get_list("set-cookie") if c.startswith("aktensuche=e")]
    assert len(cookies) == 1
    assert "HttpOnly" in cookies[0]
    assert "SameSite=Lax" in cookies[0]
    token = next(iter(backend.tokens))
    assert token not in cookies[0]


def test_over_tls_the_cookie_is_bound_to_its_host(settings: UiSettings) -> None:
    secure = UiSettings(**{**settings.model_dump(), "public_url": "https://aktensuche.example"})
    cookies = SessionCookies(secure)
    session = Session("bea", "Bea", "erbach", "t", 0)
    first = cookies.write(session)[0]
    assert first.startswith("__Host-aktensuche=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(first.split("; "))


def test_a_session_of_hundreds_of_groups_is_kept(visitor: Clerk, backend: FakeBackend) -> None:
    backend.groups = [f"g{n:05}x" for n in range(500)]
    assert visitor.sign_in().url.path == "/"
    assert "Bea Beispiel" in visitor.http.get("/").text


@pytest.mark.parametrize("tampering", ["nonce", "audience", "key", "state", "replay"])
def test_a_sign_in_that_is_not_ours_is_refused(visitor: Clerk, backend: FakeBackend, tampering: str) -> None:
    if tampering == "nonce":
        backend.nonce_override = "another"
    elif tampering == "audience":
        backend.audience = "another-client"
    elif tampering == "key":
        backend.signing_key = FakeBackend().key
    start = visitor.http.get("/auth/start", follow_redirects=False)
    callback = visitor.http.get(start.headers["location"], follow_redirects=False).headers["location"]
    if tampering == "state":
        callback = re.sub("state=[^&]+", "state=another", callback)
    elif tampering == "replay":
        assert visitor.http.get(callback).url.path == "/"
        visitor.http.cookies.clear()
    answer = visitor.http.get(callback)
    assert answer.status_code == 400
    assert "Die Anmeldung hat nicht geklappt" in answer.text
    assert visitor.http.get("/").url.path == "/sign-in"


def test_a_token_about_to_end_is_renewed(visitor: Clerk, backend: FakeBackend) -> None:
    backend.token_seconds = 5
    visitor.sign_in()
    before = set(backend.tokens)
    backend.refused_tokens = before
    old = list(visitor.http.cookies.items())
    assert visitor.search(q="Baum").status_code == 200
    assert len(backend.tokens) > len(before)
    # a second request that left with the old cookies is not signed out by a refresh token that counts once
    with httpx.Client(cookies=dict(old)) as parallel:
        assert parallel.get(f"{visitor.address}/records/r1").status_code == 200


def test_a_refused_token_leads_to_signing_in_and_back_to_the_search(clerk: Clerk, backend: FakeBackend) -> None:
    backend.refused_tokens = set(backend.tokens)
    answer = clerk.search(q="Baumfällung")
    assert answer.url.path == "/sign-in"
    assert "Ihre Anmeldung ist abgelaufen" in answer.text
    back = clerk.sign_in(answer.url.params["next"])
    assert back.url.path == "/search"
    assert 'value="Baumfällung"' in back.text


def test_signing_out_ends_both_sessions_and_needs_our_form(clerk: Clerk, backend: FakeBackend) -> None:
    assert clerk.http.post("/sign-out", data={"csrf": "guessed"}).status_code == 403
    assert clerk.http.get("/").url.path == "/"
    renewals = set(backend.renewals)
    out = clerk.http.post("/sign-out", data={"csrf": clerk.csrf()})
    assert out.url.path == "/sign-in"
    assert backend.ended[0]["id_token_hint"]
    assert set(backend.taken_back) == renewals
    assert out.history[0].headers["clear-site-data"] == '"cache", "storage"'
    assert clerk.http.get("/").url.path == "/sign-in"
    assert len(clerk.http.cookies) == 0


def test_a_provider_that_takes_nothing_back_keeps_nobody_signed_in(clerk: Clerk, backend: FakeBackend) -> None:
    backend.takes_back = False
    assert clerk.http.post("/sign-out", data={"csrf": clerk.csrf()}).url.path == "/sign-in"
    assert backend.ended[0]["id_token_hint"]
    assert len(clerk.http.cookies) == 0


def test_a_session_that_the_api_refuses_is_over(clerk: Clerk, backend: FakeBackend) -> None:
    assert len(clerk.http.cookies) > 0
    backend.refused_tokens |= backend.tokens
    assert clerk.http.get("/records/r1").url.path == "/sign-in"
    assert len(clerk.http.cookies) == 0


def test_an_export_is_asked_for_with_a_token_that_has_minutes_left(visitor: Clerk, backend: FakeBackend) -> None:
    backend.token_seconds = 200
    visitor.sign_in()
    (before,) = backend.tokens
    csrf = visitor.csrf()
    assert backend.tokens == {before}, "for a page the token lasts"
    form = {"q": "Baum", "format": "csv", "csrf": csrf}
    assert visitor.http.post("/export", data=form).status_code == 200
    assert len(backend.tokens) == 2


def test_a_question_comes_from_our_form(clerk: Clerk) -> None:
    csrf = clerk.csrf()
    del clerk.http.headers["sec-fetch-site"]
    for path in ("/search", "/suggest"):
        assert clerk.http.post(path, data={"q": "Baum"}).status_code == 403
        assert clerk.http.post(path, data={"q": "Baum", "csrf": "geraten"}).status_code == 403
        assert clerk.http.post(path, data={"q": "Baum", "csrf": csrf}).status_code == 200


def test_forms_of_other_sites_are_refused(clerk: Clerk) -> None:
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        clerk.http.headers.pop("sec-fetch-site", None)
        assert clerk.http.post("/search", data={"q": "Baum"}, headers=headers).status_code == 403
    export = clerk.http.post("/export", data={"q": "Baum", "format": "csv"})
    assert export.status_code == 403


def test_words_never_stand_in_an_address(clerk: Clerk) -> None:
    answer = clerk.search(q="Baumfällung", mode="keyword")
    assert answer.url.path == "/search"
    addresses = re.findall(r'(?:href|action|src|hx-get|hx-post)="([^"]*)"', answer.text)
    assert len(addresses) > 20
    for address in (str(answer.url), *addresses):
        assert "baumf" not in address.lower()


def test_a_search_shows_what_was_found_and_how(clerk: Clerk, backend: FakeBackend) -> None:
    page = clerk.search(q="Baumfällung").text
    assert "57 Treffer" in page
    assert "<mark>Baumfällung</mark>" in page
    assert "632.10-2024/1" in page
    assert "01.01.2024" in page
    assert "Seite 4" in page
    assert "kennt erst 40 %" in page
    assert "Von Erbach geschwärzt freigegeben" in page
    assert backend.asked[0]["query"] == "Baumfällung"
    assert backend.asked[0]["mode"] == "hybrid"


def test_how_a_question_was_read_is_shown_and_switched_off_by_a_click(clerk: Clerk, backend: FakeBackend) -> None:
    page = clerk.search(q="Bauantr*").text
    assert "Als Wortanfang gelesen: Bauantr…" in page
    assert "readings_off" not in backend.asked[-1]
    assert 'name="switch_off" value="wildcard"' in page
    page = clerk.search(q="Bauantr*", switch_off="wildcard").text
    assert backend.asked[-1]["readings_off"] == ["wildcard"]
    assert "Als Wortanfang gelesen" not in page
    assert "Ausgeschaltet: Sternchen." in page
    assert '<input type="hidden" name="off" value="wildcard">' in page
    clerk.search(q="Bauantr*", off_for="Bauantr*", off="wildcard", switch_off="beyond_written")
    assert backend.asked[-1]["readings_off"] == ["wildcard", "parts", "synonyms", "correction"]
    clerk.search(q="Bauantr*", off_for="Bauantr*", off="wildcard", switch_on="wildcard")
    assert "readings_off" not in backend.asked[-1]
    # other words are read in every way again
    clerk.search(q="Baum*", off_for="Bauantr*", off="wildcard")
    assert "readings_off" not in backend.asked[-1]
    form = {"csrf": clerk.csrf(), "q": "Bauantr*", "off_for": "Bauantr*", "off": ["wildcard", "x"], "format": "csv"}
    clerk.http.post("/export", data=form)
    assert backend.asked[-1]["readings_off"] == ["wildcard"]


@pytest.mark.parametrize(("language", "heading", "sign"), [("de", "Suchhilfe", "ODER"), ("en", "Search help", "OR")])
def test_the_help_for_signs_folds_out_on_the_page(clerk: Clerk, language: str, heading: str, sign: str) -> None:
    clerk.http.post("/language", data={"csrf": clerk.csrf(), "language": language})
    for page in (clerk.http.get("/").text, clerk.search(q="Baum").text):
        assert f"<summary>{heading}</summary>" in page
        assert f"(Hund {sign} Katze) Steuer" in page


def test_narrowing_and_taking_it_back(clerk: Clerk, backend: FakeBackend) -> None:
    page = clerk.search(q="Baum", add="document_type=Bescheid", date_from="2024-03-01", date_to="2024-06-30").text
    filters = {"document_type": ["Bescheid"], "date_from": "2024-03-01", "date_to": "2024-06-30"}
    assert backend.asked[-1]["filters"] == filters
    assert "Filter entfernen: Art: Bescheid" in page
    assert "Filter entfernen: Datum: 01.03.2024 bis 30.06.2024" in page
    clerk.search(q="Baum", chosen="document_type=Bescheid", remove="document_type=Bescheid")
    assert backend.asked[-1]["filters"] == {}


def test_paging_goes_on_where_the_page_ended(clerk: Clerk) -> None:
    page = clerk.search(q="Baum").text
    seen: list[str] = []
    for _ in range(5):
        seen += re.findall(r'href="/records/(r\d+)\?s=', page)
        more = re.search(r'id="more"><a class="[^"]+" href="([^"]+)"', page)
        if more is None:
            break
        page = clerk.http.get(more.group(1)).text
    assert seen == [f"r{n}" for n in range(57)]
    assert 'start="41"' in page


def test_nothing_found_says_what_to_try(clerk: Clerk) -> None:
    page = clerk.search(q='"nichts"', mode="semantic").text
    assert "Keine Treffer" in page
    assert 'name="correct" value="baumfällung"' in page
    assert "Anführungszeichen" in page
    assert "Wörtern und Sinn" in page


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (422, "versteht die Suche nicht"),
        (429, "warten Sie 7 Sekunden"),
        (503, "gerade nicht erreichbar"),
        (500, "schiefgegangen"),
    ],
)
def test_an_error_keeps_the_words_and_says_what_to_do(
    clerk: Clerk, backend: FakeBackend, status: int, sentence: str
) -> None:
    backend.fail_with = (status, {"retry-after": "7"})
    answer = clerk.search(q="Baumfällung", chosen="department=Bauamt")
    assert answer.status_code == status
    assert sentence in answer.text
    assert 'value="Baumfällung"' in answer.text
    assert 'value="department=Bauamt"' in answer.text
    assert "broken on purpose" not in answer.text


def test_an_api_that_is_away_is_said(settings: UiSettings, backend: FakeBackend) -> None:
    away = UiSettings(**{**settings.model_dump(), "api_url": f"http://127.0.0.1:{free_port()}"})
    with served(create_app(away), away.port) as address:
        clerk = Clerk(address)
        clerk.sign_in()
        answer = clerk.search(q="Baum")
        clerk.http.close()
    assert answer.status_code == 503
    assert "gerade nicht erreichbar" in answer.text


def test_running_text_of_8000_characters_is_searched_and_more_is_refused(clerk: Clerk, backend: FakeBackend) -> None:
    text = " ".join(f"w{n:06}" for n in range(1000))[:8000]
    assert clerk.search(q=text).status_code == 200
    assert backend.asked[-1]["query"] == text.strip()
    assert clerk.search(q=text + "x" * 10).status_code == 422


def test_an_address_of_somebody_else_shows_nothing(clerk: Clerk, settings: UiSettings) -> None:
    sealed = clerk.search(q="Baumfällung").url.params["s"]
    cookies = SessionCookies(settings)
    other = replace(Session("cem", "Cem", "erbach", "t", 9e9), csrf="x")
    jar = dict(c.partition(";")[0].split("=", 1) for c in cookies.write(other))
    with httpx.Client(cookies=jar) as stranger:
        answer = stranger.get(f"{clerk.address}/search", params={"s": sealed})
    assert answer.status_code == 400
    assert "Baumfällung" not in answer.text.replace("Baumfällung Friedhof", "")


def test_the_page_of_a_hit_opens_with_its_words_marked_and_escaped(clerk: Clerk) -> None:
    results = clerk.search(q="Baumfällung").text
    link = re.search(r'href="(/records/r0/pages/4\?[^"]+)"', results)
    assert link is not None
    page = clerk.http.get(link.group(1).replace("&amp;", "&"))
    assert "Seite 4 von 6" in page.text
    assert "<mark>BAUMFÄLLUNG</mark>" in page.text
    assert 'class="place"' in page.text
    assert "<script>alert" not in page.text
    assert 'src="/records/r0/pages/4/image"' in page.text
    back = re.search(r'href="(/search\?s=[^"]+)"', page.text)
    assert back is not None
    assert 'value="Baumfällung"' in clerk.http.get(back.group(1)).text


def test_a_page_opens_without_marks_from_a_kept_address(clerk: Clerk) -> None:
    page = clerk.http.get("/records/r0/pages/4", params={"m": "old", "s": "old"})
    assert page.status_code == 200
    assert "<mark>" not in page.text
    assert 'href="/"' in page.text


@pytest.mark.parametrize("path", ["/records/none", "/records/r1/pages/999", "/records/r1/pages/x", "/records/../r1"])
def test_what_is_not_there_is_not_found(clerk: Clerk, path: str) -> None:
    answer = clerk.http.get(path)
    assert answer.status_code == 404
    assert "nicht für Sie freigegeben" in answer.text


def test_a_record_shows_its_details_and_pages(clerk: Clerk) -> None:
    page = clerk.http.get("/records/r1").text
    for shown in (
        "Beispielverfahren",
        "Verfahren",
        "31.12.2034",
        "bescheid-1.pdf",
        "182 KB",
        "EX-0001",
        "(1\N{EN DASH}120)",
    ):
        assert shown in page
    assert clerk.http.get("/records/r1/pages", params={"n": "57"}).url.path == "/records/r1/pages/57"


def test_files_are_handed_through_as_downloads_that_can_do_nothing(clerk: Clerk) -> None:
    original = clerk.http.get("/records/r1/original")
    assert original.content == b"%PDF-1.7 example"
    assert original.headers["content-disposition"] == "attachment; filename*=UTF-8''F%C3%A4llung.pdf"
    assert "sandbox" in original.headers["content-security-policy"]
    assert clerk.http.get("/records/r1/pages/2/image").headers["content-type"] == "image/png"
    assert clerk.http.get("/records/r1/pages/1/image").status_code == 404
    assert clerk.http.get("/records/none/original").status_code == 404


def test_an_export_holds_the_search_it_was_asked_from(clerk: Clerk, backend: FakeBackend) -> None:
    form = {"csrf": clerk.csrf(), "q": "Baum", "chosen": "department=Bauamt", "format": "csv", "mode": "keyword"}
    answer = clerk.http.post("/export", data=form)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert len(answer.text.splitlines()) == 20
    expected = {"query": "Baum", "mode": "keyword", "filters": {"department": ["Bauamt"]}, "format": "csv"}
    assert backend.asked[-1] == expected
    assert clerk.http.post("/export", data={**form, "format": "exe"}).status_code == 422


def test_suggestions_are_escaped_options(clerk: Clerk) -> None:
    answer = clerk.http.post("/suggest", data={"q": "baum"})
    assert answer.text.count("<option") == 2
    assert "<b>" not in answer.text
    assert clerk.http.post("/suggest", data={"q": "b"}).text == ""


def test_the_language_is_chosen_by_form(clerk: Clerk) -> None:
    page = clerk.http.post("/language", data={"language": "en", "next": "/records/r1"})
    assert page.url.path == "/records/r1"
    assert '<html lang="en">' in page.text
    assert "Download original" in page.text
    evil = clerk.http.post("/language", data={"language": "de", "next": "//evil.example"})
    assert evil.url.path == "/"


def test_a_large_form_and_a_foreign_name_for_this_machine_are_turned_away(clerk: Clerk) -> None:
    assert clerk.http.post("/search", data={"q": "x" * 300_000}).status_code == 413
    led = clerk.http.get("/records/r1", headers={"host": "rebound.example"}, follow_redirects=False)
    assert led.headers["location"] == f"{clerk.address}/"
    live = clerk.http.get("/health/live", headers={"host": "rebound.example"})
    assert live.status_code == 200


def test_a_recognised_page_says_how_sure_its_text_is(clerk: Clerk, backend: FakeBackend) -> None:
    backend.records[0]["passages"][0]["confidence"] = 71
    backend.records[0]["fields"] |= {"has_macros": True, "notice": "Der Text ist sehr lang."}
    found = clerk.search(q="Baumfällung").text
    assert found.count("gelesen mit Texterkennung, 71 %") == 1
    page = clerk.http.get("/records/r0/pages/4").text
    assert "zu 71 % sicher" in page
    assert "zu 71 % sicher" not in clerk.http.get("/records/r1/pages/1").text
    details = clerk.http.get("/records/r0").text
    assert "Enthält Makros oder Skripte" in details
    assert "True" not in details
