"""Closes values so that only this installation can read or make them; keeps nothing itself.

A sealed value may travel in an address or a cookie: it shows nobody what is in it, and a changed one does not open.
"""

from __future__ import annotations

import json
import time
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM", "zip": "DEF"}


class SealError(Exception):
    """What was handed in was not sealed here, for this purpose and this person, or is too old."""


class Sealer:
    """Seals for one purpose: what is sealed as a search does not open as a session."""

    def __init__(self, key: bytes, purpose: str) -> None:
        derived = HKDF(hashes.SHA256(), 32, salt=None, info=f"aktensuche/ui/{purpose}".encode()).derive(key)
        self._key = OctKey.import_key(derived)

    def seal(self, value: dict[str, Any], *, owner: str = "", seconds: float | None = None) -> str:
        """Seal `value` for `owner`; it opens for nobody else, and not after `seconds`."""
        body: dict[str, Any] = {"v": value, "o": owner}
        if seconds is not None:
            body["e"] = int(time.time() + seconds)
        plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return jwe.encrypt_compact(_HEADER, plain, self._key)

    def open(self, sealed: str, *, owner: str = "") -> dict[str, Any]:
        """Return what was sealed, or raise SealError; why it did not open is not told."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=["dir", "A256GCM", "DEF"])
            body = json.loads(opened.plaintext or b"")
        except (JoseError, ValueError) as error:
            raise SealError("the sealed value does not open") from error
        # SECURITY: a colleague who is sent an address must not read in it what somebody else searched for.
        if body["o"] != owner or body.get("e", time.time() + 1) < time.time():
            raise SealError("the sealed value does not open")
        value: dict[str, Any] = body["v"]
        return value
