"""The command line `aktensuche`: what a person types, and nothing that the programs of the system do themselves.

With `--json` standard output holds exactly one JSON document; everything else goes to standard error. Exit code 2
is a command that cannot be understood, 1 one that could not be done.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from local import cli_audit, cli_eval, cli_ocr, cli_rebuild, cli_reconcile
from local import up as way_up
from local.cli_indexer import add_commands, listed
from local.doctor import examine
from local.layout import Layout
from local.running import CommandError, ask, make_token
from records.errors import AktensucheError, InvalidInputError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Search over the electronic files of municipalities that work together.",
)
add_commands(app)
cli_audit.add_commands(app)
cli_eval.add_commands(app)
cli_reconcile.add_commands(app)
cli_ocr.add_commands(app)
cli_rebuild.add_commands(app)

Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")]
Tenant = Annotated[str, typer.Option(help="The municipality.")]
Groups = Annotated[str, typer.Option(help="Groups of the tenant, with commas between.")]


@app.command()
def up(
    *,
    sample: Annotated[bool, typer.Option(help="Load the sample records.")] = True,
    under_make: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Bring up the whole system on this machine and keep it up; Ctrl-C stops it."""
    way_up.up(Layout.from_environment(), sample=sample, under_make=under_make)


@app.command()
def setup() -> None:
    """Fetch and build everything the system needs; start nothing."""
    way_up.setup(Layout.from_environment())


@app.command()
def token(
    *,
    subject: Annotated[str, typer.Option(help="Who asks.")],
    tenant: Tenant,
    groups: Groups = "",
    roles: Annotated[
        str, typer.Option(help="records-manager, privacy, reports, cooperation, with commas between.")
    ] = "",
    acting_software: Annotated[str | None, typer.Option(help="The software that acts for the subject.")] = None,
) -> None:
    """Print an access token that is valid for 15 minutes, and nothing else."""
    typer.echo(make_token(subject, tenant, listed(groups), listed(roles), acting_software))


@app.command()
def search(
    query: str,
    *,
    tenant: Tenant,
    groups: Groups = "",
    mode: Annotated[str, typer.Option(help="keyword, semantic or hybrid.")] = "hybrid",
    size: Annotated[int, typer.Option(help="How many hits, at most 200.")] = 10,
    as_json: Json = False,
) -> None:
    """Search as somebody of these groups."""
    body = {"query": query, "mode": mode, "size": size}
    found = ask("POST", "/v1/search", make_token("commandline", tenant, listed(groups)), body)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    _print_hits(found)


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """Check this machine and the running system, and say what to do."""
    findings = examine(Layout.from_environment())
    if as_json:
        typer.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            typer.echo(finding.as_line())
    if any(finding.level == "problem" for finding in findings):
        raise typer.Exit(1)


def _print_hits(found: dict[str, Any]) -> None:
    at_least = "" if found["total_is"] == "exact" else "at least "
    typer.echo(f"{at_least}{found['total']} found")
    for notice in found["notices"]:
        typer.echo(f"note: {notice['text']}")
    for number, hit in enumerate(found["hits"], 1):
        about = " · ".join(str(hit[key]) for key in ("file_reference", "document_type", "date") if hit.get(key))
        typer.echo(f"\n{number:3}. {hit['title']}\n     {about}")
        for passage in hit["passages"][:2]:
            text = " ".join(passage["text"].split())
            typer.echo(f"     p. {passage['page']}: {text[:160]}")


def main() -> None:
    """Run the command that was typed."""
    try:
        app()
    except CommandError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.code)
    except AktensucheError as error:
        typer.echo(str(error), err=True)
        sys.exit(2 if isinstance(error, InvalidInputError) else 1)
    except BrokenPipeError:
        # whoever read our output has seen enough
        sys.exit(1)


if __name__ == "__main__":
    main()
