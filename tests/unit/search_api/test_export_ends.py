"""An export ends with the token it was asked for with."""

from __future__ import annotations

from typing import Any

import pytest

from search_api import export
from search_api.issuer import NotSignedInError


class Tokens:
    """A sign-in that takes the token back after it was looked at so often."""

    def __init__(self, tokens: Any, times: int) -> None:
        self._tokens, self._left = tokens, times

    def principal(self, token: str) -> Any:
        self._left -= 1
        if self._left < 0:
            raise NotSignedInError("taken back")
        return self._tokens.principal(token)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx"])
def test_an_export_ends_when_its_token_is_taken_back(town: Any, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(export, "_CHECKED_AFTER_SECONDS", -1)
    client = town.with_parts(tokens=Tokens(town.parts.tokens, 4))
    headers = {"authorization": f"Bearer {town.issuer.token('bauamt')}"}
    body = {"query": "Kastanie", "mode": "keyword", "format": kind}
    answer = client.post("/v1/export", json=body, headers=headers)
    if kind == "xlsx":
        # nothing has left yet, so the refusal is an answer of its own
        assert answer.status_code == 401
        return
    assert answer.status_code == 200
    assert export.INCOMPLETE in answer.text
    # one look lets the request in, three let a hit pass each
    assert answer.text.count("Baumf") == 3
