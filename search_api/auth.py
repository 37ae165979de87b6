"""From a bearer token to a Principal. Nothing else makes a Principal from a request; nothing here reads a record.

Who a token stands for follows from the client it was issued to (`azp`, else `client_id`):

- one at which clerks sign in themselves: the clerk in `sub`, and for software that the issuer names in `act`, both;
- registered software, and somebody else in `sub`: the software acting for this clerk;
- registered software, and its own subject in `sub`: the software itself, with its own groups and no roles;
- any other: nobody.
"""

from __future__ import annotations

import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from records.access import MAX_GROUPS, ActingSoftware, Principal, Reader, Role, groups_of
from records.errors import AktensucheError, InvalidInputError
from search_api.group_map import GroupMap
from search_api.issuer import Introspection, Issuer, Keys, NotSignedInError
from search_api.settings import SignInSettings
from search_api.software import Software, load_software

# SECURITY: a fixed list of asymmetric algorithms; neither "none" nor a public key used as a shared secret gets through.
ALGORITHMS = ["ES256", "RS256", "PS256"]
SKEW_SECONDS = 60
#: what a token may live where the issuer is not asked whether it still counts
LONGEST_LIFE_SECONDS = 300
_TYPES = {"jwt", "at+jwt", "application/at+jwt"}
_MAX_TOKEN = 60_000
_MAX_SUBJECT = 200


class NotEntitledError(AktensucheError):
    """The token is believed, and what it says opens nothing here; the message may be shown."""


