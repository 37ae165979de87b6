"""Settings shared by the processes: read once where a process is wired, passed down, never asked for again.

Every value comes from the environment as `AKTENSUCHE_<SECTION>__<FIELD>`. A secret is never a value: it is the path
of a file (`..._FILE`), so that it shows neither in a process list nor in an answer. No secret has a default.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

TENANT_PATTERN = re.compile(r"[a-z0-9]{1,40}")


def read_secret(path: Path) -> str:
    """Return the secret in `path` without the line end; an unreadable or empty file is an error that names it."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"secret file {path} cannot be read: {error.strerror}") from error
    if not secret:
        raise ValueError(f"secret file {path} is empty")
    return secret


def _loopback_or_tls(url: str) -> str:
    # SECURITY: words of records and tokens never cross a network in the clear.
    host = re.match(r"https?://(\[[^\]]+\]|[^/:]+)", url)
    if host is None:
        raise ValueError(f"{url!r} is no http(s) address")
    if url.startswith("http://") and host.group(1) not in {"127.0.0.1", "localhost", "[::1]"}:
        raise ValueError(f"{url!r} is plain http beyond this machine; use https")
    return url.rstrip("/")


#: An address that is TLS, or stays on this machine.
ServiceUrl = Annotated[str, AfterValidator(_loopback_or_tls)]


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


#: Several words in one variable.
CommaSeparated = Annotated[tuple[str, ...], BeforeValidator(_split), NoDecode]


class OpenSearchSettings(BaseModel):
    """Where the engine is, and the two identities this software has there."""

    url: ServiceUrl
    ca_file: Path
    #: the account of the indexer: may write to `records_*`, may read nothing
    writer_user: str = "aktensuche-writer"
    writer_password_file: Path | None = None
    #: the key (PEM, EC P-256) that signs the token minted for each read; only the API holds it
    token_key_file: Path | None = None
    #: the secret from which the passwords of the unfiltered door are drawn (records.system); only who opens it holds it
    system_secret_file: Path | None = None
    #: how long a write may take before it is sent again
    timeout_seconds: float = 30.0
    #: how long a read may take; an engine that hangs becomes an error while somebody still waits for the answer
    read_timeout_seconds: float = 8.0


class LedgerSettings(BaseModel):
    """The SQL truth: `sqlite:///…` on one machine, `postgresql+psycopg://…` in production."""

    url: str
    password_file: Path | None = None


class AuditSettings(BaseModel):
    """The audit log: a database of its own, `sqlite:///…` on one machine, `postgresql+psycopg://…` in production."""

    url: str
    password_file: Path | None = None
    #: folder where the ends of the chains are noted outside the database; best on a disk of its own
    witness: Path
    #: entries are kept for so many whole days
    retention_days: int = Field(default=365, ge=1)


class BrokerSettings(BaseModel):
    """The queue; it carries ids only, and losing it loses nothing."""

    url: str
    password_file: Path | None = None


class EmbeddingSettings(BaseModel):
    """The one process per machine that holds the model."""

    url: ServiceUrl
    secret_file: Path
    #: names the vector space; vectors of another model are never compared with these
    model: str = "multilingual-e5-small"
    dimension: int = 384


class ReleaseSettings(BaseModel):
    """What is never shown to other municipalities, beside what its privacy class protects."""

    #: names of departments as records carry them, and of their groups
    refused_departments: CommaSeparated = ("standesamt", "sozialamt", "personalamt", "steueramt")
    #: beginnings of the file plan
    refused_file_plans: CommaSeparated = ()


class CooperationSettings(BaseModel):
    """The towns that agreed to be counted together in one report; without them there is none across towns."""

    towns: CommaSeparated = ()
    #: the first month (2026-01) that is counted; a later one whenever a town joins or leaves
    since: str | None = None


class SharedSettings(BaseSettings):
    """What the indexer and the API both need."""

    model_config = SettingsConfigDict(env_prefix="AKTENSUCHE_", env_nested_delimiter="__", frozen=True, extra="ignore")

    #: the closed list of municipalities; an index, a role and a token exist for these and no others
    tenants: CommaSeparated = Field(min_length=1)
    #: folder of the kept originals and extracted texts
    files: Path
    opensearch: OpenSearchSettings
    ledger: LedgerSettings
    embedding: EmbeddingSettings
    releases: ReleaseSettings = Field(default_factory=ReleaseSettings)

    @field_validator("tenants")
    @classmethod
    def _letters_and_digits(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # SECURITY: a tenant id becomes part of an index name; letters and digits cannot form a pattern or a prefix.
        for tenant in value:
            if TENANT_PATTERN.fullmatch(tenant) is None:
                raise ValueError(f"tenant {tenant!r} is not made of 1 to 40 lower-case letters and digits")
        return value
