"""The commands that hold ledger, index and folders against each other, and that show what is gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from local.cli_indexer import of_each_tenant, write
from local.layout import TENANTS, Layout
from local.running import CommandError, running_state
from records.reconciliation import Comparison

if TYPE_CHECKING:  # the indexer's imports take a second
    from indexer.source_look import SourceLook

_Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(reconcile)
    app.command()(deletions)


def reconcile(
    *,
    agree: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="Agree that the next import removes what has left this source, however much it is; "
            "the name is the one that 'aktensuche sources' shows.",
        ),
    ] = "",
    repair: Annotated[
        bool, typer.Option("--repair", help="Write again what is missing or stale, take out the rest.")
    ] = False,
    sources: Annotated[
        bool,
        typer.Option(
            "--sources",
            help="Ask every configured source (council, DMS, XDOMEA packages) for all it has as well; that takes as "
            "long as reading their lists in full does.",
        ),
    ] = False,
    tenant: Annotated[str, typer.Option(help="One municipality only.")] = "",
    as_json: _Json = False,
) -> None:
    """Compare ledger and index by count and hash, and name what differs; 1 if something does.

    Folders are looked at as well, as an import would, and with --sources all other sources, too. Nothing is changed by
    that: what they show beside what the ledger knows is named, and comes in with the next import or sync.
    """
    if agree:
        _agree(agree, as_json=as_json)
        return
    from local.reconciling import (  # noqa: PLC0415  the indexer's imports take a second
        compare,
        look_at_folders,
        look_at_sources,
    )

    if tenant and tenant not in TENANTS:
        raise CommandError(f"tenant {tenant!r} is unknown: choose one of {', '.join(TENANTS)}", 2)
    tenants = (tenant,) if tenant else TENANTS
    layout, ports = Layout.from_environment(), running_state().ports
    looks = look_at_folders(layout, ports, tenants)
    looks += look_at_sources(layout, ports, tenants) if sources else []
    found = compare(layout, ports, tenants, repair=repair)
    agrees = all(one.agrees for one in found)
    if as_json:
        told = {"tenants": [one.as_json() for one in found], "sources": [one.as_json() for one in looks]}
        typer.echo(json.dumps({"agrees": agrees, **told}, ensure_ascii=False))
    else:
        for line in (line for one in found for line in as_lines(one)):
            typer.echo(line)
        for line in (line for one in looks for line in look_as_lines(one)):
            typer.echo(line)
    if not agrees:
        raise typer.Exit(1)


def as_lines(found: Comparison) -> list[str]:
    """Return a comparison as a person reads it."""
    differ = f"{found.missing} missing, {found.extra} extra, {found.stale} stale"
    counted = f"{found.ledger.count} in the ledger, {found.index.count} in the index"
    lines = [f"{found.tenant}: {differ} ({counted}, {found.in_flight} being worked on)"]
    lines += [
        f"  {one.difference}: {one.record_id} (ledger {one.in_ledger or '-'}, index {one.in_index or '-'})"
        for one in found.findings
    ]
    more = sum(found.counts.values()) - len(found.findings)
    lines += [f"  and {more} more"] if more else []
    if found.repair is not None and any(found.counts.values()):
        lines.append(f"  {found.repair.written_again} are written again, {found.repair.taken_out} were taken out")
    if found.repair is not None and found.repair.left:
        lines.append(
            f"  {found.repair.left} are unknown to the ledger, too many to take out unasked: look whether the ledger "
            "is the right one; 'aktensuche rebuild' makes the index anew from it"
        )
    if found.releases is not None:
        lines += _release_lines(found.releases)
    if not found.agrees and found.repair is None:
        lines.append("  'aktensuche reconcile --repair' puts it right")
    return lines


def _release_lines(found: Comparison) -> list[str]:
    differ = f"{found.missing} missing, {found.extra} extra, {found.stale} stale"
    lines = [f"  shown to other towns: {differ} ({found.ledger.count} in the ledger, {found.index.count} in the index)"]
    lines += [
        f"    {one.difference}: {one.record_id} (ledger {one.in_ledger or '-'}, index {one.in_index or '-'})"
        for one in found.findings
    ]
    more = sum(found.counts.values()) - len(found.findings)
    lines += [f"    and {more} more"] if more else []
    if found.repair is not None and not found.agrees:
        lines.append(f"    {found.repair.written_again} are written again, {found.repair.taken_out} were taken out")
    return lines


def look_as_lines(found: SourceLook) -> list[str]:
    """Return what a source shows beside the ledger as a person reads it; nothing where both agree."""
    if found.error is not None:
        return [f"{found.source} ({found.tenant}): {found.error}"]
    if found.agrees:
        return []
    differ = f"{found.unknown.number} unknown to the ledger, {found.changed.number} changed, {found.gone.number} gone"
    lines = [f"{found.source} ({found.tenant}, {found.location}): {differ} since it was read"]
    for what, paths in (("unknown", found.unknown), ("changed", found.changed), ("gone", found.gone)):
        lines += [f"  {what}: {path}" for path in paths.named]
    return lines


def deletions(
    *, tenant: Annotated[str, typer.Option(help="One municipality only.")] = "", as_json: _Json = False
) -> None:
    """List the newest receipts of deletions: when the source, the index and everything else lost a record."""
    found = of_each_tenant("/v1/deletions", tenant)
    if as_json:
        write(found, (), as_json=True)
        return
    for one in found:
        gone = one["seconds_to_gone"]
        end = f"all gone after {gone:.0f} s" if gone is not None else "returned" if one["returned_at"] else "under way"
        end = "under a legal hold" if one["held"] else end
        typer.echo(f"{one['record_id']} · {one['source']} · left {one['left_at'][:19]} · {end}")
    if not found:
        typer.echo("nothing", err=True)


def _agree(name: str, *, as_json: bool) -> None:
    from local.importing import agree_to_removal  # noqa: PLC0415  the indexer's imports take a second

    source = agree_to_removal(Layout.from_environment(), running_state().ports, name)
    if as_json:
        typer.echo(json.dumps({"source": source.name, "tenant": source.tenant, "agreed": True}))
        return
    typer.echo(f"agreed: the next import of {source.location} removes what has left it")
