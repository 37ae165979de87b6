"""Asking the issuer whether a token still counts."""

from __future__ import annotations

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from search_api import issuer as asked
from search_api.auth import TokenReader
from search_api.issuer import NotSignedInError, SignInUnavailableError
from search_api.settings import IntrospectionSettings, SignInSettings


@pytest.fixture
def reader(issuer: Any, tmp_path: Path) -> TokenReader:
    secret = tmp_path / "client.secret"
    secret.write_text("geheim\n")
    issuer.introspected.clear()
    issuer.silent = False
    introspection = IntrospectionSettings(client_id="aktensuche", client_secret_file=secret)
    return TokenReader(SignInSettings(issuer=issuer.url, introspection=introspection), ("erbach",))


def test_the_issuer_is_asked_once_in_a_while_and_as_ourselves(
    issuer: Any, reader: TokenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token("bauamt")
    for _ in range(3):
        assert reader.principal(token)
    credentials = base64.b64encode(b"aktensuche:geheim").decode()
    assert issuer.introspected == [(f"Basic {credentials}", token)]
    monkeypatch.setattr(asked, "_COUNTS_FOR_SECONDS", 0)
    assert reader.principal(token)
    assert len(issuer.introspected) == 2


def test_what_was_taken_back_ends_within_five_seconds(
    issuer: Any, reader: TokenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked._COUNTS_FOR_SECONDS < 5
    token = issuer.token("bauamt")
    assert reader.principal(token)
    issuer.taken_back.add(token)
    monkeypatch.setattr(asked, "_COUNTS_FOR_SECONDS", 0)
    with pytest.raises(NotSignedInError, match="taken back"):
        reader.principal(token)


def test_nobody_is_let_in_while_the_issuer_is_silent(issuer: Any, reader: TokenReader) -> None:
    issuer.silent = True
    with pytest.raises(SignInUnavailableError):
        reader.principal(issuer.token("bauamt", jti="still"))
    issuer.silent = False


def test_of_those_who_want_to_know_at_the_same_time_one_asks(issuer: Any, reader: TokenReader) -> None:
    token = issuer.token("bauamt", jti="together")
    reader.principal(issuer.token("bauamt", jti="before"))  # the addresses are known
    issuer.introspected.clear()
    together = threading.Barrier(12)

    def ask(_: int) -> bool:
        together.wait()
        return bool(reader.principal(token))

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(ask, range(12)))
    assert len(issuer.introspected) == 1


def test_a_silent_issuer_is_not_waited_for_by_one_after_the_other(
    issuer: Any, reader: TokenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token("bauamt", jti="silent")
    reader.principal(issuer.token("bauamt", jti="before"))
    asked_for, together = [], threading.Barrier(12)

    def slow(*_: Any, **__: Any) -> Any:
        asked_for.append(1)
        time.sleep(0.5)
        raise httpx.ReadTimeout("silent")

    assert reader._introspection is not None
    monkeypatch.setattr(reader._introspection._issuer.http, "post", slow)

    def ask(_: int) -> float:
        together.wait()
        began = time.monotonic()
        with pytest.raises(SignInUnavailableError):
            reader.principal(token)
        return time.monotonic() - began

    with ThreadPoolExecutor(12) as pool:
        assert max(pool.map(ask, range(12))) < 2
    assert len(asked_for) == 1


def test_a_forged_token_does_not_reach_the_issuer(issuer: Any, reader: TokenReader) -> None:
    with pytest.raises(NotSignedInError):
        reader.principal(issuer.token("bauamt", key=issuer.new_key("k1")))
    assert issuer.introspected == []


def test_a_token_that_can_be_taken_back_may_live_longer(issuer: Any, reader: TokenReader) -> None:
    now = int(time.time())
    assert reader.principal(issuer.token("bauamt", iat=now, exp=now + 900))


def test_answers_that_are_too_old_are_forgotten(
    issuer: Any, reader: TokenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "_MOST_ANSWERS", 3)
    monkeypatch.setattr(asked, "_COUNTS_FOR_SECONDS", 0)
    for n in range(9):
        assert reader.principal(issuer.token("bauamt", jti=str(n)))
    assert reader._introspection is not None
    assert len(reader._introspection._answers) <= 3
