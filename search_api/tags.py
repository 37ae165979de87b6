"""Tags of answers: what tells one state of an answer from another, for whoever asked, and for nobody else."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from records.access import Principal
from search_api.cursor import binding_of


class Tags:
    """Makes tags that nobody else can make or compare."""

    def __init__(self, secret: str) -> None:
        self._key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"aktensuche tag").derive(secret.encode())

    def tag(self, principal: Principal, asked: str, content: bytes) -> str:
        """Return the tag of what this principal is shown at this address."""
        # SECURITY: keyed, and made for one view: it cannot be worked out from a guess at what a record holds, and the
        # tags of two people tell nothing of whether both see the same.
        said = b"\0".join((binding_of(principal, asked).encode(), hashlib.sha256(content).digest()))
        return f'"{base64.urlsafe_b64encode(hmac.new(self._key, said, hashlib.sha256).digest())[:22].decode()}"'
