"""Settings of the pages, read once in `__main__`; no secret is a value, each is the path of a file."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


def _loopback_or_tls(url: str) -> str:
    # SECURITY: sessions, tokens and words of records never cross a network in the clear.
    host = re.match(r"https?://(\[[^\]]+\]|[^/:@]+)(:\d+)?(/|$)", url)
    if host is None:
        raise ValueError(f"{url!r} is no http(s) address")
    if url.startswith("http://") and host.group(1) not in _LOOPBACK:
        raise ValueError(f"{url!r} is plain http beyond this machine; use https")
    return url.rstrip("/")


#: An address that is TLS, or stays on this machine.
SafeUrl = Annotated[str, AfterValidator(_loopback_or_tls)]


def _readable(path: Path) -> Path:
    try:
        if not path.read_text(encoding="utf-8").strip():
            raise ValueError(f"secret file {path} is empty")
    except OSError as error:
        raise ValueError(f"secret file {path} cannot be read: {error.strerror}") from error
    return path


SecretFile = Annotated[Path, AfterValidator(_readable)]


class UiSettings(BaseSettings):
    """`AKTENSUCHE_UI__<FIELD>`; refuses to exist with a plain public address beyond this machine."""

    model_config = SettingsConfigDict(env_prefix="AKTENSUCHE_UI__", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    #: where the search API answers
    api_url: SafeUrl
    #: the address clerks type; sign-in comes back to it
    public_url: SafeUrl
    #: the OpenID Connect provider, exactly as it names itself
    issuer: SafeUrl
    client_id: str = "aktensuche-ui"
    client_secret_file: SecretFile | None = None
    #: 32 random bytes, base64url: closes the session cookie and what addresses carry
    session_key_file: SecretFile
    #: holds `kern/` (KERN-UX) and `htmx/`
    assets: Path
    #: trusted certificates for the API and the provider, where these are not publicly signed
    ca_file: Path | None = None
    #: a working day; after it a clerk signs in again however busy
    session_hours: float = Field(default=10, gt=0, le=24)

    @field_validator("public_url")
    @classmethod
    def _no_path(cls, value: str) -> str:
        if value.count("/") > 2:  # noqa: PLR2004 - the two of "https://"
            raise ValueError(f"public address {value!r} must not have a path; the pages live at the root")
        return value

    @field_validator("assets")
    @classmethod
    def _holds_the_design(cls, value: Path) -> Path:
        for part in ("kern/kern.min.css", "htmx/htmx.min.js"):
            if not (value / part).is_file():
                raise ValueError(f"{value / part} is missing; `make setup` fetches it")
        return value

    @property
    def secure(self) -> bool:
        """Whether clerks reach the pages over TLS."""
        return self.public_url.startswith("https://")

    def session_key(self) -> bytes:
        """Load the key; one of the wrong size is refused."""
        text = self.session_key_file.read_text(encoding="utf-8").strip()
        try:
            key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"session key in {self.session_key_file} is not base64url") from error
        if len(key) != 32:  # noqa: PLR2004 - A256GCM
            raise ValueError(f"session key in {self.session_key_file} has {len(key)} bytes instead of 32")
        return key

    def client_secret(self) -> str | None:
        """Load the client secret, if this client has one."""
        file = self.client_secret_file
        return None if file is None else file.read_text(encoding="utf-8").strip()
