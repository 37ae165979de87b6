"""The commands on sources and the queue: each is one call into the indexer, or a question to the API."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from local.layout import TENANTS, Layout
from local.running import CommandError, ask, make_token, running_state
from records.reasons import Reason

_Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]
#: what an import answers; whoever reads it may rely on there being no more
_IMPORT_FIGURES = ("files", "indexed", "unchanged", "removed", "quarantined", "held", "children")
_quarantine = typer.Typer(no_args_is_help=True, help="Files that could not be read, with the reason.")


def add_commands(app: typer.Typer) -> None:
    """Add what is built by now to `app`."""
    app.command("import")(import_folder)
    app.command()(sync)
    app.command()(sources)
    app.command()(pause)
    app.command()(resume)
    app.add_typer(_quarantine, name="quarantine")


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of a list with commas between."""
    return tuple(part.strip() for part in text.split(",")) if text.strip() else ()


def import_folder(
    folder: Annotated[Path, typer.Argument(help="What to import; it is the source from then on.")],
    *,
    tenant: Annotated[
        str | None, typer.Option(help="The municipality; may be left out where sidecars name it.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when all is found by meaning, too.")] = False,
    as_json: _Json = False,
) -> None:
    """Import a folder; returns when all it changed is found by its words."""
    from local.importing import import_as_caller  # noqa: PLC0415  the indexer's imports take a second

    if tenant is not None and tenant not in TENANTS:
        raise CommandError(f"tenant {tenant!r} is unknown: choose one of {', '.join(TENANTS)}", 2)
    state = running_state()
    run = import_as_caller(Layout.from_environment(), state.ports, folder, tenant=tenant, wait=wait)
    summary = {name: getattr(run, name) for name in _IMPORT_FIGURES}
    if as_json:
        typer.echo(json.dumps(summary))
        return
    typer.echo(", ".join(f"{count} {name}" for name, count in summary.items()))
    if summary["held"]:
        typer.echo(
            f"{summary['held']} records have left the folder and are kept for now, because they are many: "
            "look whether that is right, then 'aktensuche reconcile --agree SOURCE', "
            "with the name that 'aktensuche sources' shows, and import again"
        )


def sync(
    source: Annotated[str, typer.Argument(help="A source that the installation's file names.")],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Return when all is found by meaning, too.")] = False,
    as_json: _Json = False,
) -> None:
    """Bring a configured source up to date; returns when all that changed is found by its words."""
    from local.importing import sync_source  # noqa: PLC0415  the indexer's imports take a second

    summary = dataclasses.asdict(sync_source(Layout.from_environment(), running_state().ports, source, wait=wait))
    if as_json:
        typer.echo(json.dumps(summary))
        return
    typer.echo(", ".join(f"{count} {name}" for name, count in summary.items()))
    if summary["held"]:
        typer.echo(
            f"{summary['held']} records have left the source and are kept for now, because they are many: "
            f"look whether that is right, then 'aktensuche reconcile --agree {source}', and sync again"
        )


def pause(
    source: Annotated[str, typer.Argument(help="The source as 'aktensuche sources' names it.")],
    *,
    as_json: _Json = False,
) -> None:
    """Let no run over a source begin, and a running one stop at its next step."""
    _pause(source, paused=True, as_json=as_json)


def resume(
    source: Annotated[str, typer.Argument(help="The source as 'aktensuche sources' names it.")],
    *,
    as_json: _Json = False,
) -> None:
    """Let a paused source go on from where it was."""
    _pause(source, paused=False, as_json=as_json)


def _pause(name: str, *, paused: bool, as_json: bool) -> None:
    from local.importing import pause_source  # noqa: PLC0415  the indexer's imports take a second

    source = pause_source(Layout.from_environment(), running_state().ports, name, paused=paused)
    if as_json:
        typer.echo(json.dumps({"source": source.name, "tenant": source.tenant, "paused": paused}))
        return
    typer.echo(f"{source.location} {'is paused' if paused else 'goes on with its next run'}")


