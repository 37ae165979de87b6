"""The sign-in against a real Keycloak: browser, software for itself and for a clerk, what is taken back or forged.

The API and the pages are wired as in production, with the realm, the group map and the settings of deploy/; the engine
and the ledger are real. Each line of the table at the end is a check that was made.
"""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from search_api.app import create_app
from tests.engine import Engine
from tests.keycloak import OUTCOMES, Keycloak
from tests.leaks.system import System
from tests.leaks.world import Paper
from tests.ports import free_port
from tests.unit.ui.serving import served
from ui.app import create_app as create_pages
from ui.settings import UiSettings

PASSWORD = "ein-langes-Beispiel-1"
FRONT = "https://fach.beispiel.example/zurueck"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
#: what a provider takes back ends after this long
_PROMISED_SECONDS = 5.0
_BAUAMT, _KAEMMEREI, _FOREIGN = "Quittenbaum Bauamt", "Quittenbaum Kämmerei", "Quittenbaum Michelstadt"


@dataclass
class Town:
    """One installation that trusts this Keycloak."""

    keycloak: Keycloak
    api: httpx.Client
    pages: str
    secrets: dict[str, str]
    people: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)

    def ask(self, token: str) -> httpx.Response:
        body = {"query": "Quittenbaum", "mode": "keyword"}
        return self.api.post("/v1/search", json=body, headers={"authorization": f"Bearer {token}"})

    def finds(self, token: str) -> set[str]:
        answer = self.ask(token)
        assert answer.status_code == 200, answer.text
        return {hit["title"] for hit in answer.json()["hits"]}

    def said(self, what: str, found: str) -> None:
        OUTCOMES.append((what, found))

    def for_itself(self, client_id: str, **more: str) -> str:
        given = self.keycloak.tokens(
            grant_type="client_credentials", client_id=client_id, client_secret=self.secrets[client_id], **more
        )
        return str(given.raise_for_status().json()["access_token"])

    def at_the_front(self, name: str) -> dict[str, Any]:
        """Sign a clerk in at the front of the case-processing software."""
        return self.keycloak.sign_in("fach-web", self.secrets["fach-web"], FRONT, name, PASSWORD)

    def exchange(self, client_id: str, token: str) -> httpx.Response:
        """Exchange a clerk's token for one with which `client_id` asks on their behalf (RFC 8693)."""
        return self.keycloak.tokens(
            grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
            subject_token=token,
            subject_token_type="urn:ietf:params:oauth:token-type:access_token",
            requested_token_type="urn:ietf:params:oauth:token-type:access_token",
            audience="aktensuche",
            client_id=client_id,
            client_secret=self.secrets[client_id],
        )

    def on_behalf(self, name: str, client_id: str = "fach") -> str:
        given = self.exchange(client_id, self.at_the_front(name)["access_token"])
        assert given.is_success, given.text
        return str(given.json()["access_token"])

    def seconds_until(self, refused: Callable[[], bool]) -> float:
        """Return how long after it was taken back the last question that was still answered was asked."""
        # not when the refusal arrived: a busy machine takes its time for that
        began = asked = time.monotonic()
        last = 0.0
        while not refused():
            last = asked - began
            assert last < 4 * _PROMISED_SECONDS, "it goes on"
            time.sleep(0.2)
            asked = time.monotonic()
        return last


def claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def paper(tenant: str, title: str, reader: str) -> Paper:
    return Paper(
        tenant=tenant,
        name=f"{tenant}-{reader}.txt",
        title=title,
        pages=("Der Quittenbaum am Beispielweg wird gefällt.",),
        secret="",
        words=frozenset({"quittenbaum"}),
        readers=frozenset({reader}),
    )


