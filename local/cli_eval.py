"""The command `eval`: a tenant's own judged queries against its own records, through the API."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Self

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from aktensuche_client import Aktensuche, ProblemError
from local import evaluation
from local.cli_indexer import listed
from local.layout import TENANTS
from local.running import CommandError, make_token, running_state

#: the groups of the sample records; whoever measures wants to see what there is, not what one office sees
_GROUPS = "bauamt,ordnungsamt,hauptamt,kaemmerei,standesamt,schulamt,leitung"
_MODES = "keyword,semantic,hybrid"
#: a token lives 15 minutes
_TOKEN_SECONDS = 600
#: an engine that is busy with what was just imported says "later" for a while; thousands of answers are not thrown away
_TRIES = 30


def add_commands(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("eval")(evaluate)


def evaluate(
    queries: Annotated[Path, typer.Argument(help="Judged queries, one JSON object a line.")],
    *,
    match: Annotated[str, typer.Option(help="The field of a hit that `relevant` names.")] = "source_id",
    tenant: Annotated[
        str | None, typer.Option(help="The municipality of queries that name none; without it, each of them.")
    ] = None,
    groups: Annotated[str, typer.Option(help="Groups of queries that name none, with commas between.")] = _GROUPS,
    mode: Annotated[str, typer.Option(help="Modes, with commas between.")] = _MODES,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")] = False,
) -> None:
    """Measure how well judged queries find what answers them."""
    modes = listed(mode)
    unknown = [name for name in modes if name not in listed(_MODES)]
    if unknown or not modes:
        raise CommandError(f"--mode: {', '.join(unknown) or 'nothing'} is none of {_MODES}", 2)
    judged = evaluation.read(queries)
    console = Console(stderr=True)
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn())
    with _Asking() as asking, Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("asking", total=len(judged) * len(modes))
        results = evaluation.ask_all(
            judged,
            match=match,
            modes=modes,
            tenants=(tenant,) if tenant is not None else TENANTS,
            groups=listed(groups),
            ask=asking.ask,
            on_progress=lambda done: bar.advance(task, done),
        )
    if as_json:
        typer.echo(evaluation.as_json(match, results))
        return
    for line in evaluation.as_lines(evaluation.scores_of(results)):
        typer.echo(line)


class _Asking:
    """Asks the API under a token for each tenant and its groups, with the patience of the client for software."""

    def __init__(self) -> None:
        self._http = httpx.Client(base_url=running_state().api_url, timeout=60, trust_env=False)
        self._tokens: dict[tuple[str, tuple[str, ...]], tuple[str, float]] = {}
        self._renewing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def ask(self, tenant: str, groups: Sequence[str], body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of the API to a search."""
        client = Aktensuche("", partial(self._token, tenant, tuple(groups)), tries=_TRIES, http=self._http)
        try:
            return client.search(**body)
        except ProblemError as problem:
            named = "; ".join(f"{error.get('field')}: {error.get('message')}" for error in problem.errors)
            raise CommandError(f"the API refused: {named or problem.detail or problem.title}") from problem
        except httpx.HTTPError as error:
            raise CommandError(f"the API does not answer: {error}") from error

    def _token(self, tenant: str, groups: tuple[str, ...]) -> str:
        with self._renewing:
            token, until = self._tokens.get((tenant, groups), ("", 0.0))
            if time.monotonic() >= until:
                token = make_token("evaluation", tenant, groups)
                self._tokens[tenant, groups] = (token, time.monotonic() + _TOKEN_SECONDS)
            return token