class TokenReader:
    """Verifies tokens and reads who asks out of them."""

    def __init__(self, settings: SignInSettings, tenants: tuple[str, ...]) -> None:
        self._settings = settings
        self._tenants = frozenset(tenants)
        self._issuer = Issuer(settings)
        self._keys = Keys(self._issuer, settings.jwks_url)
        self._introspection = Introspection(self._issuer, settings.introspection) if settings.introspection else None
        self._group_map = GroupMap.load(settings.group_map_file, tenants) if settings.group_map_file else None
        self._software = load_software(settings.software_file, tenants) if settings.software_file else {}
        # SECURITY: a client that is both would choose by itself whether its own limits count.
        if both := sorted(set(settings.clerk_clients) & set(self._software)):
            raise ValueError(f"client {both[0]!r} is registered as software and as one at which clerks sign in")

    def principal(self, token: str) -> Principal:
        """Return who asks; NotSignedInError if the token is not believed, NotEntitledError if it opens nothing."""
        claims = self._believed(token)
        if self._introspection is not None:
            # SECURITY: after the signature, so that only real tokens reach the issuer.
            self._introspection.check(token)
        return self._entitled(claims)

    def close(self) -> None:
        """Give the connections to the issuer back."""
        self._issuer.http.close()

    def _believed(self, token: str) -> dict[str, Any]:
        # SECURITY: signature, issuer, audience and time, all of them required; the algorithm is ours to choose.
        try:
            if len(token) > _MAX_TOKEN:
                raise NotSignedInError("the token is too long")
            header = extract_compact(token.encode("ascii")).headers()
            if header.get("alg") not in ALGORITHMS:
                raise NotSignedInError("the token is signed in a way that is not accepted")
            if str(header.get("typ", "JWT")).lower() not in _TYPES:
                raise NotSignedInError("this is no access token")
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
        # SECURITY: a token bound to a key of its holder is no bearer token; whoever brings it here may have stolen it.
        if "cnf" in claims:
            raise NotSignedInError("the token is bound to a key, and this way of sending it does not show that key")
        if self._introspection is None:
            _check_life(claims)
        return claims

    def _entitled(self, claims: dict[str, Any]) -> Principal:
        client = claims.get("azp") or claims.get("client_id")
        software = self._software.get(client) if isinstance(client, str) else None
        try:
            if software is not None and claims["sub"] == software.subject:
                return self._software_itself(claims, software)
            if software is None and client not in self._settings.clerk_clients:
                # SECURITY: unknown software would read whatever the clerk reads.
                raise NotEntitledError("the token was issued to software that is not registered here")
            return self._clerk(claims, software)
        except InvalidInputError as error:
            raise NotEntitledError(str(error)) from error

    def _clerk(self, claims: dict[str, Any], software: Software | None) -> Principal:
        tenant = self._tenant(claims)
        acting = self._acting(tenant, claims, software)
        roles = _claim(claims, self._settings.roles_claim)
        known = {str(role) for role in Role}
        # SECURITY: software has no roles, so that acting for a records manager it is none.
        held = (
            frozenset(Role(r) for r in roles if r in known) if isinstance(roles, list) and not acting else frozenset()
        )
        names = _claim(claims, self._settings.groups_claim)
        return Principal(claims["sub"], tenant, self._groups(tenant, names, "groups"), held, acting)

    def _software_itself(self, claims: dict[str, Any], software: Software) -> Principal:
        if "act" in claims:
            raise NotEntitledError("software cannot act for software")
        named = _claim(claims, self._settings.tenant_claim)
        if named is None and len(software.groups) > 1:
            raise NotEntitledError("the software is registered in several municipalities and its token names none")
        tenant = next(iter(software.groups)) if named is None else self._tenant(claims)
        return Principal(claims["sub"], tenant, _own_groups(software, tenant))

    def _tenant(self, claims: dict[str, Any]) -> str:
        tenant = _claim(claims, self._settings.tenant_claim)
        # SECURITY: a tenant id chooses an index; only those of the closed list exist.
        if not isinstance(tenant, str) or tenant not in self._tenants:
            raise NotEntitledError("the token names no municipality that is known here")
        return tenant

    def _acting(self, tenant: str, claims: dict[str, Any], software: Software | None) -> ActingSoftware | None:
        """Return the software that the clerk asks through, with groups of its own."""
        if "act" not in claims:
            return ActingSoftware(software.client, _own_groups(software, tenant)) if software else None
        act = claims["act"]
        if not isinstance(act, dict) or not isinstance(act.get("sub"), str) or not 0 < len(act["sub"]) <= _MAX_SUBJECT:
            raise InvalidInputError("act", "names no acting software; it needs sub")
        # SECURITY: a chain of programs would need the rights of each; only one is looked at, so only one is let in.
        if "act" in act or (software is not None and act["sub"] != software.client):
            raise InvalidInputError("act", "more than one program acts for the clerk")
        registered = self._software.get(act["sub"])
        # SECURITY: software without groups of its own would read whatever the clerk reads; it is refused, not guessed.
        if registered is None and "groups" not in act:
            raise InvalidInputError("act.groups", "is missing, and the acting software is not registered here")
        allowed = [_own_groups(registered, tenant)] if registered else []
        if "groups" in act:
            allowed.append(self._groups(tenant, act["groups"], "act.groups"))
        return ActingSoftware(act["sub"], frozenset.intersection(*allowed))

    def _groups(self, tenant: str, names: object, field: str) -> frozenset[Reader]:
        if names is None and field == "groups":
            return frozenset()
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise InvalidInputError(field, "is no list of group names")
        if self._group_map is not None:
            return self._group_map.readers(tenant, names)
        # SECURITY: a path means something through a map only; without one it gives nothing.
        bare = {name for name in names if not name.startswith("/")}
        if len(bare) > MAX_GROUPS:
            raise InvalidInputError(
                field, f"{len(bare)} groups, at most {MAX_GROUPS} are possible; ask for a smaller set at sign-in"
            )
        return groups_of(tenant, bare)


def _own_groups(software: Software, tenant: str) -> frozenset[Reader]:
    groups = software.groups.get(tenant)
    if groups is None:
        raise NotEntitledError("the software is not registered for this municipality")
    return groups


def _check_life(claims: dict[str, Any]) -> None:
    # SECURITY: nobody can take such a token back, so it must end soon by itself.
    ends, issued = claims["exp"], claims.get("iat")
    left = ends - time.time() > LONGEST_LIFE_SECONDS + SKEW_SECONDS
    if left or (isinstance(issued, int | float) and ends - issued > LONGEST_LIFE_SECONDS):
        raise NotSignedInError(f"the token lives longer than {LONGEST_LIFE_SECONDS} s, and nobody could take it back")


def _claim(claims: dict[str, Any], path: str) -> object:
    value: object = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
