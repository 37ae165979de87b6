"""What the engine's lock is told."""

import json

from mappings.security import document_filter, engine_security

FILES = engine_security(("erbach", "oberzent"), token_public_key="PEM", writer_password_hash="HASH")


def test_a_role_opens_the_versions_of_one_tenant_and_only_for_searching() -> None:
    roles = json.loads(FILES["roles.yml"])
    (opened,) = roles["read_erbach"]["index_permissions"]
    assert opened["index_patterns"] == ["records_erbach_v*"]
    assert all(action.startswith(("indices:data/read/search", "indices:data/read/msearch"))
               for action in opened["allowed_actions"])  # fmt: skip
    assert opened["dls"] == document_filter()


def test_the_writer_reads_nothing_and_its_role_hangs_on_no_name() -> None:
    roles = json.loads(FILES["roles.yml"])
    (opened,) = roles["write_records"]["index_permissions"]
    assert not [action for action in opened["allowed_actions"] if "data/read" in action]
    assert "write_records" not in json.loads(FILES["roles_mapping.yml"])


def test_claims_stand_as_lists_and_not_as_strings() -> None:
    text = document_filter()
    assert '"${' not in text
    filled = text
    for name in ("r", "a", "s", "t", "m"):
        assert f"${{attr.jwt.{name}}}" in text
        filled = filled.replace(f"${{attr.jwt.{name}}}", '["x"]')
    assert json.loads(filled)["bool"]["must_not"]


def test_nobody_is_let_in_without_a_name() -> None:
    dynamic = json.loads(FILES["config.yml"])["config"]["dynamic"]
    assert dynamic["http"]["anonymous_auth_enabled"] is False
    assert set(dynamic["authc"]) == {"minted_token", "writer_password"}
