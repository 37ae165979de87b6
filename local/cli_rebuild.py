"""`aktensuche rebuild`: an index is made anew from the ledger beside the one that is read, and takes its place."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from local.layout import TENANTS, Layout
from local.running import CommandError, running_state

_Where = tuple[Layout, dict[str, int], Sequence[str]]
#: what is said to a person, and the same as JSON
_Said = tuple[str, dict[str, Any]]
_Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]


def add_commands(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(rebuild)


def rebuild(
    *,
    tenant: Annotated[str, typer.Option(help="One municipality only.")] = "",
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to the index that was live before.")] = False,
    drop: Annotated[
        bool, typer.Option("--drop", help="Delete indexes that are not live: a kept one, a half-filled one.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Make the index anew from ledger and kept texts, without reading a file, while searches and imports go on."""
    if tenant and tenant not in TENANTS:
        raise CommandError(f"tenant {tenant!r} is unknown: choose one of {', '.join(TENANTS)}", 2)
    if rollback and drop:
        raise CommandError("--rollback needs the kept index that --drop deletes: choose one of them", 2)
    where = Layout.from_environment(), running_state().ports, (tenant,) if tenant else TENANTS
    said: list[dict[str, object]] = []
    try:
        for line, values in _rolled_back(where) if rollback else _dropped(where) if drop else _rebuilt(where):
            said.append(values)
            if not as_json:
                typer.echo(line)
    finally:
        # what was done for some of them is said, even if another one could not be done
        if as_json and said:
            typer.echo(json.dumps(said))


def _rebuilt(where: _Where) -> Iterator[_Said]:
    from local.rebuilding import rebuild  # noqa: PLC0415  the indexer's imports take a second

    for done in rebuild(*where):
        waiting = f", {done.vectors_pending} wait for meaning" if done.vectors_pending else ""
        line = (
            f"{done.tenant}: index {done.number} is live, {done.records} records as in the ledger "
            f"({done.repaired} put right, {done.moving} being worked on{waiting}); "
            f"index {done.before} is kept, 'aktensuche rebuild --rollback' goes back to it"
        )
        yield line, dataclasses.asdict(done)


def _rolled_back(where: _Where) -> Iterator[_Said]:
    from local.rebuilding import roll_back  # noqa: PLC0415

    for one, live, kept in roll_back(*where):
        values = {"tenant": one, "number": live, "before": kept}
        yield f"{one}: index {live} is live again, index {kept} is kept", values


def _dropped(where: _Where) -> Iterator[_Said]:
    from local.rebuilding import drop  # noqa: PLC0415

    for one, gone in drop(*where):
        yield f"{one}: {', '.join(map(str, gone)) or 'nothing'} deleted", {"tenant": one, "deleted": list(gone)}
