"""What docker-compose.yml promises: real settings, limits, health checks, locks, and no secret in clear."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from lxml import etree
from pydantic import BaseModel
from pydantic_settings import BaseSettings

from records.settings import SharedSettings
from search_api.group_map import GroupMap
from search_api.software import load_software

TREE = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((TREE / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOTS = {"configure", "engine-security", "migrate", "fetch-model"}
#: where the settings of each process of ours are declared
SETTINGS = {
    "worker-text": "indexer.settings",
    "worker-vectors": "indexer.settings",
    "worker-sources": "indexer.settings",
    "beat": "indexer.settings",
    "migrate": "local.preparation",
    "embedding": "indexer.embedding_service",
    "api": "search_api.settings",
    "ui": "ui.settings",
    # deploy/configure.py reads this one itself
    "configure": "records.settings",
}
#: processes that read settings of their own and none of the shared ones
ALONE = {"embedding", "ui"}


def ours(service: str) -> dict[str, str]:
    environment = SERVICES[service].get("environment") or {}
    return {key: str(value) for key, value in environment.items() if key.startswith("AKTENSUCHE_")}


def model_in(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def variables(settings: type[BaseSettings]) -> Iterator[tuple[str, bool]]:
    """Yield every variable that `settings` reads, and whether the process cannot start without it."""
    prefix = settings.model_config.get("env_prefix", "")
    delimiter = settings.model_config.get("env_nested_delimiter")

    def walk(model: type[BaseModel], before: str, *, needed: bool) -> Iterator[tuple[str, bool]]:
        for name, field in model.model_fields.items():
            needed_here = needed and field.is_required()
            inner = model_in(field.annotation) if delimiter else None
            if inner is not None:
                yield from walk(inner, f"{before}{name}{delimiter}", needed=needed_here)
            else:
                yield f"{before}{name}".upper(), needed_here

    yield from walk(settings, prefix, needed=True)


def settings_of(service: str) -> dict[str, bool]:
    module = importlib.import_module(SETTINGS[service])
    declared = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, BaseSettings)
        and thing is not BaseSettings
        and issubclass(thing, SharedSettings) != (service in ALONE)
    ]
    assert declared, f"{SETTINGS[service]} declares no settings for {service}"
    # a subclass says everything its base says
    leaves = [one for one in declared if not any(other is not one and issubclass(other, one) for other in declared)]
    found: dict[str, bool] = {}
    for leaf in leaves:
        found.update(variables(leaf))
    return found


def test_every_process_with_settings_of_ours_is_checked() -> None:
    assert {name for name in SERVICES if ours(name)} == set(SETTINGS)


@pytest.mark.parametrize("service", sorted(SETTINGS))
def test_every_variable_is_a_real_setting(service: str) -> None:
    unknown = set(ours(service)) - set(settings_of(service))
    assert not unknown, f"{service}: no such setting: {sorted(unknown)}"


@pytest.mark.parametrize("service", sorted(set(SETTINGS) - {"configure"}))
def test_no_needed_setting_is_left_out(service: str) -> None:
    needed = {name for name, is_needed in settings_of(service).items() if is_needed}
    assert needed
    assert needed <= set(ours(service))


def test_a_misspelt_variable_would_be_noticed() -> None:
    known = settings_of("ui")
    assert "AKTENSUCHE_UI__PUBLIC_URL" in known
    assert "AKTENSUCHE_UI__PUBLIC_URI" not in known


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_memory_is_limited(service: str) -> None:
    assert SERVICES[service].get("mem_limit")


@pytest.mark.parametrize("service", sorted(set(SERVICES) - ONE_SHOTS))
def test_health_is_checked_and_a_crash_is_restarted(service: str) -> None:
    check = SERVICES[service].get("healthcheck", {})
    assert check.get("test")
    assert check.get("timeout")
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_privileges_are_given_up(service: str) -> None:
    told = SERVICES[service]
    assert told["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in told["security_opt"]
    assert not told.get("privileged")
    assert not told.get("cap_add")
    if service != "keycloak":  # its image names its own user
        user = told["user"].split(":")[0]
        assert user.isdigit()
        # configure is root without capabilities and without a network: it owns the keys it writes
        assert user != "0" or (service == "configure" and told["network_mode"] == "none")


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_the_image_is_a_named_version(service: str) -> None:
    image = SERVICES[service]["image"]
    assert re.fullmatch(r"[a-z0-9./-]+:[0-9][\w.-]*", image), image


def test_what_is_ours_runs_read_only() -> None:
    mine = [told for told in SERVICES.values() if told["image"].startswith("aktensuche:")]
    assert len(mine) >= 9
    assert all(told["read_only"] is True for told in mine)


def test_only_pages_api_and_sign_in_are_published_and_on_loopback() -> None:
    published = {name: told["ports"] for name, told in SERVICES.items() if told.get("ports")}
    assert set(published) == {"searching", "keycloak"}
    for ports in published.values():
        assert all(port.startswith("${BIND:-127.0.0.1}:") for port in ports)


def test_what_opens_foreign_files_has_no_way_out_and_no_secret() -> None:
    assert SERVICES["tika"]["network_mode"] == "service:reading"
    for network in SERVICES["reading"]["networks"]:
        assert COMPOSE["networks"][network]["internal"] is True
    assert not SERVICES["tika"].get("secrets")
    assert SERVICES["tika"]["group_add"] == []
    listening = (TREE / "deploy/tika/tika-config.xml").read_text(encoding="utf-8")
    assert "<host>127.0.0.1</host>" in listening
    assert "<enableUnsecureFeatures>false</enableUnsecureFeatures>" in listening


def test_no_file_makes_tika_write_without_end() -> None:
    said = "-Dlog4j2.configurationFile=/etc/tika/log4j2.xml"
    # both of its processes: the one that listens, and the one that opens files
    assert said in " ".join(SERVICES["tika"]["entrypoint"])
    assert f"<arg>{said}</arg>" in (TREE / "deploy/tika/tika-config.xml").read_text(encoding="utf-8")
    assert "./deploy/tika/log4j2.xml:/etc/tika/log4j2.xml:ro" in SERVICES["tika"]["volumes"]
    written = etree.parse(TREE / "deploy/tika/log4j2.xml")
    silent = {logger.get("name") for logger in written.iter("Logger") if logger.get("level") == "off"}
    assert silent >= {"org.apache.pdfbox", "org.apache.fontbox", "org.apache.poi", "org.apache.tika.parser"}
    assert [burst.get("level") for burst in written.iter("BurstFilter")] == ["FATAL"]


def test_only_the_api_holds_the_key_that_signs_reads() -> None:
    holders = {name for name, told in SERVICES.items() if "engine_token_key" in told.get("secrets", [])}
    assert holders == {"api", "configure"}
    writers = {name for name, told in SERVICES.items() if "writer_password" in told.get("secrets", [])}
    behind_the_door = {name for name, told in SERVICES.items() if "system_secret" in told.get("secrets", [])}
    # not the worker that unpacks strange files
    assert behind_the_door == {"worker-vectors", "configure"}
    assert "api" not in writers
    assert "ui" not in writers


def test_every_secret_is_a_file_of_the_administrator() -> None:
    made = (TREE / "deploy/make-secrets").read_text(encoding="utf-8")
    explained = (TREE / "deploy/secrets/README.md").read_text(encoding="utf-8")
    used = {secret for told in SERVICES.values() for secret in told.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for name, source in COMPOSE["secrets"].items():
        assert set(source) == {"file"}
        file = Path(source["file"])
        assert file.parent == Path("deploy/secrets")
        assert name in made
        assert file.name in explained


def test_no_secret_stands_in_clear() -> None:
    for service, told in SERVICES.items():
        for key, value in (told.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|KEY|TOKEN", key):
                assert key.endswith("_FILE"), f"{service}: {key} holds a value instead of the path of a file"
            assert not re.search(r"://[^/@\s]+:[^/@\s]+@", str(value)), f"{service}: {key} carries a password"


def test_the_realm_has_no_users_and_no_fixed_secret() -> None:
    realm = json.loads((TREE / "deploy/keycloak/realm.json").read_text(encoding="utf-8"))
    assert realm["users"] == []
    assert realm["registrationAllowed"] is False
    clients = {client["clientId"]: client for client in realm["clients"]}
    assert clients["aktensuche-ui"]["secret"] == "${UI_CLIENT_SECRET}"
    assert clients["aktensuche-ui"]["attributes"]["pkce.code.challenge.method"] == "S256"
    assert "secret" not in clients["aktensuche-software"]
    assert clients["aktensuche"]["secret"] == "${API_CLIENT_SECRET}"
    wanted = {"aktensuche": set(), "aktensuche-ui": {"tenant", "groups", "roles"}}
    for name, client in clients.items():
        assert client["directAccessGrantsEnabled"] is False
        mappers = {mapper["config"].get("claim.name"): mapper for mapper in client.get("protocolMappers", [])}
        # software has no roles
        assert set(mappers) - {None} == wanted.get(name, {"tenant", "groups"})
        assert all(mappers[claim]["config"]["full.path"] == "true" for claim in mappers if claim == "groups")
    profile = json.loads(
        realm["components"]["org.keycloak.userprofile.UserProfileProvider"][0]["config"]["kc.user.profile.config"][0]
    )
    tenant = next(attribute for attribute in profile["attributes"] if attribute["name"] == "tenant")
    assert tenant["permissions"]["edit"] == ["admin"], "people must not choose their own municipality"


def test_every_group_of_the_realm_is_in_the_map_and_the_map_can_be_used() -> None:
    realm = json.loads((TREE / "deploy/keycloak/realm.json").read_text(encoding="utf-8"))
    paths = {f"/{town['name']}/{office['name']}" for town in realm["groups"] for office in town["subGroups"]}
    tenants = tuple(town["name"] for town in realm["groups"])
    groups = TREE / "deploy/sign-in/groups.json"
    assert set(json.loads(groups.read_text(encoding="utf-8"))) == paths
    mapped = GroupMap.load(groups, tenants)
    for path in paths:
        (reader,) = mapped.readers(path.split("/")[1], [path])
        assert f"/{reader}" == path
    assert load_software(TREE / "deploy/sign-in/software.json", tenants) == {}


def compose_command() -> list[str] | None:
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


def test_compose_itself_accepts_it(tmp_path: Path) -> None:
    command = compose_command()
    if command is None:
        if os.environ.get("CI") == "true":
            pytest.fail("docker compose is missing (Debian package docker-compose)")
        pytest.skip("docker compose is missing (Debian package docker-compose)")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COMPOSE_")}

    def config(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *words, "-f", str(TREE / "docker-compose.yml"), "config", "-q"],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )

    accepted = config("--env-file", str(TREE / "deploy/example.env"))
    assert accepted.returncode == 0, accepted.stderr
    nothing = tmp_path / "empty.env"
    nothing.write_text("", encoding="utf-8")
    refused = config("--env-file", str(nothing))
    assert refused.returncode != 0
    assert "in .env" in refused.stderr
