"""The pages of reports: what they show, charts that hold no script, files, and that nobody else gets there."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from tests.unit.ui.conftest import Clerk
from tests.unit.ui.fake_api import FakeBackend

PAGES = (
    "/manage/reports",
    "/manage/reports/holdings",
    "/manage/reports/holdings/month.svg",
    "/manage/reports/holdings/file.csv",
    "/manage/reports/ready/jahr",
    "/manage/reports/ready/jahr/file.pdf",
)


@pytest.fixture
def reporter(clerk: Clerk, backend: FakeBackend) -> Clerk:
    backend.reports.makes_them = True
    return clerk


def test_a_clerk_is_shown_no_way_and_gets_nowhere(clerk: Clerk) -> None:
    assert "/manage/reports" not in clerk.http.get("/").text
    for path in PAGES:
        assert clerk.http.get(path).status_code == 404, path


def test_the_way_leads_from_the_start_to_a_report_and_back(reporter: Clerk) -> None:
    assert 'href="/manage/reports"' in reporter.http.get("/").text
    listed = reporter.http.get("/manage/reports").text
    assert 'href="/manage/reports/holdings"' in listed
    assert "Unterlagen und Zuwachs." in listed
    assert 'href="/manage/reports"' in reporter.http.get("/manage/reports/holdings").text
    reporter.http.post("/language", data={"language": "en", "next": "/"})
    assert "Records and growth." in reporter.http.get("/manage/reports").text
    assert '<h1 class="kern-heading-large">Holdings</h1>' in reporter.http.get("/manage/reports/holdings").text


def test_hidden_figures_are_said_to_be_hidden(reporter: Clerk) -> None:
    page = reporter.http.get("/manage/reports/holdings").text
    body = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    lines = [re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", line)).strip() for line in body]
    assert lines[1:5] == [
        "2026-01 12 0",
        "2026-02 &lt;5 verdeckt",
        "2026-03 mindestens 1.230 7",
        "Summe mindestens 1.242 7",
    ]
    assert "<script>alert" not in page
    assert not re.search(r"\sstyle=", page)


def test_months_are_asked_for_and_kept(reporter: Clerk, backend: FakeBackend) -> None:
    page = reporter.http.get("/manage/reports/holdings?from=2026-02&to=2026-03").text
    assert "from=2026-02&to=2026-03" in backend.reports.asked
    assert 'value="2026-02"' in page
    assert "/manage/reports/holdings/month.svg?from=2026-02&amp;to=2026-03" in page
    assert "/manage/reports/holdings/file.xlsx?from=2026-02&amp;to=2026-03" in page
    answer = reporter.http.get("/manage/reports/holdings?from=2026-13&to=")
    assert answer.status_code == 422
    assert "Diese Monate ergeben keinen Zeitraum." in answer.text


def test_a_report_without_figures_says_so(reporter: Clerk, backend: FakeBackend) -> None:
    backend.reports.empty = True
    page = reporter.http.get("/manage/reports/holdings").text
    assert page.count("Hierzu gibt es noch keine Zahlen.") == 2
    assert "<img" not in page
    assert reporter.http.get("/manage/reports/holdings/month.svg").status_code == 404


def test_a_report_leaves_as_a_file(reporter: Clerk) -> None:
    answer = reporter.http.get("/manage/reports/holdings/file.csv?from=2026-02")
    assert answer.text == "Bericht,Bestand\n"
    assert answer.headers["content-disposition"] == 'attachment; filename="holdings.csv"'
    answer = reporter.http.get("/manage/reports/holdings/file.pdf")
    assert (answer.text, answer.headers["content-type"]) == ("pdf", "application/pdf")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert reporter.http.get("/manage/reports/holdings/file.json").status_code == 404
    assert reporter.http.get("/manage/reports/holdings/file.svg?by=month").status_code in {404, 422}
    assert reporter.http.get("/manage/reports/%2e%2e/file.csv").status_code == 404


def test_a_chart_is_a_picture_that_holds_no_script_and_asks_for_nothing(reporter: Clerk) -> None:
    for table in ("month", "department"):
        answer = reporter.http.get(f"/manage/reports/holdings/{table}.svg")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        drawn = ET.fromstring(answer.text)  # noqa: S314
        assert not [
            e.tag for e in drawn.iter() if e.tag.rpartition("}")[2] in {"script", "a", "image", "foreignObject"}
        ]
        links = [value for e in drawn.iter() for name, value in e.attrib.items() if name.endswith("href")]
        assert all(link.startswith("#") for link in links)
        assert not re.search(r"url\((?!#)|@import", answer.text)
        assert answer.text == reporter.http.get(f"/manage/reports/holdings/{table}.svg").text
    written = [e.text for e in ET.fromstring(reporter.http.get("/manage/reports/holdings/month.svg").text).iter()]  # noqa: S314
    assert {" <5", " verdeckt"} <= set(written)


def test_a_ready_made_report_is_a_page_and_a_file(reporter: Clerk, backend: FakeBackend) -> None:
    listed = reporter.http.get("/manage/reports").text
    assert 'href="/manage/reports/ready/jahr"' in listed
    assert 'href="/manage/reports/ready/kaputt"' not in listed
    assert "kaputt.md, Zeile 1: der Kopf fehlt" in listed
    page = reporter.http.get("/manage/reports/ready/jahr?from=2025-01").text
    assert "from=2025-01" in backend.reports.asked
    for piece in (
        '<h2 class="kern-heading-medium">Das Jahr</h2>',
        "Es sind <strong>Amt $x^2 &lt;script&gt;",
        "<li><em>zu tun</em></li>",
        "/manage/reports/holdings/month.svg?from=2025-01&amp;to=2025-12",
        "/manage/reports/ready/jahr/file.pdf?from=2025-01&amp;to=2025-12",
        "mindestens 1.242",
    ):
        assert piece in page, piece
    assert "<script>alert" not in page
    assert not re.search(r"\sstyle=", page)
    answer = reporter.http.get("/manage/reports/ready/jahr/file.pdf")
    assert (answer.text, answer.headers["content-type"]) == ("%PDF", "application/pdf")
    assert answer.headers["content-disposition"].startswith("attachment")


def test_a_template_that_cannot_be_used_says_its_line(reporter: Clerk) -> None:
    answer = reporter.http.get("/manage/reports/ready/kaputt")
    assert answer.status_code == 422
    assert "kaputt.md, Zeile 1: der Kopf fehlt" in answer.text
    assert "Diese Vorlage kann so nicht verwendet werden." in answer.text
    reporter.http.post("/language", data={"language": "en", "next": "/"})
    assert "cannot be used" in reporter.http.get("/manage/reports/ready/kaputt").text
