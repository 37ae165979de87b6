"""What the routes work with, built once in app.py; and how a route gets at it and at who asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from records.access import Principal, Role
from records.audit import Question
from records.audit_chain import Entry
from records.embedding import Embedder
from records.files import FileStore
from records.index import RecordIndex
from records.ledger_values import JobFigures, MissingFile, QuarantinedFile, RecognisedPage, SourceState
from records.release import Release, ReleaseDraft, ReleaseRule, RuleDraft
from records.reports.town import Asked
from records.reports.values import Kind, Report
from records.usage import ZeroHitTerm
from search_api.auth import NotEntitledError, TokenReader
from search_api.cursor import CursorSeal
from search_api.disclosures import Disclosures
from search_api.explain import RightsLedger
from search_api.export import ExportCaps
from search_api.issuer import NotSignedInError
from search_api.management import Management
from search_api.metrics import Metrics
from search_api.once import Once
from search_api.rates import Rates
from search_api.ready_files import TemplateFiles
from search_api.slots import Slots
from search_api.synonym_files import SynonymFiles
from search_api.tags import Tags
from search_api.usage import UsageRecorder


class QueryEmbedder(Embedder, Protocol):
    """An embedder that can say whether it is ready."""

    def ready(self) -> None:
        """Return if it is; EmbeddingUnavailableError if not."""
        ...


class IndexerLedger(Protocol):
    """What the ledger tells records managers; each answer is about their own tenant only."""

    def sources(self, principal: Principal) -> Sequence[SourceState]:
        """Return the sources with their figures."""
        ...

    def jobs(self, principal: Principal) -> JobFigures:
        """Return what is still to be done, with `vectors_pending`."""
        ...

    def recognised(self, principal: Principal, *, below: int, size: int) -> Sequence[RecognisedPage]:
        """Return pages that text recognition is unsure of, of records that the principal may read."""
        ...

    def quarantine(self, principal: Principal) -> Sequence[QuarantinedFile]:
        """Return the files that could not be read, with the reasons."""
        ...

    def missing(self, principal: Principal, name: str) -> Sequence[MissingFile]:
        """Return what a source no longer shows and a person is asked about."""
        ...


class AuditReading(Protocol):
    """The audit log as its readers see it."""

    def read(self, principal: Principal, question: Question, *, before: int | None, size: int) -> Sequence[Entry]:
        """Return entries of the own tenant, newest first; NotVisibleError unless the principal may read the log."""
        ...


class Figures(Protocol):
    """What is known of use; each answer is about the own tenant only."""

    def zero_hits(self, principal: Principal) -> Sequence[ZeroHitTerm]:
        """Return what several people asked in vain; NotVisibleError unless the principal makes reports."""
        ...


class Reports(Protocol):
    """Reports for the administration of a town, or between towns; NotVisibleError unless the principal makes them."""

    def kinds(self, principal: Principal) -> Sequence[Kind]:
        """Return the reports that the principal makes."""
        ...

    def report(self, principal: Principal, name: str, asked: Asked, now: dt.datetime) -> Report:
        """Make a report; NotVisibleError if there is none of this name."""
        ...


class Releases(Protocol):
    """What the own tenant shows to others; NotVisibleError unless a records manager of the owner asks."""

    def create(self, principal: Principal, draft: ReleaseDraft) -> Release:
        """Give a release; the same again is the one that was given before."""
        ...

    def of(
        self, principal: Principal, *, record_id: str | None = None, size: int = ..., before: str | None = None
    ) -> tuple[Release, ...]:
        """Return what was given, newest first."""
        ...

    def release(self, principal: Principal, release_id: str) -> Release:
        """Return one release."""
        ...

    def recall(self, principal: Principal, release_id: str) -> Release:
        """Take a release back."""
        ...

    def rule(self, principal: Principal, rule_id: str) -> ReleaseRule:
        """Return one rule."""
        ...

    def create_rule(self, principal: Principal, draft: RuleDraft) -> ReleaseRule:
        """Give a standing release."""
        ...

    def rules_of(self, principal: Principal) -> tuple[ReleaseRule, ...]:
        """Return the rules."""
        ...

    def recall_rule(self, principal: Principal, rule_id: str) -> ReleaseRule:
        """Take a rule and what it gave back."""
        ...


@dataclass(frozen=True)
class Parts:
    """Everything a request may need."""

    index: RecordIndex
    embedder: QueryEmbedder
    files: FileStore
    ledger: IndexerLedger
    management: Management
    rights: RightsLedger
    releases: Releases
    #: the closed list of municipalities
    tenants: tuple[str, ...]
    tokens: TokenReader
    cursors: CursorSeal
    tags: Tags
    once: Once
    synonyms: SynonymFiles
    rates: Rates
    metrics: Metrics
    audit: Disclosures
    audit_log: AuditReading
    usage: UsageRecorder
    figures: Figures
    reports: Reports
    templates: TemplateFiles
    caps: ExportCaps
    exports: Slots
    meaning: Slots
    ready_file: Path | None


_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="Access token of the sign-in, for this API")


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]


def current_principal(
    request: Request, parts: PartsOf, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Principal:
    """Return who asks; the whole application depends on this, so a route without it cannot exist."""
    # SECURITY: closed by default.
    if credentials is None:
        raise NotSignedInError("a bearer token is needed")
    principal = parts.tokens.principal(credentials.credentials)
    request.state.rate = parts.rates.count(principal)
    return principal


Asking = Annotated[Principal, Depends(current_principal)]


def engine_answers(parts: PartsOf) -> None:
    """Let a request pass while the engine answers; EngineUnavailableError if not.

    Routes that ask only the ledger depend on this too: while nothing can be found, "there is no such release" or "no
    file is open" would tell half of the truth, and callers would have to know which route needs which part.
    """
    parts.index.ready()


def records_manager(asking: Asking) -> Principal:
    """Return who asks if it is a person who manages the records of their tenant; NotEntitledError if not."""
    # SECURITY: what managers see tells of records that others may not read; software acting for a clerk never asks.
    if Role.RECORDS_MANAGER not in asking.roles or asking.software is not None:
        raise NotEntitledError("this is for records managers")
    return asking


Managing = Annotated[Principal, Depends(records_manager)]


def _still_asking(
    parts: PartsOf, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Callable[[], None]:
    def check() -> None:
        if credentials is None:
            raise NotSignedInError("a bearer token is needed")
        parts.tokens.principal(credentials.credentials)

    return check


#: for answers that take long: raises once the token counts no longer
StillAsking = Annotated[Callable[[], None], Depends(_still_asking)]
