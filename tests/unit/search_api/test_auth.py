"""Which tokens are believed, and what is read out of them."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import pytest
from starlette.requests import Request

from records.access import Reader, Role
from search_api import issuer as asked
from search_api.auth import NotEntitledError, TokenReader
from search_api.issuer import NotSignedInError, SignInUnavailableError
from search_api.parts import current_principal
from search_api.settings import SignInSettings


@pytest.fixture
def reader(issuer: Any) -> TokenReader:
    return TokenReader(SignInSettings(issuer=issuer.url), ("erbach", "michelstadt"))


def test_a_token_becomes_a_principal(issuer: Any, reader: TokenReader) -> None:
    who = reader.principal(issuer.token("bauamt", roles=["records-manager", "unbekannt"], aud=["x", "aktensuche"]))
    assert (who.subject, who.tenant, who.roles) == ("bea", "erbach", {Role.RECORDS_MANAGER})
    assert who.groups == {Reader("erbach", "bauamt"), Reader("erbach", "alle")}
    assert who.software is None


def test_acting_software_brings_its_own_groups(issuer: Any, reader: TokenReader) -> None:
    who = reader.principal(issuer.token("bauamt", act={"sub": "fach", "groups": ["x"]}))
    assert who.software is not None
    assert who.software.groups == {Reader("erbach", "x"), Reader("erbach", "alle")}


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://anderswo.example"},
        {"aud": "anderes"},
        {"aud": None},
        {"exp": None},
        {"exp": 1},
        {"exp": int(time.time()) - 61},
        {"exp": "bald"},
        {"nbf": 4_000_000_000},  # counted from collection, two minutes would be over before the test runs
        {"exp": 4_000_000_000},
        {"exp": int(time.time()) + 100_000},
        {"iat": 1},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 201},
        {"cnf": {"jkt": "x"}},
        {"header": {"typ": "logout+jwt"}},
        {"header": {"typ": "dpop+jwt"}},
    ],
)
def test_what_is_not_believed(issuer: Any, reader: TokenReader, changes: dict[str, Any]) -> None:
    with pytest.raises(NotSignedInError):
        reader.principal(issuer.token("bauamt", **changes))


def test_a_token_that_is_too_long_is_not_looked_at(issuer: Any, reader: TokenReader) -> None:
    with pytest.raises(NotSignedInError, match="too long"):
        reader.principal(issuer.token("bauamt", more="x" * 60_000))


def test_clocks_may_differ_by_a_minute(issuer: Any, reader: TokenReader) -> None:
    assert reader.principal(issuer.token("bauamt", exp=int(time.time()) - 30))


def test_foreign_keys_and_weak_algorithms_are_refused(issuer: Any, reader: TokenReader) -> None:
    with pytest.raises(NotSignedInError):
        reader.principal(issuer.token("bauamt", key=issuer.new_key("k1")))

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    body = issuer.token("bauamt").split(".")[1]
    unsigned = part(json.dumps({"alg": "none", "kid": "k1"}).encode()) + f".{body}"
    confused = part(json.dumps({"alg": "HS256", "kid": "k1"}).encode()) + f".{body}"
    public = issuer.keys[0].as_pem(private=False)
    confused += "." + part(hmac.digest(public, confused.encode(), "sha256"))
    for token in (f"{unsigned}.", confused, "", "a.b.c", "ä.ö.ü", "x" * 100_000):
        with pytest.raises(NotSignedInError):
            reader.principal(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": None},
        {"tenant": "*"},
        {"tenant": "oberzent"},
        {"tenant": ["erbach"]},
        {"groups": ['x","erbach/leitung']},
        {"groups": ["a,erbach/leitung"]},
        {"groups": ["michelstadt/bauamt"]},
        {"groups": ["Bauamt"]},
        {"groups": ["${user.name}"]},
        {"groups": "bauamt"},
        {"groups": [f"g{n}" for n in range(501)]},
        {"act": {"sub": "fach"}},
        {"act": {"groups": ["x"]}},
        {"act": "fach"},
        {"act": {"sub": "fach", "groups": None}},
        {"act": {"sub": "fach", "groups": ["x/y"]}},
        {"act": {"sub": "fach", "groups": ["x"], "act": {"sub": "noch eins", "groups": ["x"]}}},
        {"azp": None},
        {"azp": "fremd"},
        {"azp": ["aktensuche-ui"]},
        {"azp": "", "client_id": "fremd"},
    ],
)
def test_what_opens_nothing(issuer: Any, reader: TokenReader, changes: dict[str, Any]) -> None:
    token = issuer.token(**{"groups": ["bauamt"], **changes}) if "groups" in changes else issuer.token("b", **changes)
    with pytest.raises(NotEntitledError):
        reader.principal(token)


def test_a_new_key_is_fetched_once_and_made_up_ones_do_not_flood(
    issuer: Any, reader: TokenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.principal(issuer.token("bauamt"))
    fetched = issuer.fetched
    new = issuer.new_key("k2")
    issuer.published = [*issuer.keys, new]
    for n in range(20):
        with pytest.raises(NotSignedInError):
            reader.principal(issuer.token("bauamt", key=issuer.new_key(f"erfunden{n}")))
    assert issuer.fetched == fetched
    monkeypatch.setattr(asked, "_UNKNOWN_KEY_PAUSE_SECONDS", 0)
    assert reader.principal(issuer.token("bauamt", key=new))
    assert issuer.fetched == fetched + 1
    issuer.published = list(issuer.keys)


def test_a_sign_in_that_is_away_is_not_a_wrong_token(issuer: Any) -> None:
    reader = TokenReader(SignInSettings(issuer="http://127.0.0.1:9"), ("erbach",))
    with pytest.raises(SignInUnavailableError):
        reader.principal(issuer.token("bauamt"))


def test_a_document_that_speaks_for_another_issuer_is_not_believed(issuer: Any) -> None:
    other = asked.Issuer(SignInSettings(issuer=f"{issuer.url}/anderswo"))
    with pytest.raises(ValueError, match="another issuer"):
        other.address("jwks_uri")
    other.http.close()


def test_the_application_asks_for_a_token_even_if_the_door_let_somebody_in_without(world: Any) -> None:
    with pytest.raises(NotSignedInError):
        current_principal(Request({"type": "http"}), world.parts, None)
