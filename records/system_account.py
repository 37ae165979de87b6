"""The engine's accounts of the unfiltered door: one for each tenant, their passwords drawn from one secret.

Pure. Who knows the password of one tenant learns nothing about that of another, and a new tenant needs no new secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

import bcrypt

_ROUNDS = 8
_SALT_BYTES = 16
#: bcrypt writes base64 with letters of its own
_OURS, _THEIRS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)
_LETTERS = str.maketrans(_OURS, _THEIRS)


def system_password(secret: str, tenant: str) -> str:
    """Return the password of a tenant's account: 256 bits, the same each time."""
    return _drawn(secret, f"password {tenant}").hex()


def system_password_hash(secret: str, tenant: str) -> str:
    """Return the hash of that password, the same each time, so that an unchanged start changes nothing."""
    salt = base64.b64encode(_drawn(secret, f"salt {tenant}")[:_SALT_BYTES]).decode("ascii").rstrip("=")
    # a random password of 256 bits needs no slow hash to be safe; the fast one spares the engine time
    made = bcrypt.hashpw(
        system_password(secret, tenant).encode("ascii"), f"$2b${_ROUNDS:02}${salt.translate(_LETTERS)}".encode("ascii")
    )
    return made.decode("ascii")


def _drawn(secret: str, what: str) -> bytes:
    return hmac.digest(secret.encode("utf-8"), f"aktensuche-system {what}".encode(), hashlib.sha256)
