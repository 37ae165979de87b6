"""Signs the tokens of the one-machine sign-in. Decides who may be named in one, not who may ask."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from local.layout import TENANTS

#: for whom access tokens are made: the API
AUDIENCE = "aktensuche"
#: to whom the tokens of the command line are issued
COMMAND_LINE = "aktensuche-cli"
LIFETIME = 15 * 60
ROLES = ("records-manager", "privacy", "reports", "cooperation")
_GROUP = re.compile(r"[a-z0-9-]{1,64}")
_MOST_GROUPS = 500


class ClaimError(ValueError):
    """A token with these claims is not made; the text names the claim."""


@dataclass(frozen=True)
class Claims:
    """Who a token speaks for; impossible values cannot be put in."""

    subject: str
    tenant: str
    groups: tuple[str, ...]
    roles: tuple[str, ...] = ()
    name: str | None = None
    acting_software: str | None = None

    def __post_init__(self) -> None:
        # SECURITY: the engine expands what stands in a token; nothing but letters, digits and dashes gets there.
        if not self.subject or not self.subject.isprintable():
            raise ClaimError("the subject is empty or holds unprintable characters")
        if self.tenant not in TENANTS:
            raise ClaimError(f"tenant {self.tenant!r} is unknown: choose one of {', '.join(TENANTS)}")
        if len(self.groups) > _MOST_GROUPS:
            raise ClaimError(f"{len(self.groups)} groups are too many: at most {_MOST_GROUPS} fit into a token")
        for group in self.groups:
            if _GROUP.fullmatch(group) is None:
                raise ClaimError(f"group {group!r} is not made of 1 to 64 letters a-z, digits and dashes")
        for role in self.roles:
            if role not in ROLES:
                raise ClaimError(f"role {role!r} is unknown: choose from {', '.join(ROLES)}")
        if self.acting_software is not None and (not self.acting_software or not self.acting_software.isprintable()):
            raise ClaimError("the acting software's name is empty or holds unprintable characters")

    def as_json(self) -> dict[str, Any]:
        """Return the claims as they stand in a token."""
        own: dict[str, Any] = {
            "sub": self.subject,
            "tenant": self.tenant,
            "groups": list(self.groups),
            "roles": list(self.roles),
            "name": self.name or self.subject,
        }
        if self.acting_software is not None:
            own["act"] = {"sub": self.acting_software, "groups": list(self.groups)}
        return own


class Signer:
    """Holds the signing key of this machine's sign-in."""

    def __init__(self, issuer: str, key_file: Path) -> None:
        self._issuer = issuer
        key = ECKey.import_key(key_file.read_text(encoding="utf-8"))
        self._key = ECKey.import_key(key.as_dict(private=True) | {"kid": key.thumbprint()})

    def access_token(self, claims: Claims, *, client: str = COMMAND_LINE, session: str | None = None) -> str:
        """Return a token for the API, issued to `client`, that ends with `session`."""
        own = {"aud": AUDIENCE, "azp": client, "jti": secrets.token_urlsafe(16)}
        return self._sign(claims.as_json() | own | ({"sid": session} if session else {}))

    def id_token(self, claims: Claims, *, client: str, nonce: str | None, session: str) -> str:
        """Return what tells a client who has signed in."""
        return self._sign(claims.as_json() | {"aud": client, "sid": session} | ({"nonce": nonce} if nonce else {}))

    def claims_of(self, token: str, *, audience: str, ended_ago: int = 0) -> dict[str, Any] | None:
        """Return what a token of ours says; None for any other, and for one that ended more than `ended_ago` s ago."""
        rules = jwt.JWTClaimsRegistry(
            leeway=ended_ago,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        try:
            found = jwt.decode(token, self._key, algorithms=["ES256"]).claims
            rules.validate(found)
        except (JoseError, ValueError):
            return None
        return found

    def public_keys(self) -> dict[str, Any]:
        """Return the key set that verifies the tokens."""
        public = self._key.as_dict(private=False)
        return {"keys": [public | {"use": "sig", "alg": "ES256"}]}

    def _sign(self, claims: dict[str, Any]) -> str:
        now = int(time.time())
        header = {"alg": "ES256", "kid": self._key.kid, "typ": "JWT"}
        return jwt.encode(
            header, claims | {"iss": self._issuer, "iat": now, "exp": now + LIFETIME}, self._key, ["ES256"]
        )
