"""Settings of the one-machine sign-in, read once in `__main__`."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class SignInSettings(BaseSettings):
    """`AKTENSUCHE_SIGN_IN__<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="AKTENSUCHE_SIGN_IN__", frozen=True, extra="ignore")

    #: how it names itself, `http://localhost:PORT`
    issuer: str
    port: int
    #: the only address it sends a browser back to
    redirect_uri: str
    client_id: str = "aktensuche-ui"
    #: as whom the API asks whether a token still counts
    api_client_id: str = "aktensuche"
    api_secret_file: Path
    key_file: Path
    #: what `aktensuche up` prints and the clerk types
    code_file: Path
