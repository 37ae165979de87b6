"""Where a list of hits goes on: an encrypted note to ourselves that only its owner can use, for the same search.

A cursor holds positions and scores, so it is unreadable outside; it carries no right: those are checked anew.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from records.access import Principal
from records.errors import InvalidInputError

LIFETIME_SECONDS = 3600
_MIN_SECRET = 32


class CursorSeal:
    """Seals and opens cursors."""

    def __init__(self, secret: str) -> None:
        if len(secret) < _MIN_SECRET:
            raise ValueError(f"the secret for cursors has {len(secret)} characters, at least {_MIN_SECRET} are needed")
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"aktensuche cursor").derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, principal: Principal, asked: str, position: dict[str, Any]) -> str:
        """Return the cursor for this position in what `asked` finds for this principal."""
        note = {"for": binding_of(principal, asked), "at": position}
        return self._fernet.encrypt(json.dumps(note, separators=(",", ":")).encode()).decode("ascii")

    def open(self, principal: Principal, asked: str, cursor: str) -> dict[str, Any]:
        """Return the position; InvalidInputError if the cursor is altered, too old, or not of this search."""
        # SECURITY: a cursor of somebody else, or of another search, tells nothing and continues nothing.
        try:
            note = json.loads(self._fernet.decrypt(cursor.encode(), ttl=LIFETIME_SECONDS))
        except (InvalidToken, ValueError) as error:
            raise InvalidInputError("cursor", "is not valid, or older than an hour; search again") from error
        if note["for"] != binding_of(principal, asked):
            raise InvalidInputError("cursor", "belongs to another search; leave it out to begin anew")
        position: dict[str, Any] = note["at"]
        return position


def binding_of(principal: Principal, asked: str) -> str:
    """Return what is the same for one question of one principal under the same rights, and for no other."""
    software = principal.software
    parts = [
        principal.tenant,
        principal.subject,
        sorted(map(str, principal.groups)),
        sorted(principal.roles),
        [software.name, sorted(map(str, software.groups))] if software else None,
        asked,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
