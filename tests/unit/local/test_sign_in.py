"""The one-machine sign-in: what a client needs, and what a browser sent by somebody else must not get."""

from __future__ import annotations

import base64
import hashlib
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.testclient import TestClient

from local.secrets import private_key_pem
from local.sign_in.accounts import ACCOUNTS
from local.sign_in.app import create_app
from local.sign_in.settings import SignInSettings
from local.sign_in.tokens import ClaimError, Claims, Signer

ISSUER = "http://localhost:8082"
BACK = "http://localhost:8080/auth/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": "aktensuche-ui",
    "redirect_uri": BACK,
    "scope": "openid",
    "state": "the-state",
    "nonce": "the-nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "sign-in.key"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def browser(key_file: Path) -> TestClient:
    code_file = key_file.with_name("sign-in.code")
    code_file.write_text("k7fm-3qx9\n")
    secret_file = key_file.with_name("api-client.secret")
    secret_file.write_text("nur-die-api\n")
    settings = SignInSettings(
        issuer=ISSUER,
        port=8082,
        redirect_uri=BACK,
        key_file=key_file,
        code_file=code_file,
        api_secret_file=secret_file,
    )
    return TestClient(create_app(settings), base_url=ISSUER, follow_redirects=False)


def sign_in(browser: TestClient, **changed: str) -> httpx.Response:
    form = ASKED | {"subject": "bauamt.erbach", "sign_in_code": "k7fm-3qx9"} | changed
    return browser.post("/sign-in", data=form)


def code_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def exchange(browser: TestClient, code: str, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": "aktensuche-ui",
        "code_verifier": VERIFIER,
    }
    return browser.post("/token", data=form | changed)


def test_a_clerk_signs_in_and_the_tokens_say_who_it_is(browser: TestClient) -> None:
    page = browser.get("/authorize", params=ASKED)
    assert "Bea Beispiel · Bauamt Erbach" in page.text
    answer = sign_in(browser)
    assert answer.headers["location"].startswith(f"{BACK}?")
    assert "state=the-state" in answer.headers["location"]
    tokens = exchange(browser, code_of(answer)).json()
    keys = KeySet.import_key_set(browser.get("/jwks").json())
    access = jwt.decode(tokens["access_token"], keys, algorithms=["ES256"]).claims
    assert (access["iss"], access["aud"], access["sub"]) == (ISSUER, "aktensuche", "bauamt.erbach")
    assert (access["tenant"], access["groups"], access["roles"]) == ("erbach", ["bauamt"], [])
    assert 0 < access["exp"] - time.time() <= 900
    identity = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert (identity["aud"], identity["nonce"]) == ("aktensuche-ui", "the-nonce")


def test_the_keys_hold_nothing_private(browser: TestClient) -> None:
    assert all("d" not in key for key in browser.get("/jwks").json()["keys"])


def test_a_renewal_is_good_once(browser: TestClient) -> None:
    first = exchange(browser, code_of(sign_in(browser))).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": first, "client_id": "aktensuche-ui"}
    assert browser.post("/token", data=form).status_code == 200
    assert browser.post("/token", data=form).status_code == 400


def test_a_code_is_good_once(browser: TestClient) -> None:
    code = code_of(sign_in(browser))
    assert exchange(browser, code).status_code == 200
    assert exchange(browser, code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
        {"redirect_uri": "http://localhost:8080/other"},
        {"client_id": "somebody"},
    ],
)
def test_a_stolen_code_opens_nothing_and_is_spent(browser: TestClient, changed: dict[str, str]) -> None:
    code = code_of(sign_in(browser))
    assert exchange(browser, code, **changed).status_code == 400
    assert exchange(browser, code).status_code == 400


@pytest.mark.parametrize("changed", [{"redirect_uri": "http://evil.example/"}, {"client_id": "somebody"}])
def test_no_browser_is_sent_to_an_undeclared_address(browser: TestClient, changed: dict[str, str]) -> None:
    for answer in (browser.get("/authorize", params=ASKED | changed), sign_in(browser, **changed)):
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    "changed",
    [{"code_challenge_method": "plain"}, {"code_challenge": ""}, {"response_type": "token"}, {"scope": "x"}],
)
def test_requests_without_pkce_or_of_another_kind_go_back_as_errors(
    browser: TestClient, changed: dict[str, str]
) -> None:
    for answer in (browser.get("/authorize", params=ASKED | changed), sign_in(browser, **changed)):
        assert answer.status_code == 303
        assert "error=" in answer.headers["location"]
        assert "code=" not in answer.headers["location"]


def test_a_wrong_code_is_said_and_guessing_is_slowed(browser: TestClient) -> None:
    first = sign_in(browser, sign_in_code="wrong")
    assert first.status_code == 403
    assert "Der Anmeldecode stimmt nicht" in first.text
    answers = [sign_in(browser, sign_in_code=f"wrong{n}").status_code for n in range(10)]
    assert answers[-1] == 429
    assert sign_in(browser).status_code == 429, "the right code must not be told apart while throttled"


def test_what_is_typed_into_the_address_does_not_become_markup(browser: TestClient) -> None:
    page = browser.get("/authorize", params=ASKED | {"state": '"><script>alert(1)</script>'})
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example:8082", "localhost", "localhost:9999"])
def test_another_host_name_is_refused(browser: TestClient, host: str) -> None:
    assert browser.get("/authorize", params=ASKED, headers={"host": host}).status_code == 403


