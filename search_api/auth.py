"""From a bearer token to a Principal. Nothing else makes a Principal from a request; nothing here reads a record."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from pydantic import TypeAdapter, ValidationError

from records.access import MAX_GROUPS, ActingSoftware, Principal, Reader, Role, groups_of
from records.errors import AktensucheError, InvalidInputError
from records.settings import ServiceUrl
from search_api.settings import SignInSettings

_log = logging.getLogger(__name__)

# SECURITY: a fixed list of asymmetric algorithms; neither "none" nor a public key used as a shared secret gets through.
ALGORITHMS = ["ES256", "RS256", "PS256"]
SKEW_SECONDS = 60
_MAX_TOKEN = 60_000
_MAX_SUBJECT = 200
_KEYS_FOR_SECONDS = 600
_UNKNOWN_KEY_PAUSE_SECONDS = 10


class NotSignedInError(AktensucheError):
    """There is no token, or none that is believed."""


class NotEntitledError(AktensucheError):
    """The token is believed, and what it says opens nothing here; the message may be shown."""


class SignInUnavailableError(AktensucheError):
    """The keys of the sign-in cannot be fetched."""


class Keys:
    """The issuer's public keys: fetched when needed, kept for ten minutes, fetched again for a key not known yet."""

    def __init__(self, settings: SignInSettings) -> None:
        self._issuer = settings.issuer
        self._url = settings.jwks_url
        verify = ssl.create_default_context(cafile=str(settings.ca_file)) if settings.ca_file else True
        self._http = httpx.Client(timeout=httpx.Timeout(4, connect=2), verify=verify, trust_env=False)
        self._lock = threading.Lock()
        self._by_id: dict[str, dict[str, Any]] = {}
        self._fetched = self._tried = float("-inf")

    def find(self, key_id: str | None) -> KeySet:
        """Return the key with this id; NotSignedInError if the issuer has none."""
        with self._lock:
            now = time.monotonic()
            stale = now - self._fetched > _KEYS_FOR_SECONDS
            unknown = key_id is not None and key_id not in self._by_id
            # SECURITY: made-up key ids must not turn this process into a flood on the sign-in.
            if (stale or unknown) and (not self._by_id or now - self._tried > _UNKNOWN_KEY_PAUSE_SECONDS):
                self._tried = now
                self._fetch(now)
            found = self._by_id if key_id is None and len(self._by_id) == 1 else {}
            key = self._by_id.get(key_id) if key_id is not None else next(iter(found.values()), None)
        if key is None:
            raise NotSignedInError("the token is signed with a key that the sign-in does not publish")
        return KeySet.import_key_set({"keys": [key]})

    def _fetch(self, now: float) -> None:
        try:
            published = self._ask(self._url or self._discover())
        except (httpx.HTTPError, ValueError) as error:
            if self._by_id:
                # A sign-in that is away for a while locks nobody out whose key is known.
                _log.warning("keys of the sign-in were not renewed: %s", type(error).__name__)
                return
            raise SignInUnavailableError("the keys of the sign-in cannot be fetched") from error
        usable = [
            key
            for key in published.get("keys", [])
            if isinstance(key, dict) and key.get("kty") in {"EC", "RSA"} and key.get("use", "sig") == "sig"
        ]
        self._by_id = {str(key.get("kid", "")): key for key in usable}
        self._fetched = now

    def _discover(self) -> str:
        document = self._ask(f"{self._issuer}/.well-known/openid-configuration")
        # SECURITY: a document that speaks for another issuer is not believed.
        if str(document.get("issuer", "")).rstrip("/") != self._issuer:
            raise ValueError("the discovery document names another issuer")
        try:
            return TypeAdapter(ServiceUrl).validate_python(document.get("jwks_uri"))
        except ValidationError as error:
            raise ValueError("the discovery document names no usable jwks_uri") from error

    def _ask(self, url: str) -> dict[str, Any]:
        answer = self._http.get(url).raise_for_status().json()
        if not isinstance(answer, dict):
            raise ValueError(f"{url} did not answer with an object")  # noqa: TRY004
        return answer


class TokenReader:
    """Verifies tokens and reads who asks out of them."""

    def __init__(self, settings: SignInSettings, tenants: tuple[str, ...]) -> None:
        self._settings = settings
        self._tenants = frozenset(tenants)
        self._keys = Keys(settings)

    def principal(self, token: str) -> Principal:
        """Return who asks; NotSignedInError if the token is not believed, NotEntitledError if it opens nothing."""
        return self._entitled(self._believed(token))

    def _believed(self, token: str) -> dict[str, Any]:
        # SECURITY: signature, issuer, audience and time, all of them required; the algorithm is ours to choose.
        try:
            if len(token) > _MAX_TOKEN:
                raise NotSignedInError("the token is too long")
            header = extract_compact(token.encode("ascii")).headers()
            if header.get("alg") not in ALGORITHMS:
                raise NotSignedInError("the token is signed in a way that is not accepted")
            key_id = header.get("kid")
            keys = self._keys.find(str(key_id) if key_id is not None else None)
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                leeway=SKEW_SECONDS,
                iss={"essential": True, "values": [self._settings.issuer, f"{self._settings.issuer}/"]},
                aud={"essential": True, "value": self._settings.audience},
                exp={"essential": True},
                sub={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise NotSignedInError("the token is not valid here, or no longer") from error
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT:
            raise NotSignedInError("the token names no subject")
        return claims

    def _entitled(self, claims: dict[str, Any]) -> Principal:
        tenant = _claim(claims, self._settings.tenant_claim)
        # SECURITY: a tenant id chooses an index; only those of the closed list exist.
        if not isinstance(tenant, str) or tenant not in self._tenants:
            raise NotEntitledError("the token names no municipality that is known here")
        roles = _claim(claims, self._settings.roles_claim)
        known = {str(role) for role in Role}
        try:
            return Principal(
                subject=claims["sub"],
                tenant=tenant,
                groups=_groups(tenant, _claim(claims, self._settings.groups_claim), "groups"),
                roles=frozenset(Role(r) for r in roles if r in known) if isinstance(roles, list) else frozenset(),
                software=_software(tenant, claims["act"]) if "act" in claims else None,
            )
        except InvalidInputError as error:
            raise NotEntitledError(str(error)) from error


def _software(tenant: str, act: object) -> ActingSoftware:
    # SECURITY: software without groups of its own would read whatever the clerk reads; it is refused, not guessed.
    if not isinstance(act, dict) or not isinstance(act.get("sub"), str) or not 0 < len(act["sub"]) <= _MAX_SUBJECT:
        raise InvalidInputError("act", "names no acting software; it needs sub and groups")
    if "groups" not in act:
        raise InvalidInputError("act.groups", "is missing; acting software needs groups of its own")
    return ActingSoftware(act["sub"], _groups(tenant, act["groups"], "act.groups"))


def _groups(tenant: str, names: object, field: str) -> frozenset[Reader]:
    if names is None and field == "groups":
        return frozenset()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidInputError(field, "is no list of group names")
    if len(set(names)) > MAX_GROUPS:
        raise InvalidInputError(
            field, f"{len(set(names))} groups, at most {MAX_GROUPS} are possible; ask for a smaller set at sign-in"
        )
    return groups_of(tenant, names)


def _claim(claims: dict[str, Any], path: str) -> object:
    value: object = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
