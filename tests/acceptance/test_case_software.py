"""The example of case-processing software (docs/api/case_software.py), from sign-in to citation.

A real Keycloak with the realm of production, the real engine, ledger and audit log, the API as production wires it. The
example runs as its own process, with the client of this tree and nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aktensuche_client import Aktensuche, NotThereError, Software
from records.access import Principal, Role
from records.audit import AuditLog, Question
from records.audit_chain import Entry
from tests.engine import Engine
from tests.keycloak import OUTCOMES, Keycloak
from tests.leaks.system import System
from tests.leaks.world import Paper
from tests.ports import free_port
from tests.stack import TREE
from tests.unit.ui.serving import served

PASSWORD = "ein-langes-Beispiel-2"
SECRET, FRONT_SECRET = "geheim-vorgang-0123456789", "geheim-front-0123456789"
FRONT = "https://vorgang.beispiel.example/zurueck"
PURPOSE = "Antrag auf Fällung, Az. 632.6-31/2026"
DRAFT = "Fällung einer Kastanie\nDie Kastanie vor dem Haus Marktplatz 3 soll gefällt werden."
TEXT = "Die Kastanie am Beispielweg darf nach § 2 der Baumschutzsatzung nicht gefällt werden, weil sie gesund ist."
#: readers by what stands in the title: the clerk is in Bauamt and Kämmerei, the software in Bauamt and Ordnungsamt
PAPERS = {
    "Bauamt": ("erbach", "bauamt"),
    "Kämmerei": ("erbach", "kaemmerei"),
    "Ordnungsamt": ("erbach", "ordnungsamt"),
    "Michelstadt": ("michelstadt", "bauamt"),
}


@dataclass(frozen=True)
class Office:
    """An installation, a clerk, and the software they work with."""

    keycloak: Keycloak
    system: System
    api: str
    clerk: str
    ids: dict[str, str]

    def signs_in(self) -> str:
        """Return the clerk's token at the front of the software."""
        tokens = self.keycloak.sign_in("vorgang-web", FRONT_SECRET, FRONT, "ida", PASSWORD)
        return str(tokens["access_token"])

    def software(self) -> Software:
        return Software(self.keycloak.issuer, "vorgang", SECRET, trust=self.keycloak.trust)

    def log(self) -> tuple[Entry, ...]:
        """Return what the data protection officer reads, newest first."""
        log = AuditLog(self.system.audit_settings)
        officer = Principal("dora", "erbach", frozenset(), frozenset({Role.PRIVACY}))
        begin, end = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2020, 2120))
        try:
            return log.read(officer, Question("Prüfung", begin, end), before=None, size=100)
        finally:
            log.close()


def _paper(name: str, tenant: str, reader: str) -> Paper:
    return Paper(
        tenant=tenant,
        name=f"vorgang-{tenant}-{reader}.txt",
        title=f"Fällung einer Kastanie, {name}",
        pages=(TEXT,),
        secret="",
        words=frozenset({"kastanie"}),
        readers=frozenset({reader}),
    )


def _prepare(keycloak: Keycloak) -> tuple[str, str]:
    """A clerk and software as an administrator makes them (docs/operations.md); returns both subjects."""
    admin = keycloak.admin
    clerk = admin.person("ida", PASSWORD, "erbach", "/erbach/bauamt", "/erbach/kaemmerei")
    client = admin.software("vorgang", SECRET)
    audience = {
        "name": "for vorgang",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {"included.client.audience": "vorgang", "access.token.claim": "true", "id.token.claim": "false"},
    }
    front = {
        "protocol": "openid-connect",
        "publicClient": False,
        "defaultClientScopes": ["basic"],
        "clientId": "vorgang-web",
        "secret": FRONT_SECRET,
        "standardFlowEnabled": True,
        "redirectUris": [FRONT],
        "protocolMappers": [audience],
    }
    admin.ask("POST", "/clients", front)
    return clerk, str(admin.ask("GET", f"/clients/{client}/service-account-user")["id"])


