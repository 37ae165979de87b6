"""deploy/configure.py: what the parts of the production system are configured with."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import bcrypt
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from records.system_account import system_password

TREE = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TREE / "deploy" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by name
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


configure = load("configure")


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "queue_password").write_text("queue-words\n", encoding="utf-8")
    (folder / "writer_password").write_text("writer-words\n", encoding="utf-8")
    (folder / "system_secret").write_text("system-words\n", encoding="utf-8")
    (folder / "engine_token_key").write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
    return folder


def test_everything_is_written_and_nothing_the_second_time(secrets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = configure.configure(secrets, out, tenants="erbach, michelstadt", now=NOW)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert len(first) > 5
    assert configure.configure(secrets, out, tenants="erbach, michelstadt", now=NOW) == ["nothing to change"]
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_no_password_and_no_key_of_the_api_leaves_the_secrets(secrets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    configure.configure(secrets, out, tenants="erbach", now=NOW)
    written = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert b"queue-words" not in written
    assert b"writer-words" not in written
    assert b"system-words" not in written
    assert system_password("system-words", "erbach").encode() not in written
    assert (secrets / "engine_token_key").read_bytes().splitlines()[1] not in written


def test_nobody_beside_owner_and_group_reads_a_file(secrets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    configure.configure(secrets, out, tenants="erbach", now=NOW)
    files = [path for path in out.rglob("*") if path.is_file()]
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o640}


def test_hashes_are_those_of_the_passwords(secrets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    configure.configure(secrets, out, tenants="erbach", now=NOW)
    users = yaml.safe_load((out / "security" / "internal_users.yml").read_text(encoding="utf-8"))
    hashed = users["aktensuche-writer"]["hash"]
    assert bcrypt.checkpw(b"writer-words", hashed.encode())
    behind_the_door = users["aktensuche-system-erbach"]["hash"].encode()
    assert bcrypt.checkpw(system_password("system-words", "erbach").encode(), behind_the_door)
    assert not bcrypt.checkpw(system_password("system-words", "oberzent").encode(), behind_the_door)
    assert hashlib.sha256(b"queue-words").hexdigest() in (out / "queue" / "users.acl").read_text(encoding="utf-8")


def test_a_new_password_changes_the_engine(secrets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    configure.configure(secrets, out, tenants="erbach", now=NOW)
    (secrets / "writer_password").write_text("other-words\n", encoding="utf-8")
    assert configure.configure(secrets, out, tenants="erbach", now=NOW) == ["engine: internal_users.yml written"]


def test_a_new_municipality_gets_a_role(secrets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    configure.configure(secrets, out, tenants="erbach", now=NOW)
    configure.configure(secrets, out, tenants="erbach,oberzent", now=NOW)
    roles = json.loads((out / "security" / "roles.yml").read_text(encoding="utf-8"))
    assert {"read_erbach", "read_oberzent"} <= set(roles)


def test_certificates_carry_the_names_that_the_engine_is_told(secrets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    configure.configure(secrets, out, tenants="erbach", now=NOW)
    told = yaml.safe_load((TREE / "deploy/opensearch/opensearch.yml").read_text(encoding="utf-8"))

    def subject(path: Path) -> str:
        return x509.load_pem_x509_certificate(path.read_bytes()).subject.rfc4514_string()

    assert told["plugins.security.authcz.admin_dn"] == [subject(out / "admin" / "admin.pem")]
    assert told["plugins.security.nodes_dn"] == [subject(out / "engine" / "node.pem")]
    node = x509.load_pem_x509_certificate((out / "engine" / "node.pem").read_bytes())
    names = node.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "engine" in names.get_values_for_type(x509.DNSName)
    node.verify_directly_issued_by(x509.load_pem_x509_certificate((out / "trust" / "ca.pem").read_bytes()))


def test_certificates_are_renewed_before_they_end_and_all_at_once(secrets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    configure.configure(secrets, out, tenants="erbach", now=NOW)
    before = (out / "ledger" / "ledger.pem").read_bytes()
    assert configure.certificates_last(out, NOW + timedelta(days=600))
    changes = configure.configure(secrets, out, tenants="erbach", now=NOW + timedelta(days=700))
    assert any(line.startswith("certificates: issued") for line in changes)
    assert (out / "ledger" / "ledger.pem").read_bytes() != before


def test_an_interrupted_renewal_is_done_again(secrets: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    configure.configure(secrets, out, tenants="erbach", now=NOW)
    configure.issue_certificates(other, NOW)
    (out / "engine" / "node.pem").write_bytes((other / "engine" / "node.pem").read_bytes())
    assert not configure.certificates_last(out, NOW)


@pytest.mark.parametrize("tenants", ["", "erbach,*", "erbach-odw", "Erbach"])
def test_a_tenant_that_could_be_a_pattern_is_refused(secrets: Path, tmp_path: Path, tenants: str) -> None:
    with pytest.raises(ValueError, match=r"tenant|TENANTS"):
        configure.configure(secrets, tmp_path / "out", tenants=tenants, now=NOW)


def test_a_missing_secret_is_named(secrets: Path, tmp_path: Path) -> None:
    (secrets / "writer_password").unlink()
    with pytest.raises(ValueError, match="writer_password"):
        configure.configure(secrets, tmp_path / "out", tenants="erbach", now=NOW)


def test_a_key_of_another_kind_is_refused(secrets: Path, tmp_path: Path) -> None:
    (secrets / "engine_token_key").write_bytes(pem(rsa.generate_private_key(65537, 2048)))
    with pytest.raises(ValueError, match="P-256"):
        configure.configure(secrets, tmp_path / "out", tenants="erbach", now=NOW)
