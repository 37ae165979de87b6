"""Software that asks: for a clerk, and for itself; and what the administrator may write about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from records.access import Reader, Role
from search_api.auth import NotEntitledError, TokenReader
from search_api.settings import SignInSettings

TENANTS = ("erbach", "michelstadt", "oberzent")
REGISTERED = {
    "fach": {"tenants": {"erbach": ["bauamt", "ordnungsamt"]}, "subject": "konto-fach"},
    "beide": {"tenants": {"erbach": ["bauamt"], "michelstadt": ["hauptamt"]}},
}


def settings(issuer: Any, file: Path, **changes: Any) -> SignInSettings:
    return SignInSettings(issuer=issuer.url, software_file=file, **changes)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "software.json"
    path.write_text(json.dumps(REGISTERED))
    return path


@pytest.fixture
def reader(issuer: Any, file: Path) -> TokenReader:
    return TokenReader(settings(issuer, file), TENANTS)


def readers(tenant: str, *groups: str) -> set[Reader]:
    return {Reader(tenant, group) for group in (*groups, "alle")}


@pytest.mark.parametrize("claim", [{"azp": "fach"}, {"azp": None, "client_id": "fach"}])
def test_registered_software_acts_for_the_clerk(issuer: Any, reader: TokenReader, claim: dict[str, Any]) -> None:
    who = reader.principal(issuer.token("kaemmerei", "bauamt", roles=["records-manager"], **claim))
    assert who.subject == "bea"
    assert who.groups == readers("erbach", "kaemmerei", "bauamt")
    assert who.software is not None
    assert who.software.name == "fach"
    assert who.software.groups == readers("erbach", "bauamt", "ordnungsamt")
    assert who.roles == frozenset()


def test_the_clerk_alone_keeps_the_role(issuer: Any, reader: TokenReader) -> None:
    assert reader.principal(issuer.token("bauamt", roles=["records-manager"])).roles == {Role.RECORDS_MANAGER}


def test_software_for_itself_has_its_own_groups_and_no_roles(issuer: Any, reader: TokenReader) -> None:
    token = issuer.token(
        "leitung", azp="fach", sub="konto-fach", tenant=None, groups=["leitung"], roles=["records-manager"]
    )
    who = reader.principal(token)
    assert (who.subject, who.tenant, who.software, who.roles) == ("konto-fach", "erbach", None, frozenset())
    assert who.groups == readers("erbach", "bauamt", "ordnungsamt")


def test_software_of_two_towns_says_for_which_it_asks(issuer: Any, reader: TokenReader) -> None:
    with pytest.raises(NotEntitledError):
        reader.principal(issuer.token(azp="beide", sub="beide", tenant=None))
    who = reader.principal(issuer.token(azp="beide", sub="beide", tenant="michelstadt"))
    assert (who.tenant, who.groups) == ("michelstadt", readers("michelstadt", "hauptamt"))


@pytest.mark.parametrize(
    "claims",
    [
        {"azp": "fach", "tenant": "michelstadt"},
        {"azp": "fach", "tenant": None},
        {"azp": "fach", "sub": "konto-fach", "tenant": "michelstadt"},
        {"azp": "beide", "sub": "beide", "tenant": "oberzent"},
        # the subject of one program in a token of another is a clerk there, and has no town
        {"azp": "beide", "sub": "konto-fach", "tenant": None},
        {"azp": "fach", "sub": "konto-fach", "tenant": None, "act": {"sub": "fach", "groups": ["bauamt"]}},
        {"azp": "fach", "act": {"sub": "beide"}},
        {"azp": "fach", "act": {"sub": "fremd", "groups": ["bauamt"]}},
        {"azp": "fremd"},
        {"azp": "fremd", "sub": "fremd", "tenant": None},
        {"azp": "aktensuche-ui", "tenant": "michelstadt", "act": {"sub": "fach"}},
    ],
)
def test_what_software_gets_nowhere_with(issuer: Any, reader: TokenReader, claims: dict[str, Any]) -> None:
    with pytest.raises(NotEntitledError):
        reader.principal(issuer.token("bauamt", **claims))


def test_what_is_registered_bounds_what_a_token_says_of_the_software(issuer: Any, reader: TokenReader) -> None:
    act = {"sub": "fach", "groups": ["bauamt", "kaemmerei"]}
    who = reader.principal(issuer.token("kaemmerei", act=act))
    assert who.software is not None
    assert who.software.groups == readers("erbach", "bauamt")
    silent = reader.principal(issuer.token("kaemmerei", act={"sub": "fach"}))
    assert silent.software is not None
    assert silent.software.groups == readers("erbach", "bauamt", "ordnungsamt")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "software file"),
        ("[]", "software file"),
        ('{"x": {"tenants": {}}}', "x.tenants"),
        ('{"x": {"tenants": {"erbach": ["bauamt"]}, "roles": ["records-manager"]}}', "x.roles"),
        ('{"x": {"tenants": {"darmstadt": ["bauamt"]}}}', "'darmstadt' is not known"),
        ('{"x": {"tenants": {"erbach": ["michelstadt/bauamt"]}}}', "is not made of"),
        ('{"x": {"tenants": {"erbach": ["*"]}}}', "is not made of"),
        ('{"x": {"tenants": {"erbach": []}, "subject": ""}}', "x.subject"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start(issuer: Any, tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "software.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=said):
        TokenReader(settings(issuer, path), TENANTS)


def test_a_client_is_not_both(issuer: Any, file: Path) -> None:
    with pytest.raises(ValueError, match="'fach' is registered as software"):
        TokenReader(settings(issuer, file, clerk_clients=("aktensuche-ui", "fach")), TENANTS)
