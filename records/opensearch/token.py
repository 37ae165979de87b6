"""The token minted for each request: the engine's own lock, closed by whatever it does not say.

Claims are short because they travel in a header: `r`, `a` are the clerk's readers and the tenant-wide one, `s`, `t` the
same of the software acting for them (equal to `r`, `a` where there is none), `m` whether records without readers are
open; for releases `o` is the own tenant, which needs none of its own, and `n` the time, after which a release must end.
The engine's roles (mappings.security) read exactly these.
"""

from __future__ import annotations

import time
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from mappings.security import PARTNER
from records.access import Principal, read_filter
from records.settings import read_secret

ISSUER = "aktensuche"
AUDIENCE = "aktensuche-engine"
SUBJECT = "aktensuche-reader"
LIFETIME_SECONDS = 25

#: stands in an empty list; no reader has this id, as ids are made of letters and the digits 2 to 7
NOBODY = "0"


class TokenMint:
    """Signs tokens with the API's key (PEM, EC P-256)."""

    def __init__(self, key_file: Path) -> None:
        self._key = ECKey.import_key(read_secret(key_file))

    def mint(self, principal: Principal) -> str:
        """Return a token that opens what this principal may read, for less than half a minute."""
        # SECURITY: the second lock. It is built from the principal alone, never from the query.
        rule = read_filter(principal)
        parties = [sorted(g.short_id for g in party) or [NOBODY] for party in rule.parties]
        clerk, software = parties[0], parties[-1]
        everybody = [rule.everybody.short_id]
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": SUBJECT,
            "roles": [f"tenant_{rule.tenant}", PARTNER],
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "r": clerk,
            "a": everybody,
            "s": software,
            "t": everybody,
            "m": [rule.opens_unassigned],
            "n": now,
            "o": [rule.tenant],
        }
        return jwt.encode({"alg": "ES256"}, claims, self._key)
