"""An authority for one installation: it signs the certificates of its few parts and its key is thrown away.

To renew one certificate is therefore to renew all of them. Nothing is written here; who asks knows where files go.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Part:
    """Somebody who gets a certificate: the common name, and the host names it answers to, if it is a server."""

    common_name: str
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signed:
    """A certificate and its key (PKCS#8, not encrypted), as PEM."""

    certificate: bytes
    key: bytes


def issue(parts: Sequence[Part], *, now: datetime, valid: timedelta) -> tuple[bytes, tuple[Signed, ...]]:
    """Return the PEM of a new authority, and what it signed for each part, in order."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name("aktensuche-authority")
    authority = (
        _begin(authority_name, authority_name, authority_key.public_key(), now, valid)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    signed = []
    for part in parts:
        key = ec.generate_private_key(ec.SECP256R1())
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = (
            _begin(_name(part.common_name), authority_name, key.public_key(), now, valid)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
        )
        if part.hosts:
            # the engine's nodes are each other's clients as well
            uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
            names = x509.SubjectAlternativeName([_host(host) for host in part.hosts])
            builder = builder.add_extension(names, critical=False)
        made = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False).sign(authority_key, hashes.SHA256())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        signed.append(Signed(made.public_bytes(serialization.Encoding.PEM), pem))
    return authority.public_bytes(serialization.Encoding.PEM), tuple(signed)


def last(authority: bytes, certificates: Sequence[bytes], *, until: datetime) -> bool:
    """Say whether this authority signed all certificates (PEM), and authority and certificates are valid `until`."""
    issuer = x509.load_pem_x509_certificate(authority)
    key = issuer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or issuer.not_valid_after_utc < until:
        return False
    expected = x509.AuthorityKeyIdentifier.from_issuer_public_key(key)
    for pem in certificates:
        one = x509.load_pem_x509_certificate(pem)
        # another authority's: left by a renewal that was interrupted
        if one.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value != expected:
            return False
        if one.not_valid_after_utc < until:
            return False
    return True


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common: str) -> x509.Name:
    # the engine writes names last part first: CN=…,O=Aktensuche
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Aktensuche"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, valid: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # clocks that were set back a little must not make a new certificate invalid
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + valid)
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
