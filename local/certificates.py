"""The certificates of one machine: an authority of its own, one for the engine, one for its administrator.

They serve loopback connections of this installation. The authority's key signs them and is then thrown away: to renew
one is to renew all three.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.secrets import write_private

#: the names by which the engine knows itself and its administrator; as the engine writes them: last part first
NODE_DN = "CN=aktensuche-node,O=Aktensuche"
ADMIN_DN = "CN=aktensuche-admin,O=Aktensuche"

_VALID = timedelta(days=3 * 365)
_RENEW_BEFORE = timedelta(days=60)
_NAMES = ("ca.crt", "node.crt", "node.key", "admin.crt", "admin.key")


def ensure(folder: Path, *, now: datetime | None = None) -> bool:
    """Make authority, node and administrator certificate unless they are there and last; return whether it did."""
    now = now or datetime.now(UTC)
    if all((folder / name).is_file() for name in _NAMES) and not _ends_soon(folder, now):
        return False
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("aktensuche-authority")
    authority = (
        _begin(authority_name, authority_name, authority_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    for who, uses in (
        ("node", [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
        ("admin", [ExtendedKeyUsageOID.CLIENT_AUTH]),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _begin(_name(f"aktensuche-{who}"), authority_name, key.public_key(), now)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
        )
        if who == "node":
            loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            builder = builder.add_extension(
                x509.SubjectAlternativeName([loopback, x509.DNSName("localhost")]), critical=False
            )
        certificate = builder.sign(authority_key, hashes.SHA256())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_private(folder / f"{who}.key", pem)
        write_private(folder / f"{who}.crt", certificate.public_bytes(serialization.Encoding.PEM))
    # last: with it missing, an interrupted run begins anew
    write_private(folder / "ca.crt", authority.public_bytes(serialization.Encoding.PEM))
    return True


def ends(path: Path) -> datetime:
    """Return when the certificate in `path` ends."""
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def _ends_soon(folder: Path, now: datetime) -> bool:
    authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    for who in ("node", "admin"):
        one = x509.load_pem_x509_certificate((folder / f"{who}.crt").read_bytes())
        expected = x509.AuthorityKeyIdentifier.from_issuer_public_key(
            authority.public_key()  # type: ignore[arg-type]  # ours is always an EC key
        )
        if one.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value != expected:
            # left by a renewal that was interrupted
            return True
    return any(ends(folder / name) - now < _RENEW_BEFORE for name in _NAMES if name.endswith(".crt"))


def _name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Aktensuche"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # clocks that were set back a little must not make a new certificate invalid
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
