"""An engine that was filled by an older version is told its new roles, and forgets those that are not ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.engine_security import bring_up_to_date, note_first_start
from local.layout import Layout
from mappings.security import release_filter
from tests.engine import Engine

pytestmark = pytest.mark.stack

ROLES, MAPPING = "/_plugins/_security/api/roles", "/_plugins/_security/api/rolesmapping"


def test_an_older_engine_gets_the_roles_of_this_version(own_engine: Engine) -> None:
    layout = Layout(own_engine.folder.parent, Layout.from_environment().cache)
    url = str(own_engine.http.base_url)
    note_first_start(layout)
    assert not (layout.data / "engine-security.sha256").exists(), "this engine holds data already"
    bring_up_to_date(layout, url)
    assert not bring_up_to_date(layout, url), "what was told once is not told again"
    # as an older version, and somebody who looked for a way around, would have left it
    own_engine.admin.delete(f"{MAPPING}/read_released").raise_for_status()
    own_engine.admin.delete(f"{ROLES}/read_released").raise_for_status()
    wide = {"index_permissions": [{"index_patterns": ["records_*"], "allowed_actions": ["indices:data/read/*"]}]}
    own_engine.admin.put(f"{ROLES}/wide", json=wide).raise_for_status()
    (layout.data / "engine-security.sha256").write_text("older", encoding="ascii")
    assert bring_up_to_date(layout, url)
    roles: dict[str, Any] = own_engine.admin.get(ROLES).raise_for_status().json()
    assert roles["read_released"]["index_permissions"][0]["dls"] == release_filter()
    assert "wide" not in roles
    assert own_engine.admin.get(f"{MAPPING}/read_released").raise_for_status().json()
    assert {"read_erbach", "write_records"} <= roles.keys()
    answer = own_engine.http.put("/released_erbach_v9", auth=own_engine.writer)
    assert answer.status_code == 200, answer.text
    own_engine.admin.delete("/released_erbach_v9").raise_for_status()


def test_an_engine_without_data_reads_the_files_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.engine_security.security_digest", lambda _: "digest")
    layout = Layout(tmp_path, tmp_path / "cache")
    layout.engine_data.mkdir()
    note_first_start(layout)
    assert not bring_up_to_date(layout, "https://127.0.0.1:9"), "nobody listens there"