def sources(
    *, tenant: Annotated[str, typer.Option(help="One municipality only.")] = "", as_json: _Json = False
) -> None:
    """List where records come from: what the file names, and imported folders."""
    from local.importing import configured_sources  # noqa: PLC0415  the indexer's imports take a second

    if tenant and tenant not in TENANTS:
        raise CommandError(f"tenant {tenant!r} is unknown: choose one of {', '.join(TENANTS)}", 2)
    found = of_each_tenant("/v1/sources", tenant)
    configured = configured_sources(Layout.from_environment(), running_state().ports)
    for name, settings in configured.items():
        said = {
            "configured": name,
            "every": int(settings.every.total_seconds()) if settings.every is not None else None,
        }
        key = (settings.tenant, settings.kind, settings.location)
        known = [one for one in found if (one["tenant"], one["kind"], one["location"]) == key]
        for one in known:
            one.update(said)
        if not known and tenant in {"", settings.tenant}:
            found.append({**dict(zip(("tenant", "kind", "location"), key, strict=True)), "name": name, **said})
    if as_json or not found:
        write(found, (), as_json=as_json)
        return
    for one in found:
        typer.echo(" · ".join(str(one[key]) for key in ("name", "configured", "tenant", "location") if one.get(key)))
        typer.echo(f"  {source_line(one)}")


def source_line(one: dict[str, Any]) -> str:
    """Return how a source is, as a person reads it."""
    if "counts" not in one:
        return "never read"
    counts = one["counts"]
    said = [one["state"], f"{counts.get('indexed', 0)} indexed"]
    pending = counts.get("pending", 0) + counts.get("removing", 0)
    if pending:
        rate = f", {one['rate_per_minute']} a minute" if one["rate_per_minute"] else ""
        left = one["remaining_seconds"]
        said.append(f"{pending} pending{rate}" + (f", about {left / 60:.0f} minutes left" if left else ""))
    said += [f"{number} {reason}" for reason, number in sorted(one["errors"].items())]
    if one["held"] and not one["removal_agreed"]:
        said.append(f"{one['held']} missing and held: 'aktensuche reconcile --agree {one['name']}'")
    said.append(f"last read {one['last_sync_at'][:19]}" if one["last_sync_at"] else "never read to its end")
    said += [one["last_error"]] if one["last_error"] else []
    return " · ".join(said)


@_quarantine.command("list")
def quarantine_list(
    *, tenant: Annotated[str, typer.Option(help="One municipality only.")] = "", as_json: _Json = False
) -> None:
    """List the files that could not be read, why, and what to do."""
    found = of_each_tenant("/v1/quarantine", tenant)
    write(found, ("path", "reason", "advice"), as_json=as_json)


@_quarantine.command("retry")
def quarantine_retry(
    *,
    tenant: Annotated[str, typer.Option(help="One municipality only.")] = "",
    reason: Annotated[str, typer.Option(help=f"One cause only: {', '.join(Reason)}.")] = "",
    record: Annotated[
        str, typer.Option(metavar="ID", help="One file only, by the `record_id` that 'quarantine list --json' shows.")
    ] = "",
    as_json: _Json = False,
) -> None:
    """Read quarantined files again, for example after a program they need was installed."""
    from local.importing import retry_quarantined  # noqa: PLC0415  the indexer's imports take a second

    if tenant and tenant not in TENANTS:
        raise CommandError(f"tenant {tenant!r} is unknown: choose one of {', '.join(TENANTS)}", 2)
    if reason and reason not in set(Reason):
        raise CommandError(f"reason {reason!r} is unknown: choose one of {', '.join(Reason)}", 2)
    tenants = (tenant,) if tenant else TENANTS
    layout, ports = Layout.from_environment(), running_state().ports
    done = retry_quarantined(layout, ports, tenants, reason=reason or None, record_id=record or None)
    if record and not done.retried + done.not_read:
        raise CommandError(f"no file {record!r} is in quarantine")
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(done)))
        return
    typer.echo(f"{done.retried} read again: {done.indexed} indexed, {done.quarantined} still in quarantine")
    if done.not_read:
        typer.echo(f"{done.not_read} were refused before they were read: see to the files, then import their folder")


def of_each_tenant(path: str, tenant: str) -> list[dict[str, Any]]:
    """Return what the API lists for a records manager of each municipality, or of one."""
    found: list[dict[str, Any]] = []
    for one in (tenant,) if tenant else TENANTS:
        answer = ask("GET", path, make_token("commandline", one, roles=("records-manager",)))
        # a list, or a list under the name of what is listed
        found += answer if isinstance(answer, list) else answer[path.rpartition("/")[2]]
    return found


def write(found: list[dict[str, Any]], shown: tuple[str, ...], *, as_json: bool) -> None:
    """Print a list: as JSON, or these fields of each in a line."""
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        typer.echo(" · ".join(str(one[key]) for key in shown if one.get(key)))
    if not found:
        typer.echo("nothing", err=True)
