"""What the engine's own lock is told: who may do what on which index, and which documents a token opens.

Pure: it makes the files of `config/opensearch-security/`, for one machine and for production alike. The claims of the
token are described where it is minted, in records/opensearch/token.py; the two must say the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mappings.records import RELEASED_PATTERN, Field, read_pattern, released_pattern

WRITER = "aktensuche-writer"
READER = "aktensuche-reader"
ISSUER = "aktensuche"
AUDIENCE = "aktensuche-engine"

#: the beginning of the names of the accounts of the unfiltered door (records.system), one for each tenant
SYSTEM = "aktensuche-system"

#: all that these accounts see of a record: which one it is and who may read it, none of its words
SYSTEM_SEES = (
    Field.RECORD_ID,
    Field.TENANT,
    Field.READERS,
    Field.DENY,
    Field.READER_IDS,
    Field.DENY_IDS,
    Field.CONFIDENTIAL,
    Field.UNASSIGNED,
    Field.CONFIDENTIALITY,
    Field.PRIVACY_CLASS,
)

#: and of a release: which one it is, to whom and until when, in which form, and whether it carries anything of a file
SYSTEM_SEES_OF_RELEASES = (
    Field.RECORD_ID,
    Field.TENANT,
    Field.RELEASED,
    Field.PARTNERS,
    Field.PARTNER_IDS,
    Field.UNTIL,
    Field.MEDIA_TYPE,
)

#: what stands in an empty claim (no reader has this id): a list in a query is then never empty
NOBODY = "0"

#: the reader of a release that is shown to every tenant; no reader has this id, as ids have twelve letters
EVERY = "every"

#: the backend role that every minted token carries beside that of its tenant
PARTNER = "partner"

_READ = ("indices:data/read/search*", "indices:data/read/msearch*")
_SEARCH_MANY = ("indices:data/read/msearch",)
_LOOK = ("indices:data/read/search",)
_WRITE = (
    "indices:data/write/bulk*",
    "indices:data/write/index*",
    "indices:data/write/delete",
    "indices:admin/create",
    # an index that was rebuilt is deleted in the end, and each document of it may be deleted anyway
    "indices:admin/delete",
    "indices:admin/exists*",
    "indices:admin/get",
    "indices:admin/mappings/get",
    "indices:admin/mapping/put",
    "indices:admin/refresh*",
    "indices:admin/settings/update",
    "indices:monitor/stats",
    "indices:monitor/settings/get",
)
_WRITE_CLUSTER = (
    "indices:data/write/bulk",
    "cluster:monitor/health",
    "cluster:monitor/main",
    # whether the disk has room for a second index
    "cluster:monitor/nodes/stats",
)


def document_filter() -> str:
    """Return the query that a document must match under a token: once for the clerk, once for the software.

    The engine puts each list claim in as JSON, so no reader can leave its place. A claim that is a string is pasted as
    it stands, a missing one answers 500, and a token without `exp` is accepted: such tokens are never minted.
    `unassigned` asks for
    true as well as for the claim, because `m` holds `false` for everybody but records managers.
    """
    denied = [{"terms": {Field.DENY_IDS: _claim(name)}} for name in ("r", "a", "s", "t")]
    asked_for = {"terms": {Field.UNASSIGNED: _claim("m")}}
    unassigned = {"bool": {"filter": [{"term": {Field.UNASSIGNED: True}}, asked_for]}}

    def party(own: str, everybody: str) -> dict[str, Any]:
        open_to_all = [{"terms": {Field.READER_IDS: _claim(everybody)}}, {"term": {Field.CONFIDENTIAL: False}}]
        return {
            "bool": {
                "should": [
                    {"terms": {Field.READER_IDS: _claim(own)}},
                    {"bool": {"filter": open_to_all}},
                    unassigned,
                ],
                "minimum_should_match": 1,
            }
        }

    return _with_claims({"bool": {"filter": [party("r", "a"), party("s", "t")], "must_not": denied}}, "rastm")


def release_filter() -> str:
    """Return the query that a release must match under a token: once for the clerk, once for the software.

    A release is never open to the tenant that gave it, it reads the record itself; and not after its end, which is
    compared with the time of the token, because the engine refuses `now` in a document filter.
    """

    def party(own: str, everybody: str) -> dict[str, Any]:
        named = [
            {"terms": {Field.PARTNER_IDS: _claim(own)}},
            {"terms": {Field.PARTNER_IDS: _claim(everybody)}},
            {"term": {Field.PARTNER_IDS: EVERY}},
        ]
        return {"bool": {"should": named, "minimum_should_match": 1}}

    in_time = {"range": {Field.UNTIL: {"gte": _claim("n")}}}
    own_tenant = {"terms": {Field.TENANT: _claim("o")}}
    query = {"bool": {"filter": [party("r", "a"), party("s", "t"), in_time], "must_not": [own_tenant]}}
    return _with_claims(query, "rastno")


def _with_claims(query: dict[str, Any], names: str) -> str:
    """Return the query as text in which the engine replaces each claim by a list or a number."""
    text = json.dumps(query, separators=(",", ":"))
    for name in names:
        text = text.replace(json.dumps(_claim(name)), _claim(name))
    return text


def _claim(name: str) -> str:
    return f"${{attr.jwt.{name}}}"


def system_account(tenant: str) -> str:
    """Return the name of a tenant's account of the unfiltered door."""
    return f"{SYSTEM}-{tenant}"


