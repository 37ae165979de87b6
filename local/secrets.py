"""Passwords and keys of one installation: made once, each in a file of its own that only its user can read.

It never prints a secret and never replaces one that is there.
"""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

#: without the letters and digits that are mistaken for each other when typed
_TYPABLE = "abcdefghjkmnpqrstuvwxyz23456789"


class SecretError(Exception):
    """A secret is not safe to use; the text names the file and what to do."""


def private_key_pem() -> bytes:
    """Return a new EC P-256 key as PKCS#8 PEM."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_key_pem(private: Path) -> str:
    """Return the public half of the EC key in `private` as PEM."""
    key = serialization.load_pem_private_key(private.read_bytes(), None)
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii")
    )


def _password() -> bytes:
    return secrets.token_urlsafe(32).encode("ascii")


def _session_key() -> bytes:
    return base64.urlsafe_b64encode(secrets.token_bytes(32))


def _typable_code() -> bytes:
    half = ("".join(secrets.choice(_TYPABLE) for _ in range(4)) for _ in range(2))
    return "-".join(half).encode("ascii")


_MAKERS: dict[str, Callable[[], bytes]] = {
    "password": _password,
    "ec-key": private_key_pem,
    "fernet": Fernet.generate_key,
    "session-key": _session_key,
    "code": _typable_code,
}

#: every secret of one machine: file name and kind
WANTED = {
    "writer.password": "password",
    "system.secret": "password",
    "redis.password": "password",
    "embedding.secret": "password",
    "engine-token.key": "ec-key",
    "sign-in.key": "ec-key",
    "cursor.key": "fernet",
    "session.key": "session-key",
    "sign-in.code": "code",
    "api-client.secret": "password",
}


def ensure_all(folder: Path) -> None:
    """Make what is missing in `folder` and check what is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SECURITY: nobody else may even list the names.
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    for name, kind in WANTED.items():
        ensure(folder / name, kind)


def ensure(path: Path, kind: str) -> None:
    """Make the secret in `path` unless it is there; one that others can read, or an empty one, is refused."""
    if not path.exists():
        write_private(path, _MAKERS[kind]())
    found = path.stat()
    # SECURITY: a secret that others could read may be known to them; it is not used any more.
    if found.st_mode & 0o077:
        raise SecretError(f"secret {path} can be read by others: delete it and start again, a new one is made")
    if found.st_size == 0:
        raise SecretError(f"secret {path} is empty: delete it and start again, a new one is made")


def write_private(path: Path, content: bytes) -> None:
    """Write `path` at one stroke, readable by its owner alone."""
    # mkstemp makes the file 0600 from its first moment
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
