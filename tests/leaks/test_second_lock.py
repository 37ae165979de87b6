"""The engine's own lock, tried alone on the real engine: what each token opens, and which it refuses."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from local import secrets
from mappings import index_body
from mappings.security import WRITER
from tests.engine import Engine

pytestmark = pytest.mark.stack

DOCUMENTS: dict[str, dict[str, Any]] = {
    "bau": {"reader_ids": ["bau"]},
    "bau-confidential": {"reader_ids": ["bau"], "confidential": True},
    "everybody": {"reader_ids": ["alle"]},
    "everybody-confidential": {"reader_ids": ["alle"], "confidential": True},
    "denied": {"reader_ids": ["bau", "alle"], "deny_ids": ["ord"]},
    "unassigned": {"unassigned": True},
    "ord": {"reader_ids": ["ord"]},
}
OF_BAU = {"bau", "bau-confidential", "everybody", "denied"}


def token(engine: Engine, key: str | None = None, **changes: Any) -> str:
    pem = key or (engine.folder / "engine-token.key").read_text(encoding="ascii")
    return jwt.encode({"alg": "ES256"}, claims(**changes), ECKey.import_key(pem))


def search(engine: Engine, minted: str, tenant: str = "erbach") -> httpx.Response:
    return engine.http.post(f"/records_{tenant}_v1/_search?size=50", headers={"Authorization": f"Bearer {minted}"})


def opened_by(engine: Engine, **changes: Any) -> set[str]:
    answer = search(engine, token(engine, **changes))
    assert answer.status_code == 200, answer.text
    return {hit["_id"] for hit in answer.json()["hits"]["hits"]}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {
        "iss": "aktensuche", "aud": "aktensuche-engine", "sub": "aktensuche-reader", "roles": ["tenant_erbach"],
        "iat": now, "exp": now + 25, "r": ["bau"], "a": ["alle"], "s": ["bau"], "t": ["alle"], "m": [False],
    }  # fmt: skip
    return {name: value for name, value in (said | changes).items() if value is not None}


@pytest.fixture(scope="module")
def engine(own_engine: Engine) -> Engine:
    own_engine.empty()
    fill(own_engine)
    return own_engine


def fill(engine: Engine) -> None:
    for tenant in ("erbach", "oberzent"):
        index = f"records_{tenant}_v1"
        engine.http.put(f"/{index}", json=index_body(dimension=4), auth=engine.writer).raise_for_status()
        lines = []
        for name, access in DOCUMENTS.items():
            lines.append({"index": {"_id": name, "version": 1, "version_type": "external"}})
            lines.append({"record_id": name, "confidential": False, "unassigned": False} | access)
        answer = engine.http.post(
            f"/{index}/_bulk?refresh=true",
            content="".join(f"{json.dumps(line)}\n" for line in lines),
            headers={"Content-Type": "application/x-ndjson"},
            auth=engine.writer,
        )
        assert answer.status_code == 200, answer.text
        assert not answer.json()["errors"], answer.text


@pytest.mark.parametrize(
    ("changes", "opened"),
    [
        ({}, OF_BAU),
        ({"r": ["ord"], "s": ["ord"]}, {"ord", "everybody"}),
        # software sees no more than the clerk, the clerk through software no more than the software
        ({"r": ["bau", "kita"], "s": ["0"]}, {"everybody", "denied"}),
        ({"r": ["0"], "s": ["bau"]}, {"everybody", "denied"}),
        # whoever is denied in either list is denied
        ({"s": ["bau", "ord"]}, OF_BAU - {"denied"}),
        ({"r": ["0"], "s": ["0"], "m": [True]}, {"everybody", "denied", "unassigned"}),
        ({"r": [], "s": [], "a": ["0"], "t": ["0"]}, set()),
        ({"r": ['x","ord'], "s": ["x"], "a": ["0"], "t": ["0"]}, set()),
    ],
)
def test_a_token_opens_exactly_its_documents(engine: Engine, changes: dict[str, Any], opened: set[str]) -> None:
    assert opened_by(engine, **changes) == opened


@pytest.mark.parametrize("roles", [["tenant_erbach"], ["tenant_*"], ["*"], [], ["all_access"], ["write_records"]])
def test_no_role_but_its_own_opens_a_tenant(engine: Engine, roles: list[str]) -> None:
    assert search(engine, token(engine, roles=roles), "oberzent").status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"iss": "x"},
        {"iss": None},
        {"aud": "aktensuche"},
        {"aud": None},
        {"key": secrets.private_key_pem().decode()},
    ],
)
def test_hostile_tokens_are_refused(engine: Engine, changes: dict[str, Any]) -> None:
    assert search(engine, token(engine, **changes)).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_algorithm_of_the_callers_choice_is_refused(engine: Engine, algorithm: str) -> None:
    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    body = f"{part(json.dumps({'alg': algorithm}).encode())}.{part(json.dumps(claims()).encode())}"
    public = secrets.public_key_pem(engine.folder / "engine-token.key").encode()
    signed = part(hmac.new(public, body.encode(), hashlib.sha256).digest()) if algorithm == "HS256" else ""
    assert search(engine, f"{body}.{signed}").status_code == 401


def test_a_token_that_was_good_is_refused_once_expired(engine: Engine) -> None:
    good = token(engine, exp=int(time.time()) + 2)
    assert search(engine, good).status_code == 200
    time.sleep(5)
    assert search(engine, good).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/records_erbach_v1/_search"),
        ("GET", "/records_erbach_v1/_doc/bau"),
        ("GET", "/records_erbach_v1/_count"),
        ("DELETE", "/records_elsewhere_v1"),
        ("DELETE", "/.opendistro_security"),
        ("PUT", "/records_elsewhere_v1"),
        ("GET", "/_plugins/_security/api/roles"),
    ],
)
def test_the_writer_reads_and_rules_nothing(engine: Engine, method: str, path: str) -> None:
    assert engine.http.request(method, path, auth=engine.writer).status_code == 403


@pytest.mark.parametrize(
    "path", ["/records_erbach_v1/_doc/bau", "/records_erbach_v1/_mapping", "/records_*/_search", "/_cat/indices"]
)
def test_a_token_opens_the_search_of_one_index_alone(engine: Engine, path: str) -> None:
    answer = engine.http.get(path, headers={"Authorization": f"Bearer {token(engine)}"})
    assert answer.status_code == 403


def test_a_minted_token_with_the_writers_name_cannot_write(engine: Engine) -> None:
    minted = token(engine, sub=WRITER, roles=[])
    answer = engine.http.put(
        "/records_erbach_v1/_doc/new", json={"record_id": "new"}, headers={"Authorization": f"Bearer {minted}"}
    )
    assert answer.status_code == 403


def test_nobody_comes_in_without_a_name_or_with_a_known_one(engine: Engine) -> None:
    assert engine.http.get("/").status_code == 401
    assert engine.http.get("/", auth=("admin", "admin")).status_code == 401
