"""The wiring of the API: parts are built once here and passed down. No route is open unless this file says so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from records.audit import AuditLog
from records.audit_commit import GroupCommit
from records.embedding import EmbeddingClient
from records.files import FileStore
from records.ledger import Ledger
from records.ledger_access import LedgerAccess
from records.ledger_indexes import LedgerIndexes
from records.ledger_releases import LedgerReleases
from records.ledger_repeats import LedgerRepeats
from records.ledger_reports import LedgerReports
from records.opensearch import connect
from records.refusals import refusals_of
from records.reports.agreement import agreement_of
from records.reports.town import TownReports
from records.revocations import LedgerRevocations
from records.settings import read_secret
from records.usage import Usage
from search_api.auth import TokenReader
from search_api.cursor import CursorSeal
from search_api.disclosures import AuditGuard, Disclosures
from search_api.document import DESCRIPTION, SUMMARY, TITLE, VERSION, describe
from search_api.even_time import EvenTime
from search_api.export import ExportCaps
from search_api.headers import Door, SecurityHeaders
from search_api.management import LedgerFigures, Management
from search_api.metrics import Counting, Metrics
from search_api.once import Once
from search_api.parts import Parts, current_principal, engine_answers
from search_api.problems import DOCUMENTED, handle_errors
from search_api.rates import Rates
from search_api.ready_files import TemplateFiles
from search_api.routes import (
    access,
    audit,
    citations,
    export,
    indexer,
    operations,
    precedents,
    ready_reports,
    records,
    releases,
    removals,
    reports,
    search,
    suggest,
)
from search_api.settings import ApiSettings
from search_api.slots import Slots
from search_api.synonym_files import SynonymFiles
from search_api.tags import Tags
from search_api.usage import UsageRecorder


def create_app(settings: ApiSettings) -> FastAPI:
    """Return the application for these settings; asks no service yet."""
    api = settings.api
    secret = read_secret(api.cursor_key_file)
    log = AuditLog(settings.audit)
    commits = GroupCommit(log)
    figures = Usage(settings.ledger, secret)
    usage = UsageRecorder(figures)
    management = Management.on(settings.ledger)
    metrics = Metrics()
    metrics.also(LedgerFigures(management))
    tokens = TokenReader(api.sign_in, settings.tenants)
    agreement = agreement_of(settings.cooperation.towns, settings.cooperation.since, settings.tenants)
    return assemble(
        Parts(
            index=connect(
                settings.opensearch,
                settings.tenants,
                LedgerRevocations(settings.ledger),
                LedgerIndexes(settings.ledger),
                model=settings.embedding.model,
            ),
            embedder=EmbeddingClient(settings.embedding),
            files=FileStore(settings.files),
            ledger=LedgerReports(Ledger(settings.ledger)),
            management=management,
            rights=LedgerAccess(settings.ledger),
            releases=LedgerReleases(settings.ledger, refusals_of(settings.releases)),
            tenants=settings.tenants,
            tokens=tokens,
            cursors=CursorSeal(secret),
            tags=Tags(secret),
            once=Once(LedgerRepeats(settings.ledger)),
            synonyms=SynonymFiles(api.synonyms),
            rates=Rates(api.rate_requests, api.rate_window_seconds),
            metrics=metrics,
            audit=Disclosures(commits),
            audit_log=log,
            usage=usage,
            figures=figures,
            reports=TownReports(settings.ledger, agreement, settings.audit),
            templates=TemplateFiles(api.report_templates),
            caps=ExportCaps(api.export_rows, api.export_rows_of_roles),
            exports=Slots(api.exports_at_once),
            meaning=Slots(api.meaning_at_once),
            ready_file=api.ready_file,
        ),
        ending=(usage.close, commits.close, tokens.close),
    )


def assemble(parts: Parts, *, ending: Sequence[Callable[[], None]] = ()) -> FastAPI:
    """Return the application around these parts; `ending` is called in this order when it ends."""
    app = _routed(ending)
    app.state.parts = parts
    operations.open_routes(app, parts)
    handle_errors(app)
    app.add_middleware(AuditGuard)
    app.add_middleware(Door)
    app.add_middleware(SecurityHeaders)
    # inside of what counts: the figures show the time of the answer, not that of the work
    app.add_middleware(EvenTime)
    app.add_middleware(Counting, metrics=parts.metrics)
    return app


def document() -> dict[str, Any]:
    """Return the OpenAPI document; nothing has to run for it."""
    return _routed(()).openapi()


def _routed(ending: Sequence[Callable[[], None]]) -> FastAPI:
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        summary=SUMMARY,
        description=DESCRIPTION,
        # SECURITY: closed by default; every route under this application asks for a Principal.
        dependencies=[Depends(current_principal)],
        responses=DOCUMENTED,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_name,
        lifespan=partial(_until_the_end, ending),
    )
    for module in (search, suggest, export, records, precedents, citations):
        app.include_router(module.router)
    for module in (releases, indexer, removals, audit, reports, ready_reports, access):
        # they ask the ledger, and stand still with the engine all the same
        app.include_router(module.router, dependencies=[Depends(engine_answers)])
    describe(app)
    return app


@asynccontextmanager
async def _until_the_end(ending: Sequence[Callable[[], None]], _: FastAPI) -> AsyncIterator[None]:
    yield
    for end in ending:
        await run_in_threadpool(end)


def _operation_name(route: APIRoute) -> str:
    return route.name