def prepare(keycloak: Keycloak, town: Town) -> None:
    """People and software as an administrator makes them (docs/operations.md)."""
    admin = keycloak.admin
    town.people = {
        "bea": admin.person("bea", PASSWORD, "erbach", "/erbach/bauamt/hochbau"),
        "kai": admin.person("kai", PASSWORD, "erbach", "/erbach/kaemmerei", "/erbach/bauamt", "/michelstadt/bauamt"),
        "mia": admin.person("mia", PASSWORD, "erbach", "/michelstadt/bauamt"),
        "udo": admin.person("udo", PASSWORD, None, "/erbach/bauamt"),
        "eva": admin.person("eva", PASSWORD, "erbach", "/erbach/bauamt"),
    }

    def audience(name: str) -> dict[str, Any]:
        return {
            "name": f"for {name}",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-audience-mapper",
            "config": {"included.client.audience": name, "access.token.claim": "true", "id.token.claim": "false"},
        }

    for name in ("fach", "fremd", "kurz", "schwach"):
        town.clients[name] = admin.software(name, town.secrets[name])
    short = {"attributes": {"access.token.lifespan": "2"}}
    weak = {"attributes": {"access.token.signed.response.alg": "HS256"}}
    for name, changes in {"kurz": short, "schwach": weak}.items():
        admin.ask("PUT", f"/clients/{town.clients[name]}", admin.client(name) | changes)
    plain = {"protocol": "openid-connect", "publicClient": False, "defaultClientScopes": ["basic"]}
    town.clients["fach-web"] = admin.ask(
        "POST",
        "/clients",
        plain
        | {
            "clientId": "fach-web",
            "secret": town.secrets["fach-web"],
            "standardFlowEnabled": True,
            "redirectUris": [FRONT],
            "protocolMappers": [audience("fach"), audience("fremd")],
        },
    )
    town.clients["anders"] = admin.ask(
        "POST",
        "/clients",
        plain | {"clientId": "anders", "secret": town.secrets["anders"], "serviceAccountsEnabled": True},
    )


@pytest.fixture(scope="module")
def town(own_engine: Engine, keycloak: Keycloak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    names = ("fach", "fremd", "kurz", "schwach", "fach-web", "anders")
    made = Town(keycloak, httpx.Client(), keycloak.pages, {name: f"geheim-{name}-0123456789" for name in names})
    prepare(keycloak, made)
    folder = tmp_path_factory.mktemp("keycloak")
    system = System(own_engine, folder)
    system.take_in(
        [
            paper("erbach", _BAUAMT, "bauamt"),
            paper("erbach", _KAEMMEREI, "kaemmerei"),
            paper("michelstadt", _FOREIGN, "bauamt"),
        ]
    )
    own = {
        name: keycloak.admin.ask("GET", f"/clients/{made.clients[name]}/service-account-user")["id"]
        for name in ("fach", "kurz", "schwach")
    }
    registered = {name: {"tenants": {"erbach": ["bauamt"]}, "subject": subject} for name, subject in own.items()}
    (folder / "ui.secret").write_text(keycloak.ui_secret)
    (folder / "session.key").write_text(base64.urlsafe_b64encode(bytes(range(32))).decode())
    settings = system.api_settings(keycloak)  # type: ignore[arg-type] - asks for its address only
    api = create_app(keycloak.trusted(settings, folder, registered))
    assets = folder / "assets"
    for part in ("kern/kern.min.css", "htmx/htmx.min.js"):
        (assets / part).parent.mkdir(parents=True)
        (assets / part).write_text("")
    port = free_port()
    pages = UiSettings(
        port=port,
        api_url=f"http://127.0.0.1:{port}",
        issuer=keycloak.issuer,
        public_url=keycloak.pages,
        client_secret_file=folder / "ui.secret",
        session_key_file=folder / "session.key",
        assets=assets,
        ca_file=keycloak.ca_file,
    )
    with (
        served(api, port) as address,
        served(create_pages(pages), int(keycloak.pages.rpartition(":")[2]), certificate=keycloak.certificate),
        httpx.Client(base_url=address, timeout=60, trust_env=False) as made.api,
    ):
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        yield started
        started.close()


@contextlib.contextmanager
def window(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="de-DE", ignore_https_errors=True)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, town: Town, name: str) -> None:
    page.goto(town.pages)
    page.get_by_role("link", name="Anmelden").click()
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.click("#kc-login")
    expect(page.get_by_role("heading", name="Akten suchen")).to_be_visible()


def search(page: Page) -> None:
    page.get_by_label("Wonach suchen Sie?").fill("Quittenbaum")
    page.get_by_label("nur Wörtern").check()
    page.keyboard.press("Enter")


