"""What a record cites and is cited by, and which records cite something, on the pages."""

from __future__ import annotations

import re

import pytest

from tests.unit.ui.conftest import Clerk
from tests.unit.ui.fake_api import FakeBackend


def test_the_page_of_a_record_says_what_it_cites_and_what_cites_it(clerk: Clerk) -> None:
    page = clerk.http.get("/records/r4").raise_for_status().text
    for said in (
        "Zitiert",
        "Rechtsgrundlage",
        "§ 34 &lt;b&gt;BauGB",
        "ganz Neues",
        "Wird zitiert von",
        "23 Unterlagen",
        'href="/records/r0" lang="de">Bescheid zur Fällung einer Linde, Lindenweg 1',
        'href="/records/r4/citations"',
    ):
        assert said in page, said
    assert page.count('href="/records/r5"') == 0  # five are named
    assert "BauGB" not in "".join(re.findall(r'href="([^"]*)"', page))


def test_without_citations_the_page_of_a_record_says_nothing(clerk: Clerk, backend: FakeBackend) -> None:
    backend.cites, backend.citing = [], 0
    assert "/records/r4/citations" not in clerk.http.get("/records/r4").text
    page = clerk.http.get("/records/r4/citations").raise_for_status().text
    assert "zitiert nichts, was hier erkannt wird" in page
    assert "Keine Unterlage, die Sie lesen dürfen" in page


def test_a_record_is_shown_while_nobody_can_say_what_it_cites(clerk: Clerk, backend: FakeBackend) -> None:
    backend.citations_fail = True
    page = clerk.http.get("/records/r4").raise_for_status().text
    assert "Bescheid zur Fällung" in page
    assert "Wird zitiert von" not in page


def test_what_is_cited_leads_to_all_that_cites_it(clerk: Clerk, backend: FakeBackend) -> None:
    page = clerk.http.get("/records/r4").text
    (link,) = re.findall(r'href="(/citations\?c=[^"]+)">§ 34', page)
    found = clerk.http.get(link).raise_for_status().text
    assert backend.asked[-1] == {"of": "§ 34 <b>BauGB", "size": 20, "kind": "paragraph"}
    for said in ("Unterlagen, die § 34 &lt;b&gt;BauGB zitieren", "23 Unterlagen", "<mark>Baumfällung</mark>", "?m="):
        assert said in found, said
    (onward,) = re.findall(r'href="(/citations\?c=[^"]+)" rel="next"', found)
    rest = clerk.http.get(onward).raise_for_status().text
    assert backend.asked[-1]["cursor"] == "20"
    assert rest.count('class="hit"') == 3
    assert "Von vorn" in rest


def test_a_number_leads_to_what_carries_it(clerk: Clerk, backend: FakeBackend) -> None:
    backend.cites = [{"kind": "paper", "text": "2021/1198"}]
    (link, *_) = re.findall(r'href="(/citations\?c=[^"]+)"', clerk.http.get("/records/r4").text)
    found = clerk.http.get(link).text
    assert "Unterlagen, die dieses Zeichen selbst tragen" in found
    (search,) = re.findall(r'href="(/search\?s=[^"]+)"', found)
    clerk.http.get(search).raise_for_status()
    assert backend.asked[-1]["query"] == "2021/1198"


def test_all_that_cites_a_record_is_turned_page_by_page(clerk: Clerk) -> None:
    page = clerk.http.get("/records/r4/citations").raise_for_status().text
    assert page.count('class="hit"') == 20
    (onward,) = re.findall(r'href="(/records/r4/citations\?cursor=[^"]+)" rel="next"', page)
    assert clerk.http.get(onward).text.count('class="hit"') == 3


def test_what_is_typed_stands_in_no_address(clerk: Clerk, backend: FakeBackend) -> None:
    assert clerk.http.get("/citations").status_code == 200
    answer = clerk.http.post("/citations", data={"of": " 4  C 7.10 ", "csrf": clerk.csrf()})
    assert answer.status_code == 200
    assert backend.asked[-1] == {"of": "4 C 7.10", "size": 20}
    assert "7.10" not in str(answer.url)
    assert 'value="4 C 7.10"' in answer.text


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_nobody_can_cite_is_said_in_a_sentence(clerk: Clerk, language: str) -> None:
    clerk.http.cookies.set("aktensuche-language", language)
    answer = clerk.http.post("/citations", data={"of": "Hundesteuer", "csrf": clerk.csrf()})
    assert answer.status_code == 422
    assert {"de": "nichts, was zitiert werden kann", "en": "nothing that can be cited"}[language] in answer.text
    assert "said in English" not in answer.text


def test_an_address_of_somebody_else_opens_nothing(clerk: Clerk, backend: FakeBackend) -> None:
    assert clerk.http.get("/citations?c=x").status_code == 400
    assert clerk.http.get("/records/none/citations").status_code == 404
    assert backend.asked == []


def test_forms_of_other_sites_ask_nothing(clerk: Clerk, backend: FakeBackend) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    assert clerk.http.post("/citations", data={"of": "§ 34 BauGB", "csrf": "x"}, headers=headers).status_code == 403
    assert backend.asked == []
