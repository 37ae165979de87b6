"""Group paths of a sign-in become groups of a tenant through the administrator's file, and in no other way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from records.access import Reader
from search_api.auth import TokenReader
from search_api.settings import SignInSettings

TENANTS = ("erbach", "michelstadt")
MAP = {
    "/erbach/bauamt": "erbach/bauamt",
    "/erbach/bauamt/hochbau": "erbach/hochbau",
    "/michelstadt/bauamt": "michelstadt/bauamt",
    "/gemeinsam": "erbach/leitung",
    "5f0c-4a": "erbach/schulamt",
}


def reader_with(issuer: Any, folder: Path, content: str) -> TokenReader:
    path = folder / "groups.json"
    path.write_text(content)
    return TokenReader(SignInSettings(issuer=issuer.url, group_map_file=path), TENANTS)


@pytest.fixture
def reader(issuer: Any, tmp_path: Path) -> TokenReader:
    return reader_with(issuer, tmp_path, json.dumps(MAP))


@pytest.mark.parametrize(
    ("paths", "groups"),
    [
        (["/erbach/bauamt"], {"bauamt"}),
        (["/erbach/bauamt/hochbau"], {"bauamt", "hochbau"}),
        (["/erbach/bauamt/hochbau/statik"], {"bauamt", "hochbau"}),
        (["/erbach/bauamt/"], {"bauamt"}),
        (["5f0c-4a"], {"schulamt"}),
        (["/gemeinsam/anderes"], {"leitung"}),
        (["/erbach", "/erbach/kaemmerei", "/bauamt", "bauamt", "erbach/bauamt", "", "/", "//erbach/bauamt"], set()),
        (["/erbach/bauamtx", "/erbach/bau", "/ERBACH/bauamt", "/erbach/bauamt~/hochbau", "/erbach/*"], set()),
        (["/michelstadt/bauamt", "/michelstadt/bauamt/hochbau"], set()),
        ([f"/anderes/{n}" for n in range(900)], set()),
    ],
)
def test_a_path_is_what_the_file_says(issuer: Any, reader: TokenReader, paths: list[str], groups: set[str]) -> None:
    who = reader.principal(issuer.token(groups=paths))
    assert who.groups == {Reader("erbach", name) for name in groups | {"alle"}}


def test_without_a_map_a_path_gives_nothing(issuer: Any) -> None:
    bare = TokenReader(SignInSettings(issuer=issuer.url), TENANTS)
    who = bare.principal(issuer.token("/erbach/bauamt", "/bauamt", "hauptamt"))
    assert who.groups == {Reader("erbach", "hauptamt"), Reader("erbach", "alle")}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not a JSON object"),
        ('["/erbach/bauamt"]', "is not a JSON object"),
        ('{"/erbach/bauamt": ["erbach/bauamt"]}', "is not a JSON object"),
        ('{"/x": "bauamt"}', "/x"),
        ('{"/x": "darmstadt/bauamt"}', "not known here"),
        ('{"/x": "*/bauamt"}', "is not made of"),
        ('{"/x": "erbach/bau amt"}', "is not made of"),
        ('{"/x": "erbach/a,erbach/b"}', "is not made of"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start(issuer: Any, tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        reader_with(issuer, tmp_path, content)


def test_a_file_that_is_not_there_stops_the_start(issuer: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        TokenReader(SignInSettings(issuer=issuer.url, group_map_file=tmp_path / "none.json"), TENANTS)
