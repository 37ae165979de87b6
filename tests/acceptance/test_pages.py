"""The pages in a real browser: over the whole system a record takes, and over a fake API where an edge is wanted."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from reportlab.pdfgen.canvas import Canvas

from tests.ports import free_port
from tests.stack import Stack
from tests.unit.ui.fake_api import FakeBackend
from tests.unit.ui.serving import served
from ui.app import create_app
from ui.settings import UiSettings

pytestmark = [pytest.mark.browser, pytest.mark.stack]

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        yield started
        started.close()


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def page(browser: Browser, scripts: bool) -> Iterator[Page]:  # noqa: FBT001 - a fixture
    context = browser.new_context(locale="de-DE", java_script_enabled=scripts)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    # what the content policy stops is a fault of the page, even where nobody sees it
    assert [c for c in complaints if "Security Policy" in c or "Error:" in c] == []


@pytest.fixture
def fake(stack: Stack, tmp_path: Path) -> Iterator[tuple[FakeBackend, str]]:
    key = tmp_path / "session.key"
    key.write_text(base64.urlsafe_b64encode(os.urandom(32)).decode())
    backend, ports = FakeBackend(), (free_port(), free_port())
    backend.address = f"http://127.0.0.1:{ports[0]}"
    settings = UiSettings(
        port=ports[1],
        api_url=backend.address,
        issuer=backend.address,
        public_url=f"http://127.0.0.1:{ports[1]}",
        session_key_file=key,
        assets=Path(os.environ.get("AKTENSUCHE_UI__ASSETS") or stack.data / "assets"),
    )
    with served(backend.app, ports[0]), served(create_app(settings), ports[1]) as address:
        yield backend, address


@pytest.fixture(scope="module")
def imported(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PDF of three pages whose rare word stands on the second."""
    folder = tmp_path_factory.mktemp("pages")
    pdf = Canvas(str(folder / "protokoll.pdf"))
    for text in (
        "Beispiel: Deckblatt der Niederschrift",
        "Beispiel: Der Quittenbaumweg wird gesperrt",
        "Beispiel: Ende",
    ):
        pdf.drawString(72, 720, text)
        pdf.showPage()
    pdf.save()
    about = {"title": "Beispiel: Niederschrift Wegesperrung", "document_type": "Niederschrift", "readers": ["bauamt"]}
    (folder / "protokoll.meta.json").write_text(json.dumps(about), encoding="utf-8")
    stack.cli("import", str(folder), "--tenant", "erbach")
    return str(about["title"])


def _sign_in(page: Page, stack: Stack, subject: str = "bauamt.erbach") -> None:
    page.goto(stack.pages)
    page.get_by_role("link", name="Anmelden").click()
    page.select_option("#subject", subject)
    page.fill("#code", (stack.data / "secrets" / "sign-in.code").read_text().strip())
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Akten suchen")).to_be_visible()


def test_from_signing_in_to_the_right_page_of_a_real_file(page: Page, stack: Stack, imported: str) -> None:
    _sign_in(page, stack)
    page.get_by_label("Wonach suchen Sie?").fill("Quittenbaumweg")
    page.get_by_label("nur Wörtern").check()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 Treffer")).to_be_visible()
    expect(page.locator("mark").first).to_have_text("Quittenbaumweg")
    assert "uittenbaum" not in page.url
    with page.expect_response(re.compile(r"/pages/2/image$")) as picture:
        page.get_by_role("link", name=re.compile("^Seite 2")).click()
    assert (picture.value.status, picture.value.headers["content-type"]) == (200, "image/png")
    expect(page.get_by_text("Seite 2 von 3").first).to_be_visible()
    expect(page.locator(".paper mark")).to_have_text("Quittenbaumweg")
    with page.expect_download() as download:
        page.get_by_role("link", name="Original herunterladen").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="Zurück zu den Treffern").click()
    expect(page.get_by_role("link", name=imported).first).to_be_visible()


def test_another_office_does_not_find_it(page: Page, stack: Stack, imported: str) -> None:
    assert imported
    _sign_in(page, stack, "schulamt.erbach")
    page.get_by_label("Wonach suchen Sie?").fill("Quittenbaumweg")
    page.get_by_label("nur Wörtern").check()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Keine Treffer")).to_be_visible()