def test_signing_out_goes_back_to_the_pages_only(browser: TestClient) -> None:
    home = browser.get("/end-session", params={"post_logout_redirect_uri": "http://localhost:8080/sign-in"})
    assert home.headers["location"] == "http://localhost:8080/sign-in"
    away = browser.get("/end-session", params={"post_logout_redirect_uri": "http://evil.example/"})
    assert "location" not in away.headers


API = ("aktensuche", "nur-die-api")


def counts(browser: TestClient, token: str) -> bool:
    answer = browser.post("/introspect", data={"token": token}, auth=API)
    assert answer.status_code == 200
    return bool(answer.json()["active"])


def test_signing_out_ends_the_session_and_its_tokens(browser: TestClient) -> None:
    tokens = exchange(browser, code_of(sign_in(browser))).json()
    other = exchange(browser, code_of(sign_in(browser))).json()
    assert counts(browser, tokens["access_token"])
    browser.get("/end-session", params={"id_token_hint": tokens["id_token"]})
    assert not counts(browser, tokens["access_token"])
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "aktensuche-ui"}
    assert browser.post("/token", data=form).status_code == 400
    assert counts(browser, other["access_token"]), "another session of the same clerk goes on"


def test_an_access_token_is_no_hint_whose_session_to_end(browser: TestClient) -> None:
    tokens = exchange(browser, code_of(sign_in(browser))).json()
    browser.get("/end-session", params={"id_token_hint": tokens["access_token"]})
    assert counts(browser, tokens["access_token"])


def test_a_renewal_taken_back_ends_the_session(browser: TestClient) -> None:
    tokens = exchange(browser, code_of(sign_in(browser))).json()
    form = {"token": tokens["refresh_token"], "client_id": "aktensuche-ui"}
    assert browser.post("/revoke", data=form).status_code == 200
    assert not counts(browser, tokens["access_token"])


def test_one_token_can_be_taken_back_by_its_client_alone(browser: TestClient, key_file: Path) -> None:
    signer = Signer(ISSUER, key_file)
    first, second = (signer.access_token(Claims("x", "erbach", ())) for _ in range(2))
    browser.post("/revoke", data={"token": first, "client_id": "aktensuche-ui"})
    assert counts(browser, first)
    browser.post("/revoke", data={"token": first, "client_id": "aktensuche-cli"})
    assert not counts(browser, first)
    assert counts(browser, second)


@pytest.mark.parametrize("auth", [None, ("aktensuche", "falsch"), ("andere", "nur-die-api")])
def test_nobody_but_the_api_is_told_whether_a_token_counts(
    browser: TestClient, key_file: Path, auth: tuple[str, str] | None
) -> None:
    token = Signer(ISSUER, key_file).access_token(Claims("x", "erbach", ()))
    answer = browser.post("/introspect", data={"token": token}, auth=auth)
    assert answer.status_code == 401
    assert "active" not in answer.text


def test_what_is_no_token_of_ours_does_not_count(browser: TestClient, tmp_path: Path) -> None:
    tokens = exchange(browser, code_of(sign_in(browser))).json()
    foreign = tmp_path / "foreign.key"
    foreign.write_bytes(private_key_pem())
    forged = Signer(ISSUER, foreign).access_token(Claims("x", "erbach", ()))
    for token in ("", "x.y.z", tokens["id_token"], tokens["refresh_token"], forged):
        assert not counts(browser, token)


def test_every_town_has_a_clerk_in_each_department_and_a_records_manager() -> None:
    for tenant in ("erbach", "michelstadt", "oberzent", "brombachtal"):
        own = [a for a in ACCOUNTS.values() if a.tenant == tenant]
        groups = {group for a in own for group in a.groups}
        assert groups >= {"bauamt", "ordnungsamt", "hauptamt", "kaemmerei", "standesamt", "schulamt"}
        assert any("records-manager" in a.roles for a in own)


def test_software_acts_with_the_groups_of_the_clerk(key_file: Path) -> None:
    signer = Signer(ISSUER, key_file)
    token = signer.access_token(Claims("x", "erbach", ("bauamt", "alle"), acting_software="civento"))
    claims = jwt.decode(token, KeySet.import_key_set(signer.public_keys()), algorithms=["ES256"]).claims
    assert claims["act"] == {"sub": "civento", "groups": ["bauamt", "alle"]}


@pytest.mark.parametrize(
    ("tenant", "groups", "roles"),
    [
        ("darmstadt", (), ()),
        ("*", (), ()),
        ("erbach", ('x","erbach/leitung',), ()),
        ("erbach", ("a,b",), ()),
        ("erbach", ("${user.name}",), ()),
        ("erbach", ("bauamt\n",), ()),
        ("erbach", ("a" * 65,), ()),
        ("erbach", ("",), ()),
        ("erbach", tuple(f"g{n}" for n in range(501)), ()),
        ("erbach", (), ("admin",)),
    ],
)
def test_claims_that_could_open_more_are_never_made(
    tenant: str, groups: tuple[str, ...], roles: tuple[str, ...]
) -> None:
    with pytest.raises(ClaimError):
        Claims("x", tenant, groups, roles)
