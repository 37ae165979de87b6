"""Settings of the API: the shared sections and its own. Read once, in `__main__`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from records.settings import AuditSettings, CooperationSettings, ServiceUrl, SharedSettings


class IntrospectionSettings(BaseModel):
    """As whom the issuer is asked whether a token still counts (RFC 7662)."""

    client_id: str = Field(min_length=1)
    client_secret_file: Path
    #: asked of the issuer's discovery document if not set
    url: ServiceUrl | None = None


class SignInSettings(BaseModel):
    """Whose tokens are believed, and where in them the tenant, the groups and the roles stand (dots go deeper)."""

    issuer: ServiceUrl
    audience: str = "aktensuche"
    #: asked of the issuer's discovery document if not set
    jwks_url: ServiceUrl | None = None
    #: authority of the issuer's certificate, if it is none that the system knows
    ca_file: Path | None = None
    tenant_claim: str = "tenant"
    groups_claim: str = "groups"
    roles_claim: str = "roles"
    #: the clients at which clerks sign in themselves, divided by commas; every other client is software, and registered
    clerk_clients: Annotated[tuple[str, ...], NoDecode] = ("aktensuche-ui",)
    #: what the issuer's groups are called here (group_map.py); without it groups are bare names
    group_map_file: Path | None = None
    #: the software that may ask, with its own groups (software.py); without it none may
    software_file: Path | None = None
    #: without it a token may live for five minutes at most, because nobody could take it back
    introspection: IntrospectionSettings | None = None

    @field_validator("clerk_clients", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(c.strip() for c in value.split(",") if c.strip()) if isinstance(value, str) else value


class ApiSection(BaseModel):
    """Where the API listens, and what it alone holds."""

    host: str = "127.0.0.1"
    port: int = Field(default=8081, ge=1, le=65535)
    #: any secret of at least 32 characters; cursors are encrypted with what is derived from it
    cursor_key_file: Path
    #: folder of the towns' own synonyms, `TENANT.txt` (synonym_files.py); without it there is only the common list
    synonyms: Path | None = None
    #: folder of the installation's own templates of ready-made reports, `NAME.md` (ready_files.py)
    report_templates: Path | None = None
    #: the API says it is ready only when this file exists
    ready_file: Path | None = None
    sign_in: SignInSettings
    #: what one principal may ask in a moving window of `rate_window_seconds`
    rate_requests: int = Field(default=200, ge=1)
    rate_window_seconds: int = Field(default=4, ge=1)
    #: lines of one export, for clerks and for those who manage records or make reports
    export_rows: int = Field(default=10_000, ge=1)
    export_rows_of_roles: int = Field(default=100_000, ge=1)
    #: what one principal may have in hand at the same time
    exports_at_once: int = Field(default=2, ge=1)
    meaning_at_once: int = Field(default=16, ge=1)


class ApiSettings(SharedSettings):
    """Everything the API process needs."""

    api: ApiSection
    audit: AuditSettings
    cooperation: CooperationSettings = Field(default_factory=CooperationSettings)
