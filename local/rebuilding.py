"""`aktensuche rebuild`: the indexer's rebuild, run as the service user; progress goes to standard error."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.progress import Progress, TaskID

from indexer.rebuild import Rebuild, RebuildProgress, Rebuilt, rebuild_of
from indexer.settings import IndexerSettings
from local.importing import bar, still_running
from local.layout import Layout
from local.privileges import owner_of, writing_as
from local.processes import indexer_settings, system_settings

_LOOK_SECONDS = 1.0
_PHASES = {"filling": "filling", "waiting": "waiting for work that began before", "checking": "checking"}


def rebuild(layout: Layout, ports: dict[str, int], tenants: Sequence[str]) -> Iterator[Rebuilt]:
    """Make the indexes of these tenants anew, one after the other."""
    with _ready(layout, ports) as make, bar() as shown:
        for tenant in tenants:
            task = shown.add_task(f"{tenant}: beginning", total=None)
            yield make(_shower(layout, shown, task, tenant)).rebuild(tenant)


def roll_back(layout: Layout, ports: dict[str, int], tenants: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Let the kept indexes of these tenants be live again; yield tenant and the numbers of the live and the other."""
    with _ready(layout, ports) as make:
        for tenant in tenants:
            yield (tenant, *make(lambda _: None).roll_back(tenant))


def drop(layout: Layout, ports: dict[str, int], tenants: Sequence[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Delete the indexes of these tenants that are not live; yield tenant and their numbers."""
    with _ready(layout, ports) as make:
        for tenant in tenants:
            yield tenant, make(lambda _: None).drop(tenant)


_Make = Callable[[Callable[[RebuildProgress], object]], Rebuild]


@contextmanager
def _ready(layout: Layout, ports: dict[str, int]) -> Iterator[_Make]:
    by = f"aktensuche, {getpass.getuser()}"
    os.environ.update(indexer_settings(layout, ports) | system_settings(layout))
    with writing_as(owner_of(layout.data)), rebuild_of(IndexerSettings(), by=by) as make:
        yield make


def _shower(layout: Layout, shown: Progress, task: TaskID, tenant: str) -> Callable[[RebuildProgress], None]:
    looked = time.monotonic()

    def show(progress: RebuildProgress) -> None:
        nonlocal looked
        if time.monotonic() - looked > _LOOK_SECONDS:
            looked = time.monotonic()
            still_running(layout)
        rate = f", {progress.rate:.0f} a second" if progress.rate else ""
        said = f"{tenant}: {_PHASES[progress.phase]}{rate}"
        shown.update(task, description=said, completed=progress.done, total=progress.total or None)

    return show
