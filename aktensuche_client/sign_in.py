"""How software gets its tokens from an OpenID Connect provider: for itself, and on behalf of a clerk (RFC 8693)."""

from __future__ import annotations

import ssl
import time
from typing import Any, Self

import httpx

#: a token is not used in its last seconds: it has to last until it is looked at
_SPARE_SECONDS = 10.0
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  the name of a kind


class Software:
    """A registered program at its provider. Its own token is kept as long as it lasts, none of a clerk is."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        *,
        audience: str = "aktensuche",
        trust: ssl.SSLContext | bool = True,
        http: httpx.Client | None = None,
    ) -> None:
        self._issuer, self._audience = issuer.rstrip("/"), audience
        self._who = {"client_id": client_id, "client_secret": client_secret}
        self._http = http or httpx.Client(timeout=30, verify=trust)
        self._address: str | None = None
        self._own: tuple[str, float] = ("", 0.0)

    def for_itself(self) -> str:
        """Return a token with which the program asks for itself, under its own groups."""
        token, ends = self._own
        if time.monotonic() > ends - _SPARE_SECONDS:
            given = self._ask(grant_type="client_credentials")
            token = str(given["access_token"])
            self._own = (token, time.monotonic() + float(given.get("expires_in", 0)))
        return token

    def on_behalf_of(self, clerk_token: str) -> str:
        """Return a token for what both may read, clerk and program; `clerk_token` must be meant for the program."""
        given = self._ask(
            grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
            subject_token=clerk_token,
            subject_token_type=_ACCESS_TOKEN,
            requested_token_type=_ACCESS_TOKEN,
            audience=self._audience,
        )
        return str(given["access_token"])

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, **form: str) -> dict[str, Any]:
        if self._address is None:
            known = self._http.get(f"{self._issuer}/.well-known/openid-configuration").raise_for_status().json()
            self._address = str(known["token_endpoint"])
        given: dict[str, Any] = self._http.post(self._address, data=form | self._who).raise_for_status().json()
        return given
