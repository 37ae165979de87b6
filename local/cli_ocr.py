"""The commands on text recognition: which pages it is unsure of, and reading one of them anew."""

from __future__ import annotations

import dataclasses
import json
import os
from functools import partial
from typing import Annotated

import typer

from local.layout import TENANTS, Layout
from local.privileges import owner_of, writing_as
from local.processes import indexer_settings
from local.python_runtime import provide
from local.running import CommandError, running_state
from records.errors import InvalidInputError

_Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]
_ocr = typer.Typer(no_args_is_help=True, help="Pages that are pictures, and how sure their text is.")


def add_commands(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.add_typer(_ocr, name="ocr")


@_ocr.command("list")
def list_pages(
    *,
    tenant: Annotated[str, typer.Option(help="One municipality only.")] = "",
    below: Annotated[int, typer.Option(min=1, max=101, help="Confidence in percent.")] = 80,
    size: Annotated[int, typer.Option(min=1, help="How many pages of a municipality at most.")] = 200,
    as_json: _Json = False,
) -> None:
    """List the pages that text recognition is least sure of."""
    from indexer.settings import IndexerSettings  # noqa: PLC0415  the indexer's imports take a second
    from records.ledger import Ledger  # noqa: PLC0415
    from records.ledger_reports import LedgerReports  # noqa: PLC0415

    if tenant and tenant not in TENANTS:
        raise CommandError(f"tenant {tenant!r} is unknown: choose one of {', '.join(TENANTS)}", 2)
    layout = Layout.from_environment()
    os.environ.update(indexer_settings(layout, running_state().ports))
    with writing_as(owner_of(layout.data)):
        ledger = Ledger(IndexerSettings().ledger)
        try:
            reports = LedgerReports(ledger)
            wanted = (tenant,) if tenant else TENANTS
            found = [(town, page) for town in wanted for page in reports.recognised_of(town, below=below, size=size)]
        finally:
            ledger.close()
    if as_json:
        listed = [{"tenant": town, **dataclasses.asdict(page)} for town, page in found]
        typer.echo(json.dumps(listed, ensure_ascii=False))
        return
    for town, page in found:
        typer.echo(f"{page.confidence} % · {town} · {page.path} · page {page.page} · {page.record_id}")
    if not found:
        typer.echo("nothing", err=True)


@_ocr.command("again")
def again(
    record_id: Annotated[str, typer.Argument(help="The record, as 'aktensuche ocr list' names it.")],
    *,
    page: Annotated[int, typer.Option(min=1, help="The page, counted from 1.")],
    dpi: Annotated[int, typer.Option(min=150, max=600, help="How sharp a picture is read, in dots per inch.")] = 450,
    as_json: _Json = False,
) -> None:
    """Read one page anew from a sharper picture; the surer reading is kept."""
    from indexer.app import create_queue  # noqa: PLC0415  the indexer's imports take a second
    from indexer.extraction import Extractor  # noqa: PLC0415
    from indexer.recognition import read_anew  # noqa: PLC0415
    from indexer.settings import IndexerSettings  # noqa: PLC0415
    from indexer.tika import TikaUnavailableError, UnreadableError  # noqa: PLC0415
    from records.files import FileStore  # noqa: PLC0415
    from records.ledger import Ledger  # noqa: PLC0415
    from records.pictures import NoPictureError, draw  # noqa: PLC0415

    layout = Layout.from_environment()
    owner = owner_of(layout.data)
    runtime = provide(layout, owner)
    # what draws the page is started as the owner of the data, and needs a Python that this user can reach
    os.environ.update(indexer_settings(layout, running_state().ports) | runtime.env)
    with writing_as(owner):
        settings = IndexerSettings()
        ledger, files = Ledger(settings.ledger), FileStore(settings.files)
        _, queue = create_queue(settings.broker)
        try:
            done = read_anew(
                ledger=ledger,
                files=files,
                extractor=Extractor(settings.tika, settings.limits, files),
                queue=queue,
                draw=partial(draw, python=str(runtime.executable)),
                record_id=record_id,
                page=page,
                dpi=dpi,
            )
        except InvalidInputError as error:
            raise CommandError(str(error), 2) from error
        except (NoPictureError, UnreadableError, TikaUnavailableError, FileNotFoundError) as error:
            raise CommandError(f"page {page} of {record_id} cannot be read anew: {error}") from error
        finally:
            ledger.close()
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(done)))
        return
    typer.echo(f"{_percent(done.before)} before, {_percent(done.now)} now: {'kept' if done.kept else 'not kept'}")


def _percent(confidence: int | None) -> str:
    return "unread" if confidence is None else f"{confidence} %"
