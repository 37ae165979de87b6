"""Speaks OpenID Connect to the sign-in provider: code flow with PKCE, state and nonce; keeps no session."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from ui.session import Session
from ui.settings import SafeUrl, UiSettings

# SECURITY: a closed list; "none" and shared-secret algorithms are never accepted for an id token.
_ALGORITHMS = ["ES256", "RS256", "PS256"]
_LEEWAY = 30


class ProviderError(Exception):
    """The provider cannot be reached or does not keep to the protocol."""


class RefusedError(Exception):
    """The provider, or a check of ours, did not let this person in."""


class _Discovery(BaseModel):
    issuer: str
    authorization_endpoint: SafeUrl
    token_endpoint: SafeUrl
    jwks_uri: SafeUrl
    end_session_endpoint: SafeUrl | None = None
    revocation_endpoint: SafeUrl | None = None


class _Tokens(BaseModel):
    access_token: str
    expires_in: float = 300
    id_token: str | None = None
    refresh_token: str | None = None


@dataclass(frozen=True)
class Attempt:
    """What one sign-in must remember until the provider sends the browser back."""

    state: str
    nonce: str
    verifier: str
    next: str


class Provider:
    """The provider of this installation; discovery and keys are fetched when first needed."""

    def __init__(self, settings: UiSettings, http: httpx.Client) -> None:
        self._issuer = settings.issuer
        self._client_id = settings.client_id
        self._client_secret = settings.client_secret()
        self._public_url = settings.public_url
        self._redirect = f"{settings.public_url}/auth/callback"
        self._http = http
        self._lock = threading.Lock()
        self._known: _Discovery | None = None
        self._keys: KeySet | None = None
        self._keys_fetched = 0.0
        self._renewing = threading.Lock()
        self._renewed: dict[str, tuple[float, Session]] = {}

    def begin(self, next_path: str) -> tuple[Attempt, str]:
        """Return a new attempt and the address at the provider where it goes on."""
        attempt = Attempt(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), next_path)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return attempt, _with_query(self._discovery().authorization_endpoint, query)

    def finish(self, attempt: Attempt, code: str) -> Session:
        """Exchange `code` for tokens and return the session they stand for."""
        tokens = self._tokens(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect,
                "code_verifier": attempt.verifier,
            }
        )
        if tokens.id_token is None:
            raise ProviderError("the sign-in provider sent no id token")
        claims = self._verified(tokens.id_token)
        # SECURITY: the nonce ties the id token to the browser that started this sign-in.
        if not secrets.compare_digest(str(claims.get("nonce", "")), attempt.nonce):
            raise RefusedError("the id token was made for another sign-in")
        return Session(
            subject=str(claims["sub"]),
            name=str(claims.get("name") or claims["sub"]),
            tenant=str(claims.get("tenant") or ""),
            access_token=tokens.access_token,
            token_ends=time.time() + tokens.expires_in,
            refresh_token=tokens.refresh_token,
            id_token=tokens.id_token,
        )

    def renew(self, session: Session) -> Session:
        """Return `session` with a fresh access token; RefusedError when the provider has ended it."""
        if session.refresh_token is None:
            raise RefusedError("this sign-in cannot be renewed")
        # a refresh token may count once only, and a browser sends several requests at a time with the same one
        with self._renewing:
            self._renewed = {k: v for k, v in self._renewed.items() if v[0] > time.monotonic() - _LEEWAY}
            known = self._renewed.get(session.refresh_token)
            if known is not None:
                return known[1]
            tokens = self._tokens({"grant_type": "refresh_token", "refresh_token": session.refresh_token})
            ends = time.time() + tokens.expires_in
            renewed = session.renewed(tokens.access_token, ends, tokens.refresh_token)
            self._renewed[session.refresh_token] = (time.monotonic(), renewed)
            return renewed

    def take_back(self, session: Session) -> None:
        """Tell the provider that the refresh token is not needed any more (RFC 7009), if it offers that.

        The session ends then even where the browser never arrives at `end_address`.
        """
        endpoint = self._discovery().revocation_endpoint
        if endpoint is None or session.refresh_token is None:
            return
        form = {"token": session.refresh_token, "token_type_hint": "refresh_token"}
        answer = self._post(endpoint, form)
        if not answer.is_success:
            raise ProviderError(f"the provider did not take the refresh token back: {answer.status_code}")

    def end_address(self, session: Session | None) -> str | None:
        """Return where the provider's own session is ended, if it offers that."""
        endpoint = self._discovery().end_session_endpoint
        if endpoint is None:
            return None
        query = {
            "client_id": self._client_id,
            "post_logout_redirect_uri": f"{self._public_url}/sign-in",
        }
        if session is not None and session.id_token is not None:
            query["id_token_hint"] = session.id_token
        return _with_query(endpoint, query)

    def _discovery(self) -> _Discovery:
        with self._lock:
            if self._known is None:
                address = f"{self._issuer}/.well-known/openid-configuration"
                try:
                    answer = self._http.get(address)
                    answer.raise_for_status()
                    known = _Discovery.model_validate(answer.json())
                except (httpx.HTTPError, ValidationError, ValueError) as error:
                    raise ProviderError(f"discovery at {address} failed: {error}") from error
                # SECURITY: a provider that names itself differently may be somebody else's.
                if known.issuer.rstrip("/") != self._issuer:
                    raise ProviderError(f"discovery names {known.issuer!r} instead of {self._issuer!r}")
                self._known = known
            return self._known

    def _tokens(self, form: dict[str, str]) -> _Tokens:
        answer = self._post(self._discovery().token_endpoint, form)
        if httpx.codes.is_client_error(answer.status_code):
            raise RefusedError("the sign-in provider refused the code")
        try:
            answer.raise_for_status()
            return _Tokens.model_validate(answer.json())
        except (httpx.HTTPError, ValidationError, ValueError) as error:
            raise ProviderError("the token endpoint sent no tokens") from error

    def _post(self, endpoint: str, form: dict[str, str]) -> httpx.Response:
        secret = self._client_secret
        auth = None if secret is None else (self._client_id, secret)
        try:
            return self._http.post(
                endpoint, data={**form, "client_id": self._client_id}, auth=auth or httpx.USE_CLIENT_DEFAULT
            )
        except httpx.HTTPError as error:
            raise ProviderError(f"the provider does not answer at {endpoint}: {error}") from error

    def _verified(self, id_token: str) -> dict[str, Any]:
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "values": [self._issuer, f"{self._issuer}/"]},
            sub={"essential": True},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
        )
        try:
            try:
                token = jwt.decode(id_token, self._key_set(), algorithms=_ALGORITHMS)
            except (JoseError, ValueError):
                # keys rotate; one more look, with fresh ones
                token = jwt.decode(id_token, self._key_set(fresh=True), algorithms=_ALGORITHMS)
            rules.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise RefusedError(f"the id token is not valid: {error}") from error
        return token.claims

    def _key_set(self, *, fresh: bool = False) -> KeySet:
        with self._lock:
            keys = self._keys
            if keys is not None and not (fresh and time.monotonic() - self._keys_fetched > _LEEWAY):
                return keys
        address = self._discovery().jwks_uri
        try:
            answer = self._http.get(address)
            answer.raise_for_status()
            keys = KeySet.import_key_set(answer.json())
        except (httpx.HTTPError, JoseError, ValueError) as error:
            raise ProviderError(f"the keys at {address} cannot be read: {error}") from error
        with self._lock:
            self._keys, self._keys_fetched = keys, time.monotonic()
        return keys


def _with_query(address: str, query: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
