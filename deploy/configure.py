"""Writes what the parts of the production system are configured with, before any of them starts.

Certificates of an authority of this installation, the engine's accounts and roles, the queue's one user. Runs at every
start, without a network, and changes only what is missing, changed or about to end. It never writes a password: the
engine and the queue get hashes.
"""  # noqa: INP001

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bcrypt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local.authority import Part, issue, last
from mappings.security import engine_security
from records.settings import TENANT_PATTERN, read_secret
from records.system_account import system_password_hash

_VALID = timedelta(days=2 * 365)
_RENEW_BEFORE = timedelta(days=90)


@dataclass(frozen=True)
class Identity:
    """One certificate: the folder it goes to, its file name, and whose it is."""

    folder: str
    file: str
    part: Part


#: the common names of engine and administrator stand in deploy/opensearch/opensearch.yml too
IDENTITIES = (
    Identity("engine", "node", Part("engine", ("engine", "localhost"))),
    Identity("admin", "admin", Part("aktensuche-admin")),
    Identity("ledger", "ledger", Part("ledger", ("ledger", "localhost"))),
)
#: who trusts the authority
TRUSTING = ("engine", "admin", "trust")


def main() -> int:
    """Configure everything below `--out`; a missing or useless secret ends it with a sentence and exit code 2."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--secrets", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    given = arguments.parse_args()
    try:
        for line in configure(given.secrets, given.out, tenants=os.environ.get("AKTENSUCHE_TENANTS", "")):
            sys.stdout.write(f"{line}\n")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def configure(secrets: Path, out: Path, *, tenants: str, now: datetime | None = None) -> list[str]:
    """Bring every file below `out` up to date; return a line for each thing that changed."""
    now = now or datetime.now(UTC)
    changes = []
    if not certificates_last(out, now):
        issue_certificates(out, now)
        changes.append(f"certificates: issued, valid until {now + _VALID:%Y-%m-%d}")
    if _write(out / "queue" / "users.acl", queue_users(read_secret(secrets / "queue_password"))):
        changes.append("queue: user written")
    names = _tenants(tenants)
    system = read_secret(secrets / "system_secret")
    files = engine_security(
        names,
        token_public_key=_public_half(secrets / "engine_token_key"),
        writer_password_hash=_writer_hash(out / "security" / "writer.hash", read_secret(secrets / "writer_password")),
        system_password_hashes={name: system_password_hash(system, name) for name in names},
    )
    changes += [f"engine: {name} written" for name, text in files.items() if _write(out / "security" / name, text)]
    return changes or ["nothing to change"]


def queue_users(password: str) -> str:
    """Return the queue's user file: one user, by the hash of its password, who may not administer the server."""
    digest = hashlib.sha256(password.encode()).hexdigest()
    # SECURITY: resetkeys and nopass have no place here; -@admin takes CONFIG, ACL, DEBUG, SHUTDOWN and REPLICAOF away.
    return f"user default on #{digest} ~* &* +@all -@admin -flushall -flushdb\n"


def certificates_last(out: Path, now: datetime) -> bool:
    """Say whether every certificate is there, from the one authority, and far from its end."""
    authorities = [out / folder / "ca.pem" for folder in TRUSTING]
    ours = [out / one.folder / f"{one.file}.pem" for one in IDENTITIES]
    keys = [out / one.folder / f"{one.file}.key" for one in IDENTITIES]
    if not all(path.is_file() for path in (*authorities, *ours, *keys)):
        return False
    if len({path.read_bytes() for path in authorities}) != 1:
        return False
    certificates = [path.read_bytes() for path in ours]
    return last(authorities[0].read_bytes(), certificates, until=now + _RENEW_BEFORE)


def issue_certificates(out: Path, now: datetime) -> None:
    """Make a new authority and a certificate for each identity; the authority's key is kept nowhere."""
    authority, signed = issue([one.part for one in IDENTITIES], now=now, valid=_VALID)
    for identity, one in zip(IDENTITIES, signed, strict=True):
        _write(out / identity.folder / f"{identity.file}.key", one.key.decode("ascii"))
        _write(out / identity.folder / f"{identity.file}.pem", one.certificate.decode("ascii"))
    # last: an interrupted run leaves certificates of another authority, and the next one begins anew
    for folder in TRUSTING:
        _write(out / folder / "ca.pem", authority.decode("ascii"))


def _tenants(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ValueError("AKTENSUCHE_TENANTS is empty; name the municipalities in .env")
    for name in names:
        # SECURITY: a tenant id becomes part of an index pattern; letters and digits cannot form a wildcard.
        if TENANT_PATTERN.fullmatch(name) is None:
            raise ValueError(f"tenant {name!r} is not made of 1 to 40 lower-case letters and digits")
    return names


def _public_half(private: Path) -> str:
    try:
        key = serialization.load_pem_private_key(read_secret(private).encode("ascii"), None)
    except (TypeError, UnicodeEncodeError) as error:
        raise ValueError(f"secret file {private} holds no private key without passphrase: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        # SECURITY: the engine is told ES256; another kind of key would be read as another algorithm.
        raise ValueError(  # noqa: TRY004 - the content of a file, not the type of an argument
            f"secret file {private} holds no EC P-256 key; deploy/make-secrets makes one"
        )
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode(
        "ascii"
    )


def _writer_hash(kept: Path, password: str) -> str:
    # the same password keeps its hash, so that an unchanged start changes no file
    if kept.is_file():
        before = kept.read_text(encoding="ascii").strip()
        if bcrypt.checkpw(password.encode(), before.encode("ascii")):
            return before
    # a random password of 256 bits needs no slow hash to be safe; the fast one spares the engine time
    made = bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=8)).decode("ascii")
    _write(kept, made + "\n")
    return made


def _write(path: Path, text: str) -> bool:
    """Write `path` at one stroke, readable by owner and group; return whether it changed."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # SECURITY: the group is the one the containers join; nobody else reads a key.
        Path(unfinished).chmod(0o640)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return True


if __name__ == "__main__":
    sys.exit(main())
