"""S9: whatever stands in titles, texts, names and fields runs in no page, and leads nowhere else.

A real browser opens every page over the real API. It notes dialogs, refused scripts, errors, and requests to any other
address; and the page itself is looked through for what no template of ours makes. Beside it, S3 once more for the
pages: unknown and forbidden records look the same there too.
"""

from __future__ import annotations

import base64
import html
import os
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from local import assets
from local.layout import Layout
from records.access import ReadAccess
from records.ledger_values import Fault, Seen
from records.reasons import Reason
from records.record import Metadata
from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.system import Api, System
from tests.leaks.tally import Row, size
from tests.leaks.world import Asker, Paper, canary
from tests.ports import free_port
from tests.unit.ui.serving import served
from ui.app import create_app
from ui.session import Session, SessionCookies
from ui.settings import UiSettings

pytestmark = [pytest.mark.stack, pytest.mark.browser]

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_RUN = "alert(1)"
_ELSEWHERE = "elsewhere.example"

#: each would run, or fetch something from elsewhere, if a page took it for markup
_EVERY = (
    f"<script>{_RUN}</script>",
    f'"><script>{_RUN}</script>',
    f"'><img src=x onerror={_RUN}>",
    f"<img src=//{_ELSEWHERE}/x.png>",
    f"<svg onload={_RUN}><animate onbegin={_RUN}>",
    f'" autofocus onfocus="{_RUN}" x="',
    f"' onmouseover='{_RUN}' style='position:fixed;inset:0",
    f"</title><script>{_RUN}</script>",
    f"</textarea></option></select><script>{_RUN}</script>",
    f"javascript:{_RUN}",
    f"<iframe srcdoc='<script>{_RUN}</script>'></iframe>",
    f"<a href=javascript:{_RUN}>Beispiel</a>",
    f"<form action=//{_ELSEWHERE}><button>Beispiel</button></form>",
    f"<meta http-equiv=refresh content='0;url=//{_ELSEWHERE}/'>",
    f"<base href=//{_ELSEWHERE}/>",
    f"<link rel=stylesheet href=//{_ELSEWHERE}/x.css>",
    f"<div hx-get=//{_ELSEWHERE}/ hx-trigger=load>Beispiel</div>",
    f"<div hx-on:load={_RUN} data-hx-get=/ hx-vals='js:{{a:{_RUN}}}'>",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}<%= 7*7 %>",
    f"<mark>Kastanie</mark><script>{_RUN}</script>",
    f"\ue000<script>{_RUN}</script>\ue001",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f"\u2028</script><script>{_RUN}//",
    f"＜script＞{_RUN}＜/script＞",  # noqa: RUF001 - the full-width forms are meant
    f"<math><mtext><table><mglyph><style><img src=x onerror={_RUN}>",
    f"<noscript><p title='</noscript><img src=x onerror={_RUN}>'>",
    f"<details open ontoggle={_RUN}><video><source onerror={_RUN}>",
    f"%3Cscript%3E{_RUN}%3C/script%3E",
)
PAYLOADS = _EVERY[:: size(3, 1)]
_MANAGER = Asker("verwalterin", "erbach", frozenset({"bauamt"}), frozenset({"records-manager"}))
_CLERK = Asker("klara", "erbach", frozenset({"bauamt"}))

#: what no template of ours makes; the answer is a list of what was found
_STRANGE = """() => [...document.querySelectorAll('*')].filter(e =>
    [...e.attributes].some(a => a.name.startsWith('on') || a.name.startsWith('hx-on') || a.name === 'style'
        || a.name === 'srcdoc' || a.name.startsWith('data-hx'))
    || ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'SVG', 'MATH', 'STYLE', 'VIDEO'].includes(e.tagName.toUpperCase())
    || (e.tagName === 'SCRIPT' && !/^[/](assets|static)[/]/.test(e.getAttribute('src') || ''))
    || (e.tagName === 'META' && e.httpEquiv)
    || ['href', 'src', 'action', 'formaction', 'hx-get', 'hx-post'].some(name =>
        e.hasAttribute(name) && !/^([/](?![/])|[?#]|$)/.test(e.getAttribute(name)))
).map(e => e.outerHTML.slice(0, 200))"""
_REPORT = "addEventListener('securitypolicyviolation', e => console.error('Security Policy: ' + e.violatedDirective))"


