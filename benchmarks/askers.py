"""The running system, asked as one clerk after another with the client for software, as long as a benchmark takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

import httpx

from aktensuche_client import Aktensuche
from tests.stack import Stack

#: a token lives 15 minutes
_TOKEN_SECONDS = 600.0
_TRIES = 30


class Askers:
    """Clients of one system over one connection; they renew their tokens, and wait where the API says later."""

    def __init__(self, stack: Stack, http: httpx.Client) -> None:
        self._stack, self._http = stack, http
        self._tokens: dict[tuple[str, tuple[str, ...]], tuple[str, float]] = {}

    def of(self, tenant: str, groups: Sequence[str]) -> Aktensuche:
        """Return the client of a clerk of these groups."""
        return Aktensuche("", partial(self._token, tenant, tuple(groups)), tries=_TRIES, http=self._http)

    def _token(self, tenant: str, groups: tuple[str, ...]) -> str:
        token, until = self._tokens.get((tenant, groups), ("", 0.0))
        if time.monotonic() >= until:
            token = self._stack.token(tenant, groups)
            self._tokens[tenant, groups] = (token, time.monotonic() + _TOKEN_SECONDS)
        return token
