"""Secrets and certificates: made once, tight, renewed in time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from local import certificates, secrets


def test_secrets_are_made_once_and_for_their_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    secrets.ensure_all(folder)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    secrets.ensure_all(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert set(first) == set(secrets.WANTED)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "writer.password"
    secrets.ensure(path, "password")
    path.chmod(0o640)
    with pytest.raises(secrets.SecretError, match="can be read by others"):
        secrets.ensure(path, "password")


def test_certificates_hold_for_loopback_and_are_renewed_before_they_end(tmp_path: Path) -> None:
    assert certificates.ensure(tmp_path)
    assert not certificates.ensure(tmp_path)
    authority, node, admin = (
        x509.load_pem_x509_certificate((tmp_path / f"{name}.crt").read_bytes()) for name in ("ca", "node", "admin")
    )
    node.verify_directly_issued_by(authority)
    admin.verify_directly_issued_by(authority)
    names = node.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert admin.subject.rfc4514_string() == certificates.ADMIN_DN
    assert node.subject.rfc4514_string() == certificates.NODE_DN
    assert certificates.ensure(tmp_path, now=datetime.now(UTC) + timedelta(days=3 * 365 - 30))


def test_a_half_renewed_set_is_made_anew(tmp_path: Path) -> None:
    certificates.ensure(tmp_path)
    old = (tmp_path / "ca.crt").read_bytes()
    (tmp_path / "ca.crt").unlink()
    certificates.ensure(tmp_path)
    (tmp_path / "ca.crt").write_bytes(old)
    assert certificates.ensure(tmp_path)