class Hostile(System):
    """A town whose records carry what would run in each of their fields."""

    def _seen(self, paper: Paper) -> Seen:
        seen = super()._seen(paper)
        said = paper.title
        about = replace(
            seen.metadata,
            source_id=said,
            file_reference=said,
            file_plan=said,
            document_type=said,
            department=said,
            case_type=said,
            case_reference=said,
            fields={"verfahren": said, said: "Beispiel", "liste": [said, said]},
        )
        # a name of a file has no line ends and no slashes
        return replace(seen, metadata=about, file_name=f"{said.replace('/', '_')}.html")


@dataclass
class Watched:
    """What a browser noticed that must not be."""

    ran: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    pages: int = 0

    @property
    def all(self) -> list[str]:
        return [*self.ran, *self.reports, *self.elsewhere, *self.strange]

    def follow(self, context: BrowserContext, origin: str) -> None:
        """Watch every page of this browser."""
        context.add_init_script(_REPORT)
        context.on("dialog", self._dialog)
        context.on("console", lambda said: self._said(said.text))
        context.on("weberror", lambda error: self.reports.append(f"an error: {error.error}"))
        context.on("request", lambda r: self.elsewhere.append(r.url) if not r.url.startswith(origin) else None)

    def _dialog(self, dialog: Any) -> None:
        self.ran.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _said(self, text: str) -> None:
        if "Security Policy" in text or "Refused to" in text:
            self.reports.append(text[:200])

    def look(self, page: Page) -> None:
        """Look through a page that was opened."""
        self.pages += 1
        self.strange += [f"{page.url}: {one}" for one in page.evaluate(_STRANGE)]


@dataclass(frozen=True)
class Pages:
    """The pages over the API, and how somebody signs in without asking a provider."""

    address: str
    settings: UiSettings
    api: Api

    def cookies(self, asker: Asker, name: str) -> list[tuple[str, str]]:
        token = self.api.issuer.token(asker)
        session = Session(asker.subject, name, asker.tenant, token, float("inf"))
        written = SessionCookies(self.settings).write(replace(session, token_ends=2e12))
        pairs = [one.split(";")[0].partition("=") for one in written]
        return [(key, value) for key, _, value in pairs if value]