@pytest.mark.browser
def test_a_clerk_signs_in_and_out_in_the_browser(town: Town, browser: Browser) -> None:
    with window(browser) as page:
        sign_in(page, town, "bea")
        cookies = [c for c in page.context.cookies(town.pages) if "aktensuche" in c["name"]]
        assert cookies
        assert all(c["name"].startswith("__Host-") and c["secure"] and c["httpOnly"] for c in cookies)
        search(page)
        expect(page.get_by_role("heading", name="1 Treffer")).to_be_visible()
        expect(page.get_by_text(_BAUAMT).first).to_be_visible()
        town.said("browser: sign-in by code and PKCE; nested group /erbach/bauamt/hochbau", "finds the Bauamt's record")
        found = page.url
        page.get_by_role("button", name="Abmelden").click()
        expect(page.get_by_role("heading", name="Willkommen bei der Aktensuche")).to_be_visible()
        assert page.url.startswith(town.pages)
        assert town.keycloak.admin.ask("GET", f"/users/{town.people['bea']}/sessions") == []
        assert [c for c in page.context.cookies(town.pages) if "aktensuche" in c["name"]] == []
        town.said("browser: sign-out", "session at the provider ended, cookies gone")
        page.go_back()
        expect(page.get_by_text(_BAUAMT)).to_have_count(0)
        page.goto(found)
        expect(page.get_by_text(_BAUAMT)).to_have_count(0)
        page.goto(f"{town.pages}/auth/start")
        expect(page.locator("#password")).to_be_visible()
        town.said("browser: back button, old address, new sign-in afterwards", "no record, password asked again")


@pytest.mark.browser
def test_the_pages_end_with_the_session_at_the_provider(town: Town, browser: Browser) -> None:
    with window(browser) as page:
        sign_in(page, town, "eva")
        search(page)
        expect(page.get_by_role("heading", name="1 Treffer")).to_be_visible()
        town.keycloak.admin.ask("POST", f"/users/{town.people['eva']}/logout")

        def refused() -> bool:
            page.reload()
            return "/sign-in" in page.url

        took = town.seconds_until(refused)
        assert took <= _PROMISED_SECONDS
        expect(page.get_by_text(_BAUAMT)).to_have_count(0)
        town.said("browser: session ended at the provider", f"last answered {took:.1f} s later")


def test_what_the_claims_of_a_clerk_open(town: Town) -> None:
    """The nested group and the map were seen in the browser; here is who gets nothing."""
    mia = town.on_behalf("mia")
    assert claims_of(mia)["groups"] == ["/michelstadt/bauamt"]
    assert town.finds(mia) == set()
    town.said("clerk of Erbach in Michelstadt's group", "finds nothing there, nothing here")
    assert town.ask(town.on_behalf("udo")).status_code == 403
    town.said("clerk without a municipality", "403")


