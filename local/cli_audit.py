"""The commands on the audit log. They check it; they never show what is in it."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Annotated

import typer
from pydantic_settings import BaseSettings, SettingsConfigDict

from local.layout import Layout
from local.processes import audit_settings
from local.running import CommandError
from records.audit import AuditLog
from records.settings import AuditSettings

_audit = typer.Typer(no_args_is_help=True, help="The log of who was shown which record.")


class _Environment(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AKTENSUCHE_", env_nested_delimiter="__", extra="ignore")

    audit: AuditSettings


def add_commands(app: typer.Typer) -> None:
    """Add what is built by now to `app`."""
    app.add_typer(_audit, name="audit")


@_audit.callback()
def _several() -> None:
    """Keep `verify` a command of its own while it is the only one."""


@_audit.command()
def verify(*, as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False) -> None:
    """Follow every chain of the audit log and name the first entry that does not hold; 1 if there is one."""
    log = AuditLog(_settings(Layout.from_environment()))
    try:
        verdict = log.verify()
    finally:
        log.close()
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(verdict), ensure_ascii=False))
    else:
        typer.echo(f"{verdict.entries} entries in {verdict.chains} chains")
        for fault in verdict.faults:
            typer.echo(f"broken: {fault.tenant}, entry {fault.sequence}: {fault.reason}")
    if verdict.faults:
        raise typer.Exit(1)


def _settings(layout: Layout) -> AuditSettings:
    """Return where the log is: in production the environment says it, on one machine the data folder."""
    if "AKTENSUCHE_AUDIT__URL" in os.environ:
        return _Environment().audit  # every value comes from the environment
    if not layout.audit.is_file():
        raise CommandError(f"there is no audit log in {layout.data}: start the system with 'aktensuche up'")
    own = audit_settings(layout)
    return AuditSettings(url=own["AKTENSUCHE_AUDIT__URL"], witness=layout.audit_witness)
