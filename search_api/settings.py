"""Settings of the API: the shared sections and its own. Read once, in `__main__`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from records.settings import AuditSettings, ServiceUrl, SharedSettings


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


class ApiSection(BaseModel):
    """Where the API listens, and what it alone holds."""

    host: str = "127.0.0.1"
    port: int = Field(default=8081, ge=1, le=65535)
    #: any secret of at least 32 characters; cursors are encrypted with what is derived from it
    cursor_key_file: Path
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
