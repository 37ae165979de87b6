"""The engine's `config/` on one machine: settings, log, certificates and what its lock is told."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import bcrypt

from local.certificates import ADMIN_DN, NODE_DN
from local.layout import TENANTS, Layout
from local.secrets import public_key_pem, write_private
from mappings.security import engine_security
from records.settings import read_secret
from records.system_account import system_password_hash

_CERTIFICATES = ("ca.crt", "node.crt", "node.key")

_LOG = """\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = ${sys:opensearch.logs.base_path}${sys:file.separator}engine.log
appender.file.filePattern = ${sys:opensearch.logs.base_path}${sys:file.separator}engine.%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %marker%m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 4
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
logger.node.name = org.opensearch.node
logger.node.level = info
"""


def _settings(layout: Layout) -> dict[str, object]:
    security = "plugins.security"
    return {
        "cluster.name": "aktensuche",
        "node.name": "aktensuche-node",
        "network.host": "127.0.0.1",
        "discovery.type": "single-node",
        "path.data": str(layout.engine_data),
        "path.logs": str(layout.logs),
        # a record of many pages with its vectors is one document
        "http.max_content_length": "256mb",
        # a token of a person in many groups travels in a header
        "http.max_header_size": "32kb",
        # in bytes, not in percent: a tenth of a laptop's disk is no emergency
        "cluster.routing.allocation.disk.watermark.low": "2gb",
        "cluster.routing.allocation.disk.watermark.high": "1gb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "512mb",
        "action.destructive_requires_name": True,
        # no index comes into being by a typing error; the engine's own lock keeps its data in one
        "action.auto_create_index": ".opendistro_security,.plugins-ml*",
        f"{security}.ssl.transport.pemcert_filepath": "node.crt",
        f"{security}.ssl.transport.pemkey_filepath": "node.key",
        f"{security}.ssl.transport.pemtrustedcas_filepath": "ca.crt",
        f"{security}.ssl.transport.enforce_hostname_verification": False,
        f"{security}.ssl.http.enabled": True,
        f"{security}.ssl.http.pemcert_filepath": "node.crt",
        f"{security}.ssl.http.pemkey_filepath": "node.key",
        f"{security}.ssl.http.pemtrustedcas_filepath": "ca.crt",
        f"{security}.ssl.http.clientauth_mode": "OPTIONAL",
        f"{security}.authcz.admin_dn": [ADMIN_DN],
        f"{security}.nodes_dn": [NODE_DN],
        f"{security}.allow_default_init_securityindex": True,
        f"{security}.audit.type": "noop",
        # every token is used once: what is remembered of them has to go soon, or it grows with each request
        f"{security}.cache.ttl_minutes": 1,
    }


def configure(layout: Layout) -> None:
    """Write `config/` anew from what lies in the secrets folder."""
    config = layout.engine_home / "config"
    security = config / "opensearch-security"
    security.mkdir(parents=True, exist_ok=True)
    config.chmod(0o700)
    # JSON is YAML
    (config / "opensearch.yml").write_text(json.dumps(_settings(layout), indent=1) + "\n", encoding="utf-8")
    (config / "log4j2.properties").write_text(_LOG, encoding="utf-8")
    for name in _CERTIFICATES:
        shutil.copyfile(layout.secrets / name, config / name)
        (config / name).chmod(0o600)
    for name, text in security_files(layout).items():
        (security / name).write_text(text, encoding="utf-8")


def security_files(layout: Layout) -> dict[str, str]:
    """Return what the engine's lock is told on this machine; the same as long as the secrets are the same."""
    system = read_secret(layout.secrets / "system.secret")
    return engine_security(
        TENANTS,
        token_public_key=public_key_pem(layout.secrets / "engine-token.key"),
        writer_password_hash=_writer_hash(layout),
        system_password_hashes={tenant: system_password_hash(system, tenant) for tenant in TENANTS},
    )


def security_digest(layout: Layout) -> str:
    """Return a digest of what the engine's lock is told."""
    return hashlib.sha256(json.dumps(security_files(layout), sort_keys=True).encode()).hexdigest()


def _writer_hash(layout: Layout) -> str:
    password = (layout.secrets / "writer.password").read_bytes().strip()
    kept: Path = layout.secrets / "writer.hash"
    if kept.is_file() and bcrypt.checkpw(password, kept.read_bytes()):
        return kept.read_text(encoding="ascii")
    # a random password of 256 bits needs no slow hash to be safe; the fast one spares the engine time
    made = bcrypt.hashpw(password, bcrypt.gensalt(rounds=8))
    write_private(kept, made)
    return made.decode("ascii")
