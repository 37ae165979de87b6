"""What the engine's lock is told."""

import json

from mappings import Field, released_index_body
from mappings.security import document_filter, engine_security, release_filter

FILES = engine_security(
    ("erbach", "oberzent"),
    token_public_key="PEM",
    writer_password_hash="HASH",
    system_password_hashes={"erbach": "HASH", "oberzent": "HASH"},
)


def test_a_role_opens_the_versions_of_one_tenant_and_only_for_searching() -> None:
    roles = json.loads(FILES["roles.yml"])
    (opened,) = roles["read_erbach"]["index_permissions"]
    assert opened["index_patterns"] == ["records_erbach_v*"]
    assert all(action.startswith(("indices:data/read/search", "indices:data/read/msearch"))
               for action in opened["allowed_actions"])  # fmt: skip
    assert opened["dls"] == document_filter()


def test_one_role_opens_releases_and_only_for_searching() -> None:
    roles = json.loads(FILES["roles.yml"])
    (opened,) = roles["read_released"]["index_permissions"]
    assert opened["index_patterns"] == ["released_*"]
    assert not [action for action in opened["allowed_actions"] if not action.startswith("indices:data/read/")]
    assert opened["dls"] == release_filter()
    assert json.loads(FILES["roles_mapping.yml"])["read_released"] == {"backend_roles": ["partner"]}


def test_the_filter_of_releases_takes_lists_and_one_number() -> None:
    text = release_filter()
    assert '"${' not in text
    for name in ("r", "a", "s", "t", "o"):
        assert f"${{attr.jwt.{name}}}" in text
        text = text.replace(f"${{attr.jwt.{name}}}", '["x"]')
    query = json.loads(text.replace("${attr.jwt.n}", "17"))["bool"]
    assert {"range": {"until": {"gte": 17}}} in query["filter"]
    assert query["must_not"] == [{"terms": {"tenant": ["x"]}}]


def test_a_release_of_mere_existence_is_found_by_no_word_of_its_fields() -> None:
    fields = released_index_body(dimension=4)["mappings"]["properties"]
    assert not [name for name, field in fields.items() if "copy_to" in field]
    assert fields[Field.ABOUT]["type"] == "text"


def test_the_writer_reads_nothing_and_its_role_hangs_on_no_name() -> None:
    roles = json.loads(FILES["roles.yml"])
    (opened,) = roles["write_records"]["index_permissions"]
    assert not [action for action in opened["allowed_actions"] if "data/read" in action]
    assert opened["index_patterns"] == [
        "records_erbach_v*", "released_erbach_v*", "records_oberzent_v*", "released_oberzent_v*",
    ]  # fmt: skip
    assert "write_records" not in json.loads(FILES["roles_mapping.yml"])


def test_the_accounts_behind_the_unfiltered_door_see_no_words_and_one_town_each() -> None:
    roles, users = json.loads(FILES["roles.yml"]), json.loads(FILES["internal_users.yml"])
    opened, released = roles["system_erbach"]["index_permissions"]
    assert opened["index_patterns"] == ["records_erbach_v*"]
    assert {"readers", "deny", "reader_ids", "deny_ids", "confidential", "unassigned"} < set(opened["fls"])
    assert released["index_patterns"] == ["released_erbach_v*"]
    assert {"released", "partners", "partner_ids", "until"} < set(released["fls"])
    for one in (opened, released):
        assert one["allowed_actions"] == ["indices:data/read/search"]
        assert not {"title", "about", "pages", "pages.text", "passages", "file_name", "fields"} & set(one["fls"])
    assert roles["system_erbach"]["cluster_permissions"] == []
    assert users["aktensuche-system-erbach"]["opendistro_security_roles"] == ["system_erbach"]
    assert not [name for name in json.loads(FILES["roles_mapping.yml"]) if name.startswith("system_")]


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