@pytest.fixture(scope="module")
def office(own_engine: Engine, keycloak: Keycloak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    clerk, subject = _prepare(keycloak)
    folder = tmp_path_factory.mktemp("vorgang")
    system = System(own_engine, folder)
    ids = dict(zip(PAPERS, system.take_in([_paper(name, *of) for name, of in PAPERS.items()]), strict=True))
    registered = {"vorgang": {"tenants": {"erbach": ["bauamt", "ordnungsamt"]}, "subject": subject}}
    settings = system.api_settings(keycloak)  # type: ignore[arg-type] - asks for its address only
    app = system.app(keycloak.trusted(settings, folder, registered))
    with served(app, free_port()) as address:
        yield Office(keycloak, system, address, clerk, ids)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs on this machine is asked straight, whatever the machine has set."""
    monkeypatch.setenv("NO_PROXY", "*")


def test_from_sign_in_to_citation(office: Office, tmp_path: Path) -> None:
    draft = tmp_path / "entwurf.txt"
    draft.write_text(DRAFT, encoding="utf-8")
    environment = {
        **os.environ,
        "AKTENSUCHE": office.api,
        "ISSUER": office.keycloak.issuer,
        "CLIENT_ID": "vorgang",
        "CLIENT_SECRET": SECRET,
        "PYTHONPATH": str(TREE),
        "SSL_CERT_FILE": str(office.keycloak.ca_file),
    }
    done = subprocess.run(
        [sys.executable, str(TREE / "docs" / "api" / "case_software.py"), str(draft), PURPOSE],
        input=office.signs_in(),
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Vgl. Erbach, „Fällung einer Kastanie, Bauamt“" in done.stdout
    assert "Seite 1" in done.stdout
    assert [name for name in PAPERS if name in done.stdout] == ["Bauamt"]
    shown = [entry for entry in office.log() if entry.event.purpose == PURPOSE]
    assert [(e.event.subject, e.event.software, e.event.kind, e.event.record_ids) for e in shown] == [
        (office.clerk, "vorgang", "precedents", (office.ids["Bauamt"],))
    ]
    OUTCOMES.append(("example of case-processing software", "cites what both may read; the audit names both"))


def test_what_either_may_not_read_never_appears(office: Office) -> None:
    """By every call of the client, on behalf of the clerk; and each answer that came is in the log with both names."""
    begun = len(office.log())
    with office.software() as software:
        token = software.on_behalf_of(office.signs_in())
        with Aktensuche(office.api, lambda: token) as akten:
            said = json.dumps(
                [
                    akten.search("Kastanie", mode="keyword", facets=["department"], size=50),
                    akten.search("Kastanie", size=50),
                    list(akten.hits("")),
                    akten.precedents(DRAFT, purpose=PURPOSE, size=50),
                    akten.similar(office.ids["Bauamt"], size=50),
                    akten.suggest("kasta"),
                ],
                ensure_ascii=False,
            )
            hidden = [name for name in PAPERS if name != "Bauamt"]
            assert office.ids["Bauamt"] in said
            for name in hidden:
                assert office.ids[name] not in said
                assert f"Kastanie, {name}" not in said
                for ask in (akten.record, akten.text, akten.similar):
                    with pytest.raises(NotThereError):
                        ask(office.ids[name])
    entries = [entry.event for entry in office.log()[: -begun or None] if entry.event.kind != "audit"]
    assert {(event.subject, event.software) for event in entries} == {(office.clerk, "vorgang")}
    assert {record_id for event in entries for record_id in event.record_ids} == {office.ids["Bauamt"]}


def test_the_software_for_itself_sees_its_own(office: Office) -> None:
    with office.software() as software, Aktensuche(office.api, software.for_itself) as akten:
        found = {hit["title"].rpartition(", ")[2] for hit in akten.hits("Kastanie", mode="keyword")}
    assert found == {"Bauamt", "Ordnungsamt"}