@pytest.fixture(scope="module")
def pages(own_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    folder = tmp_path_factory.mktemp("s9")
    system = Hostile(own_engine, folder)
    dice = random.Random("Skripte")
    everybody, others = frozenset({"alle"}), frozenset({"leitung"})

    def paper(name: str, said: str, readers: frozenset[str], tenant: str = "erbach") -> Paper:
        text = f"Kastanie {said} Brunnen {said}"
        return Paper(tenant, name, said, (text, f"Anhang {said}"), canary(dice), frozenset(), readers)

    system.take_in([paper(f"{n}.txt", said, everybody) for n, said in enumerate(PAYLOADS)])
    system.take_in([paper("zu.txt", "Beispiel", others), paper("fremd.txt", "Beispiel", everybody, "michelstadt")])
    source = system.ledger.source("erbach", "folder", "/beispiel/erbach")
    unreadable = system.ledger.note(source, [_unreadable(said) for said in PAYLOADS])
    assert len(unreadable) == len(PAYLOADS)
    unpacked = folder / "assets"
    assets.unpack(unpacked, Layout.from_environment().cache)
    key = folder / "session.key"
    key.write_text(base64.urlsafe_b64encode(os.urandom(32)).decode(), encoding="ascii")
    with Issuer() as issuer, system.api(issuer) as api:
        port = free_port()
        settings = UiSettings(
            port=port,
            api_url=str(api.client.base_url),
            issuer=issuer.url,
            public_url=f"http://127.0.0.1:{port}",
            session_key_file=key,
            assets=unpacked,
        )
        with served(create_app(settings), port) as address:
            yield Pages(address, settings, api)


def _unreadable(said: str) -> Seen:
    """Return a file in quarantine whose name and title would run."""
    name = f"{said.replace('/', '_')}.pdf"
    about = Metadata(title=said, source_id=said)
    return Seen(name, name, None, None, None, None, about, ReadAccess("erbach"), fault=Fault(Reason.SIDECAR, said))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        yield started
        started.close()


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def page(pages: Pages, browser: Browser, watched: Watched) -> Iterator[Page]:
    context = browser.new_context(locale="de-DE", accept_downloads=True)
    named = pages.cookies(_MANAGER, PAYLOADS[0])
    context.add_cookies([{"name": k, "value": v, "url": pages.address} for k, v in named])
    watched.follow(context, pages.address)
    yield context.new_page()
    context.close()


def ids(pages: Pages) -> dict[str, str]:
    """Return the record of each payload."""
    return {p.title: i for i, p in pages.api.system.shelf.by_id.items() if p.title in PAYLOADS}


def test_nothing_that_was_written_runs(pages: Pages, page: Page, watched: Watched, row: Row) -> None:
    def opened(path: str) -> None:
        page.goto(f"{pages.address}{path}")
        watched.look(page)

    for said, record_id in ids(pages).items():
        opened(f"/records/{record_id}")
        # it is there to be read, every character of it but the signs that mark found words
        shown = " ".join(page.inner_text("h1").split())
        assert shown == " ".join(re.sub("[\ue000\ue001\u2028]", " ", said).split())
        opened(f"/records/{record_id}/pages/1")
        assert page.locator(".paper").count() == 1
        opened(f"/records/{record_id}/similar")
        assert page.locator(".hit").count() > 0
        opened(f"/records/{record_id}/citations")
    for path in (f"/records/{record_id}/release", "/releases", "/", *(f"/{quote(p, safe='')}" for p in PAYLOADS[:4])):
        opened(path)
    opened(f"/search?s={quote(PAYLOADS[0])}")
    row.add(pages=watched.pages, leaks=len(watched.all))
    assert watched.all == []


def test_nothing_that_was_found_or_typed_runs(pages: Pages, page: Page, watched: Watched, row: Row) -> None:
    """Hits with words marked inside of what would run, facets and chips of the same, suggestions, corrections."""
    page.goto(pages.address)
    for query in ("Kastanie", "", *PAYLOADS[: size(2, 28)]):
        if query:
            page.fill("#q", query)
            page.wait_for_timeout(300)  # suggestions come while somebody types
            page.press("#q", "Enter")
            page.wait_for_load_state()
        watched.look(page)
        if page.locator(".value").count():
            page.locator(".value").first.click()
            page.wait_for_load_state()
            watched.look(page)
            page.goto(pages.address)
    page.fill("#q", "Kastanie")
    page.press("#q", "Enter")
    page.locator(".passage__page").first.click()
    assert page.locator(".paper mark").count() > 0
    watched.look(page)
    row.add(pages=watched.pages, leaks=len(watched.all))
    assert watched.all == []


def test_what_is_alike_runs_nowhere(pages: Pages, page: Page, watched: Watched, row: Row) -> None:
    for said in PAYLOADS[: size(3, 28)]:
        page.goto(f"{pages.address}/precedents")
        for name in ("draft", "purpose", "file_plan", "case_type"):
            page.fill(f"#{name}", said[:200])
        page.locator("form.draft button").click()
        page.wait_for_load_state()
        watched.look(page)
        page.fill("#draft", f"Kastanie {said}")
        page.fill("#purpose", "Prüfung")
        page.locator("form.draft button").click()
        page.wait_for_selector(".hit")
        watched.look(page)
    row.add(pages=watched.pages, leaks=len(watched.all))
    assert watched.all == []


def test_what_is_given_to_others_runs_nowhere(pages: Pages, page: Page, watched: Watched, row: Row) -> None:
    said = PAYLOADS[1]
    page.goto(f"{pages.address}/records/{ids(pages)[said]}/release")
    page.check("#form-redacted")
    for name in ("purpose", "legal_basis", "title", "pages"):
        page.fill(f"#{name}", said)
    page.fill("#partners", "nirgendwo<script>")
    page.locator("form.release button").click()
    watched.look(page)  # refused, and the form is shown again with all that was written
    assert page.input_value("#purpose") == said
    page.fill("#partners", "michelstadt")
    page.locator("form.release button").click()
    page.wait_for_url(f"{pages.address}/releases")
    watched.look(page)
    assert said in page.inner_text("main")
    page.goto(f"{pages.address}/records/{ids(pages)[said]}")
    watched.look(page)
    row.add(pages=watched.pages, leaks=len(watched.all))
    assert watched.all == []


def test_what_records_managers_look_at_runs_nowhere(pages: Pages, page: Page, watched: Watched, row: Row) -> None:
    for said, record_id in ids(pages).items():
        held = pages.api.ask(_MANAGER, "POST", "/v1/holds", {"record_id": record_id, "reason": said})
        assert held.status_code == 200, held.text
    shown = {}
    for path in ("", "/quarantine", "/reconciliation", "/deletions", "/retention", "/holds", "/holds/1/lift"):
        page.goto(f"{pages.address}/manage{path}")
        watched.look(page)
        shown[path] = page.locator("main").text_content() or ""
    page.goto(f"{pages.address}/recognition")
    watched.look(page)
    row.add(pages=watched.pages, leaks=len(watched.all))
    assert watched.all == []
    assert PAYLOADS[0] in shown["/holds"]
    assert PAYLOADS[0].replace("/", "_") in shown["/quarantine"]


def test_a_strangers_file_is_saved_and_never_opened(pages: Pages, page: Page, watched: Watched, row: Row) -> None:
    for said, record_id in list(ids(pages).items())[:4]:
        with page.expect_download() as download:
            page.goto(f"{pages.address}/")
            page.evaluate("address => { location.href = address }", f"/records/{record_id}/original")
        assert said.encode() in Path(download.value.path()).read_bytes()
        row.add(pages=1)
    row.add(leaks=len(watched.all))
    assert watched.all == []


def test_the_watch_sees_what_runs(pages: Pages, page: Page, watched: Watched) -> None:
    """Without this the tests above could pass because nobody looks: the same page, its escaping taken back."""

    def unescaped(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=html.unescape(answer.text()))

    def unguarded(route: Route) -> None:
        answer = route.fetch()
        headers = {k: v for k, v in answer.headers.items() if k != "content-security-policy"}
        route.fulfill(response=answer, headers=headers, body=html.unescape(answer.text()))

    [record_id] = [i for said, i in ids(pages).items() if said == PAYLOADS[0]]
    for handler in (unescaped, unguarded):
        page.route("**/records/*", handler)
        page.goto(f"{pages.address}/records/{record_id}")
        watched.look(page)
        page.unroute("**/records/*")
        # the policy stops it and says so; without the policy it runs
        assert bool(watched.ran) == (handler is unguarded)
    assert watched.reports
    assert watched.strange
    page.unroute_all()
    page.evaluate(f"fetch('https://{_ELSEWHERE}/x').catch(() => 0)")
    assert watched.elsewhere


def test_the_api_says_what_was_written(pages: Pages, row: Row) -> None:
    """Escaping is the pages' matter: in JSON and in files a text is what it was."""
    body = {"query": "", "mode": "keyword", "size": 200}
    hits = pages.api.ask(_CLERK, "POST", "/v1/search", body).json()["hits"]
    said = {_unmarked(payload) for payload in PAYLOADS}
    told = {
        _unmarked(hit["title"]): {_unmarked(hit[name]) for name in ("file_reference", "document_type", "source_id")}
        for hit in hits
    }
    row.add(texts=len(told))
    assert told == {one: {one} for one in said}


def _unmarked(text: str) -> str:
    """Take the signs out that mark found words; nobody can write them. A title holds blanks in their place."""
    return re.sub("[\ue000\ue001]", "", text).strip()


def test_unknown_and_forbidden_look_the_same_in_the_pages(pages: Pages, row: Row) -> None:
    """Answers of the pages, but for what is the pages' own: tokens in forms, and the address that was asked for."""
    shelf = pages.api.system.shelf.by_id
    closed = [i for i, paper in shelf.items() if paper.name in {"zu.txt", "fremd.txt"}]
    dice = random.Random("Seiten")
    unknown = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz234567", k=26))
    seen: dict[str, set[tuple[int, str, str]]] = {}
    for asker in (_CLERK, replace(_MANAGER, groups=frozenset())):
        cookie = "; ".join(f"{k}={v}" for k, v in pages.cookies(asker, "Beispiel"))
        with httpx.Client(base_url=pages.address, headers={"cookie": cookie}, trust_env=False, timeout=60) as http:
            for method, more in (
                ("GET", ""),
                ("HEAD", ""),
                ("GET", "/pages"),
                ("GET", "/pages/1"),
                ("GET", "/pages/1/image"),
                ("GET", "/original"),
                ("GET", "/similar"),
                ("GET", "/citations"),
                ("GET", "/release"),
                ("POST", "/release"),
            ):
                for record_id in (unknown, *closed):
                    answer = http.request(method, f"/records/{record_id}{more}")
                    headers = str(sorted((k, v) for k, v in answer.headers.items() if k != "date"))
                    text = re.sub(r'name="csrf" value="[^"]*"', "", answer.text).replace(record_id, "ID")
                    key = f"{asker} {method} {more}"
                    seen.setdefault(key, set()).add((answer.status_code, headers.replace(record_id, "ID"), text))
    different = {key: answers for key, answers in seen.items() if len(answers) != 1}
    row.add(pairs=len(seen) * len(closed), leaks=len(different))
    assert {status for answers in seen.values() for status, _, _ in answers} >= {303, 403, 404}
    assert different == {}