def test_software_for_itself(town: Town) -> None:
    token = town.for_itself("fach")
    assert town.finds(token) == {_BAUAMT}
    answer = town.api.get("/v1/quarantine", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    town.said("client credentials, registered", "own groups only; no role")
    assert town.ask(town.for_itself("fremd")).status_code == 403
    town.said("client credentials, not registered", "403")


def test_software_on_behalf_of_a_clerk(town: Town) -> None:
    front = town.at_the_front("kai")
    # the clerk's own token of the other program opens nothing here
    assert "aktensuche" not in claims_of(front["access_token"]).get("aud", [])
    assert town.ask(front["access_token"]).status_code == 401
    token = town.on_behalf("kai")
    claims = claims_of(token)
    assert (claims["sub"], claims["azp"]) == (town.people["kai"], "fach")
    assert set(claims["groups"]) == {"/erbach/kaemmerei", "/erbach/bauamt", "/michelstadt/bauamt"}
    assert town.finds(token) == {_BAUAMT}
    town.said("on behalf of (token exchange)", "what clerk and software may both read")
    assert town.ask(town.on_behalf("kai", "fremd")).status_code == 403
    town.said("on behalf of, software not registered", "403")
    assert town.exchange("anders", front["access_token"]).status_code in {400, 403}
    town.said("token exchange by a program the token was not meant for", "refused by the provider")


@pytest.mark.parametrize("how", ["disabled", "session ended", "renewal revoked"])
def test_what_the_provider_takes_back_ends_within_five_seconds(town: Town, how: str) -> None:
    token, admin, person = town.on_behalf("eva"), town.keycloak.admin, town.people["eva"]
    assert town.finds(token) == {_BAUAMT}
    if how == "disabled":
        admin.ask("PUT", f"/users/{person}", admin.ask("GET", f"/users/{person}") | {"enabled": False})
    elif how == "session ended":
        admin.ask("POST", f"/users/{person}/logout")
    else:
        front = town.at_the_front("eva")
        token = str(town.exchange("fach", front["access_token"]).json()["access_token"])
        assert town.finds(token) == {_BAUAMT}
        form = {"token": front["refresh_token"], "client_id": "fach-web", "client_secret": town.secrets["fach-web"]}
        town.keycloak.http.post(f"{town.keycloak.issuer}/protocol/openid-connect/revoke", data=form).raise_for_status()
    took = town.seconds_until(lambda: town.ask(token).status_code == 401)
    if how == "disabled":
        admin.ask("PUT", f"/users/{person}", admin.ask("GET", f"/users/{person}") | {"enabled": True})
    assert took <= _PROMISED_SECONDS
    town.said(f"clerk's account: {how}", f"last answered {took:.1f} s later, then 401")


def test_software_that_is_switched_off_ends_within_five_seconds(town: Town) -> None:
    token, admin = town.for_itself("fach"), town.keycloak.admin
    assert town.finds(token) == {_BAUAMT}
    admin.ask("PUT", f"/clients/{town.clients['fach']}", admin.client("fach") | {"enabled": False})
    took = town.seconds_until(lambda: town.ask(token).status_code == 401)
    admin.ask("PUT", f"/clients/{town.clients['fach']}", admin.client("fach") | {"enabled": True})
    assert took <= _PROMISED_SECONDS
    town.said("software switched off", f"last answered {took:.1f} s later, then 401")


def test_forged_and_foreign_tokens(town: Town) -> None:
    good = town.for_itself("fach")
    head, body, signature = good.split(".")

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    other = part(claims_of(good) | {"sub": town.people["kai"], "groups": ["/erbach/kaemmerei"]})
    master = town.keycloak.admin.own_token()
    front = town.at_the_front("kai")
    weak = town.for_itself("schwach")
    assert json.loads(base64.urlsafe_b64decode(weak.split(".")[0] + "=="))["alg"] == "HS256"
    refused = {
        "wrong issuer (another realm of the same Keycloak)": master,
        "wrong audience": town.for_itself("anders"),
        "wrong algorithm: HS256 by the provider itself": weak,
        "wrong algorithm: none": f"{part({'alg': 'none'})}.{body}.",
        "claims changed": f"{head}.{other}.{signature}",
        "key unknown": f"{part({'alg': 'ES256', 'kid': 'erfunden'})}.{body}.{signature}",
        "id token instead of access token": front["id_token"],
        "refresh token instead of access token": front["refresh_token"],
    }
    for what, token in refused.items():
        assert town.ask(token).status_code == 401, what
        town.said(what, "401")
    short = town.for_itself("kurz")
    time.sleep(3.5)
    assert town.ask(short).status_code == 401
    town.said("expired", "401")
    assert town.finds(good) == {_BAUAMT}


def test_a_rotated_key(town: Town) -> None:
    before = town.for_itself("fach")
    assert town.finds(before) == {_BAUAMT}
    town.keycloak.admin.rotate_keys()
    after = town.for_itself("fach")
    assert after.split(".")[0] != before.split(".")[0]
    began = time.monotonic()
    # a made-up key id may not make us ask all the time, so a new key is noticed after ten seconds at the latest
    while town.ask(after).status_code != 200:
        assert time.monotonic() - began < 15
        time.sleep(0.5)
    town.said("rotated key: token of the new one", f"accepted after {time.monotonic() - began:.1f} s")
    assert town.ask(before).status_code == 401
    town.said("rotated key: token of the one taken away", "401")