def engine_security(
    tenants: Sequence[str],
    *,
    token_public_key: str,
    writer_password_hash: str,
    system_password_hashes: Mapping[str, str],
) -> dict[str, str]:
    """Return the engine's security files, by name. JSON is YAML, so no quoting of ours can go wrong.

    `token_public_key` is the PEM of the public half of the API's key; the hashes are bcrypt hashes, those of the
    unfiltered door by tenant.
    """
    files: dict[str, tuple[str, dict[str, Any]]] = {
        "config.yml": ("config", {"config": {"dynamic": _ways_in(token_public_key)}}),
        "internal_users.yml": (
            "internalusers",
            {
                WRITER: {
                    "hash": writer_password_hash,
                    "reserved": True,
                    "description": "the indexer; reads nothing",
                    # SECURITY: given to the account and not to its name: a minted token with this name cannot write.
                    "opendistro_security_roles": ["write_records"],
                },
                **{
                    system_account(tenant): {
                        "hash": system_password_hashes[tenant],
                        "reserved": True,
                        "description": "the unfiltered door: ids, versions and rights of one tenant",
                        "opendistro_security_roles": [_system_role(tenant)],
                    }
                    for tenant in tenants
                },
            },
        ),
        "roles.yml": ("roles", _roles(tenants)),
        "roles_mapping.yml": ("rolesmapping", _mapping(tenants)),
        "action_groups.yml": ("actiongroups", {}),
        "tenants.yml": ("tenants", {}),
        "nodes_dn.yml": ("nodesdn", {}),
        "allowlist.yml": ("allowlist", {"config": {"enabled": False}}),
        "audit.yml": (
            "audit",
            # ours is written by the API, with the person's name; the engine knows only the minted one
            {"config": {"enabled": False, "audit": {}, "compliance": {"enabled": False}}},
        ),
    }
    return {
        name: json.dumps({"_meta": {"type": kind, "config_version": 2}, **content}, indent=1) + "\n"
        for name, (kind, content) in files.items()
    }


def _ways_in(token_public_key: str) -> dict[str, Any]:
    # SECURITY: two ways in and no third; nobody is let in without a name.
    return {
        "http": {"anonymous_auth_enabled": False, "xff": {"enabled": False}},
        "do_not_fail_on_forbidden": False,
        "authc": {
            "minted_token": {
                "http_enabled": True,
                "transport_enabled": False,
                "order": 0,
                "http_authenticator": {
                    "type": "jwt",
                    "challenge": False,
                    "config": {
                        "signing_key": token_public_key,
                        "jwt_header": "Authorization",
                        "roles_key": "roles",
                        "subject_key": "sub",
                        "required_issuer": ISSUER,
                        "required_audience": AUDIENCE,
                        "jwt_clock_skew_tolerance_seconds": 2,
                    },
                },
                "authentication_backend": {"type": "noop"},
            },
            "writer_password": {
                "http_enabled": True,
                "transport_enabled": False,
                "order": 1,
                "http_authenticator": {"type": "basic", "challenge": False},
                "authentication_backend": {"type": "intern"},
            },
        },
        "authz": {},
    }


def _roles(tenants: Sequence[str]) -> dict[str, Any]:
    roles: dict[str, Any] = {
        f"read_{tenant}": {
            "cluster_permissions": list(_SEARCH_MANY),
            # SECURITY: a fixed pattern for each tenant; a pattern made of a claim was opened by `*` and by prefixes.
            "index_permissions": [
                {"index_patterns": [read_pattern(tenant)], "dls": document_filter(), "allowed_actions": list(_READ)}
            ],
        }
        for tenant in tenants
    }
    for tenant in tenants:
        roles[_system_role(tenant)] = {
            "cluster_permissions": [],
            # SECURITY: every record and release of one tenant, and of each nothing but these fields: words, titles and
            # numbers are neither shown to this account nor can they be searched by it.
            "index_permissions": [
                {
                    "index_patterns": [read_pattern(tenant)],
                    "fls": [str(field) for field in SYSTEM_SEES],
                    "allowed_actions": list(_LOOK),
                },
                {
                    "index_patterns": [released_pattern(tenant)],
                    "fls": [str(field) for field in SYSTEM_SEES_OF_RELEASES],
                    "allowed_actions": list(_LOOK),
                },
            ],
        }
    roles["read_released"] = {
        "cluster_permissions": list(_SEARCH_MANY),
        # SECURITY: one role for what all tenants show; who sees which release is the document filter's matter.
        "index_permissions": [
            {"index_patterns": [RELEASED_PATTERN], "dls": release_filter(), "allowed_actions": list(_READ)}
        ],
    }
    written = [pattern(tenant) for tenant in tenants for pattern in (read_pattern, released_pattern)]
    roles["write_records"] = {
        "cluster_permissions": list(_WRITE_CLUSTER),
        "index_permissions": [{"index_patterns": written, "allowed_actions": list(_WRITE)}],
    }
    return roles


def _system_role(tenant: str) -> str:
    return f"system_{tenant}"


def _mapping(tenants: Sequence[str]) -> dict[str, Any]:
    # SECURITY: the writer has no such role, and one role is one tenant.
    own = {f"read_{tenant}": {"backend_roles": [f"tenant_{tenant}"]} for tenant in tenants}
    return own | {"read_released": {"backend_roles": [PARTNER]}}
