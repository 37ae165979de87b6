"""The software that may ask: a file of the administrator, from client id to its own groups in each tenant.

    {"civento": {"tenants": {"erbach": ["bauamt"]}, "subject": "0d3a…"}}

`subject` is what `sub` says in a token that the software got for itself; without it, its client id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from records.access import Reader, groups_of
from records.errors import InvalidInputError


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tenants: dict[str, list[str]] = Field(min_length=1)
    subject: str | None = Field(default=None, min_length=1)


_FILE = TypeAdapter(dict[str, _Entry])


@dataclass(frozen=True)
class Software:
    """One program as the administrator registered it."""

    client: str
    subject: str
    #: tenant: the groups that it has there itself
    groups: Mapping[str, frozenset[Reader]]


def load_software(path: Path, tenants: Iterable[str]) -> dict[str, Software]:
    """Read the file; ValueError names what cannot be used in it."""
    known = frozenset(tenants)
    try:
        entries = _FILE.validate_json(path.read_bytes())
    except OSError as error:
        raise ValueError(f"software file {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ValueError(f"software file {path}: {where or 'the file'}: {error.errors()[0]['msg']}") from error
    found: dict[str, Software] = {}
    for client, entry in entries.items():
        # SECURITY: a tenant that is not known would later be one that somebody else sets up.
        if unknown := sorted(set(entry.tenants) - known):
            raise ValueError(f"software file {path}: {client}: tenant {unknown[0]!r} is not known here")
        try:
            groups = {tenant: groups_of(tenant, names) for tenant, names in entry.tenants.items()}
        except InvalidInputError as error:
            raise ValueError(f"software file {path}: {client}: {error}") from error
        found[client] = Software(client, entry.subject or client, groups)
    return found
