"""The file of sources: what it may say, and how a mistake is named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from indexer.sources.configuration import ConfigurationError, load
from indexer.sources.settings import Credentials

TENANTS = ("erbach", "oberzent")
GOOD = '[sources.akten]\nkind = "folder"\ntenant = "erbach"\npath = "/srv/akten"\nevery = "15m"\n'


def read(tmp_path: Path, text: str) -> dict[str, object]:
    (tmp_path / "sources.toml").write_text(text)
    return dict(load(tmp_path / "sources.toml", TENANTS))


def test_what_is_written_is_what_comes_out(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(GOOD)
    (source,) = load(tmp_path / "sources.toml", TENANTS).values()
    assert (source.kind, source.tenant, source.location) == ("folder", "erbach", "/srv/akten")
    assert source.every == dt.timedelta(minutes=15)


def test_no_file_is_no_source(tmp_path: Path) -> None:
    assert load(None, TENANTS) == {}
    assert load(tmp_path / "sources.toml", TENANTS) == {}
    assert read(tmp_path, "# nothing yet\n") == {}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("[sources.akten]", "[sources.akten"), "line 1"),
        (('"15m"', "15m"), "line 5"),
        (('"15m"', '"bald"'), "line 5: sources.akten.every: a time is a number and a unit"),
        (('"15m"', '"5s"'), "line 5: sources.akten.every"),
        (('"folder"', '"foldr"'), "line 2: sources.akten.kind: 'foldr' is unknown; choose one of"),
        (
            ('"erbach"', '"erlangen"'),
            "line 3: sources.akten.tenant: 'erlangen' is unknown; choose one of erbach, oberzent",
        ),
        (('"/srv/akten"', '"akten"'), "line 4: sources.akten.path: give the whole path"),
        (('path = "/srv/akten"\n', ""), "line 1: sources.akten.path: is missing"),
        (("path =", "pfad ="), "line 4: sources.akten.pfad: is unknown; known are"),
        (("[sources.akten]", "[source.akten]"), "'source' is unknown"),
        (("sources.akten", "sources.Akten_1"), "a name is 1 to 40 letters"),
        (("sources.akten", "sources.folder-3"), "is not like folder-3"),
        ((GOOD, GOOD + GOOD.replace("akten]", "zweite]")), "are the same place"),
        ((GOOD, "sources = 3"), "expected are tables"),
        ((GOOD, '[sources]\nakten = "/srv"'), "expected is a table"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_way_out(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, GOOD.replace(*change))
    assert named in str(raised.value)
    assert str(tmp_path / "sources.toml") in str(raised.value)


def test_the_line_is_that_of_the_right_source(tmp_path: Path) -> None:
    second = GOOD.replace("akten", "zweite").replace("15m", "nie")
    with pytest.raises(ConfigurationError, match=r"line 10: sources\.zweite\.every"):
        read(tmp_path, GOOD + second)


def test_secrets_come_from_files_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dms.secret").write_text("geheim\n")
    assert Credentials(secret_file=tmp_path / "dms.secret").secret() == "geheim"
    monkeypatch.setenv("AKTENSUCHE_DMS_SECRET", "auch geheim")
    assert Credentials(secret_env="AKTENSUCHE_DMS_SECRET").secret() == "auch geheim"
    monkeypatch.delenv("AKTENSUCHE_DMS_SECRET")
    with pytest.raises(ValueError, match="AKTENSUCHE_DMS_SECRET is empty"):
        Credentials(secret_env="AKTENSUCHE_DMS_SECRET").secret()
    with pytest.raises(ValueError, match="missing"):
        Credentials(secret_file=tmp_path / "missing").secret()
    for both in ({}, {"secret_env": "AKTENSUCHE_X", "secret_file": "/x"}, {"secret_env": "PATH"}, {"secret": "x"}):
        with pytest.raises(ValueError):  # noqa: PT011  pydantic's own
            Credentials.model_validate(both)
