"""`aktensuche audit verify`: says what holds, ends with 1 and names the entry where it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from local.cli import app
from local.running import CommandError
from records.audit import AuditLog
from records.audit_chain import Event, Kind
from records.audit_tables import migrate_audit
from records.settings import AuditSettings


def test_verify_names_the_broken_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = AuditSettings(url=f"sqlite:///{tmp_path}/audit.sqlite", witness=tmp_path / "witness")
    migrate_audit(settings)
    log = AuditLog(settings)
    for name in ("a", "b", "c"):
        log.append([Event("erbach", "bea", None, Kind.RECORD, (name,))])
    monkeypatch.setenv("AKTENSUCHE_AUDIT__URL", settings.url)
    monkeypatch.setenv("AKTENSUCHE_AUDIT__WITNESS", str(settings.witness))
    whole = CliRunner().invoke(app, ["audit", "verify"])
    assert (whole.exit_code, whole.stdout) == (0, "3 entries in 1 chains\n")
    with log._engine.begin() as connection:
        connection.execute(sa.text("update audit_entries set subject = 'kim' where sequence = 2"))
    log.close()
    broken = CliRunner().invoke(app, ["audit", "verify"])
    assert broken.exit_code == 1
    assert "broken: erbach, entry 2: its content was changed" in broken.stdout
    told = json.loads(CliRunner().invoke(app, ["audit", "verify", "--json"]).stdout)
    assert [(f["tenant"], f["sequence"]) for f in told["faults"]] == [("erbach", 2)]


def test_without_a_log_it_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTENSUCHE_DATA", str(tmp_path))
    result = CliRunner().invoke(app, ["audit", "verify"])
    assert isinstance(result.exception, CommandError)
    assert list(tmp_path.iterdir()) == []