def test_a_search_by_keyboard_alone(fake: tuple[FakeBackend, str], page: Page) -> None:
    page.goto(fake[1])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zum Inhalt springen")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Anmelden")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Wonach suchen Sie?")).to_be_focused()
    page.keyboard.type("Baumfällung")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="57 Treffer")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zu den Treffern springen")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Sortieren nach")).to_be_focused()


def test_narrowing_paging_and_going_back(fake: tuple[FakeBackend, str], page: Page, scripts: bool) -> None:  # noqa: FBT001
    page.goto(f"{fake[1]}/auth/start")
    page.get_by_label("Wonach suchen Sie?").fill("Baumfällung")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Weitere Treffer").click()
    new = page.locator("#hit-21 a")
    expect(new).to_be_visible()
    # with scripts hits are added and reading goes on there; without, it is the next page
    expect(page.locator(".hit")).to_have_count(40 if scripts else 20)
    if scripts:
        expect(new).to_be_focused()
    page.get_by_role("button", name=re.compile("^Bescheid")).click()
    expect(page.get_by_role("heading", name="15 Treffer")).to_be_visible()
    page.locator(".hit__title a").first.click()
    expect(page.get_by_role("heading", name="Angaben")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="15 Treffer")).to_be_visible()
    page.get_by_role("button", name="Alle Filter entfernen").click()
    expect(page.get_by_role("heading", name="57 Treffer")).to_be_visible()


def test_a_narrow_screen_needs_no_scrolling_sideways(fake: tuple[FakeBackend, str], browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{fake[1]}/auth/start")
    page.get_by_label("Wonach suchen Sie?").fill("Baumfällung")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hit")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator(".passage__page").first.click()
    page.wait_for_selector(".paper")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.goto(f"{fake[1]}/precedents")
    page.get_by_label("Ihr Entwurf").fill("Fällung einer Linde")
    page.get_by_label("Wofür Sie").fill("Antrag")
    page.get_by_role("button", name="Vergleichsfälle suchen").click()
    page.wait_for_selector(".hit")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    fake[0].reports.makes_them = True
    page.goto(f"{fake[1]}/manage/reports/holdings")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_from_signing_in_to_a_report_of_the_system_and_its_file(page: Page, stack: Stack, imported: str) -> None:
    _sign_in(page, stack, "schriftgut.erbach")
    page.get_by_role("link", name="Berichte").click()
    page.get_by_role("link", name="Bestand").click()
    expect(page.get_by_role("heading", name="Nach Amt")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Summe")).first).to_be_visible()
    assert imported not in page.content()
    page.get_by_label("Erster Monat").fill("2026-01")
    page.get_by_role("button", name="Zeitraum anzeigen").click()
    expect(page.get_by_label("Erster Monat")).to_have_value("2026-01")
    with page.expect_download() as got:
        page.get_by_role("link", name="Excel-Arbeitsmappe").click()
    assert got.value.suggested_filename == "holdings.xlsx"


def test_a_report_shows_its_charts_as_pictures(fake: tuple[FakeBackend, str], browser: Browser) -> None:
    fake[0].reports.makes_them = True
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(f"{fake[1]}/auth/start")
    page.goto(f"{fake[1]}/manage/reports/holdings")
    for picture in page.locator("img.chart").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("picture => picture.decode()")
        assert picture.evaluate("picture => picture.naturalWidth") > 300
        # drawn with its colours: what styles it is not stopped
        dark = """picture => {
            const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
            const pen = canvas.getContext("2d");
            pen.drawImage(picture, 0, 0);
            const points = pen.getImageData(0, 0, canvas.width, canvas.height).data;
            const is = (r, g, b) => (_, n) => points[4*n] === r && points[4*n+1] === g && points[4*n+2] === b;
            return Array.from({length: points.length / 4}).filter(is(0x17, 0x1a, 0x2b)).length;
        }"""
        assert picture.evaluate(dark) > 100
    page.close()
    assert [said for said in complaints if "Security Policy" in said] == []
