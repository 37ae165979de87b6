"""The certificates of one machine: for the engine and for its administrator, for loopback connections only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from local.authority import Part, issue, last
from local.secrets import write_private

#: the names by which the engine knows itself and its administrator; as the engine writes them: last part first
NODE_DN = "CN=aktensuche-node,O=Aktensuche"
ADMIN_DN = "CN=aktensuche-admin,O=Aktensuche"

_VALID = timedelta(days=3 * 365)
_RENEW_BEFORE = timedelta(days=60)
_PARTS = {"node": Part("aktensuche-node", ("127.0.0.1", "localhost")), "admin": Part("aktensuche-admin")}


def ensure(folder: Path, *, now: datetime | None = None) -> bool:
    """Make authority, node and administrator certificate unless they are there and last; return whether it did."""
    now = now or datetime.now(UTC)
    files = [folder / "ca.crt", *(folder / f"{who}.{kind}" for who in _PARTS for kind in ("crt", "key"))]
    if all(path.is_file() for path in files):
        certificates = [(folder / f"{who}.crt").read_bytes() for who in _PARTS]
        if last(files[0].read_bytes(), certificates, until=now + _RENEW_BEFORE):
            return False
    authority, signed = issue(list(_PARTS.values()), now=now, valid=_VALID)
    for who, one in zip(_PARTS, signed, strict=True):
        write_private(folder / f"{who}.key", one.key)
        write_private(folder / f"{who}.crt", one.certificate)
    # last: with it missing or of another authority, an interrupted run begins anew
    write_private(folder / "ca.crt", authority)
    return True


def ends(path: Path) -> datetime:
    """Return when the certificate in `path` ends."""
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
