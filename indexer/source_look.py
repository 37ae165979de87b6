"""Looks at a source as a run over it would, and changes nothing: what it shows that the ledger does not know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from indexer.sources.protocol import Connector, Gone, Item, PassEnds, SourceUnavailableError
from indexer.sources.settings import SourceSettings, Surroundings
from records.ledger import Ledger
from records.ledger_tables import State
from records.ledger_values import Known, Source

#: paths of one kind that are named; the rest is counted
NAMED = 50


@dataclass(frozen=True)
class Paths:
    """How many, and the first of them."""

    number: int
    named: tuple[str, ...]

    @classmethod
    def of(cls, paths: Iterable[str]) -> Paths:
        """Count paths and keep the first."""
        found = sorted(paths)
        return cls(len(found), tuple(found[:NAMED]))


@dataclass(frozen=True)
class SourceLook:
    """What a source shows beside what the ledger holds of it."""

    source: str
    tenant: str
    location: str
    shown: int = 0
    #: shown, and not in the ledger
    unknown: Paths = Paths(0, ())
    #: shown otherwise than the ledger remembers it
    changed: Paths = Paths(0, ())
    #: in the ledger, and no longer shown
    gone: Paths = Paths(0, ())
    #: why it could not be looked at, or not to its end
    error: str | None = None

    @property
    def agrees(self) -> bool:
        """Whether a run over the source would find nothing to do."""
        return self.error is None and not (self.unknown.number or self.changed.number or self.gone.number)

    def as_json(self) -> dict[str, Any]:
        """Return it as people and programs read it."""
        return {**asdict(self), "agrees": self.agrees}


def look(source: Source, connector: Connector, ledger: Ledger) -> SourceLook:
    """List a source in full and hold it against the ledger; nothing is noted, kept or removed."""
    known = ledger.known(source)
    shown: dict[str, Item] = {}
    gone: set[str] = set()
    closed: list[str] = []
    ended, error = False, None
    try:
        for step in connector.listing(None):
            match step:
                case Item():
                    shown[step.path] = step
                    closed += [f"{step.path}/"] if step.closed else []
                case Gone(path):
                    gone.add(path)
                case PassEnds():
                    ended = True
                case _:
                    pass
    except SourceUnavailableError as broke:
        error = str(broke)
    if ended:
        # what lies in a folder that cannot be listed has not left it
        gone |= {path for path in known if path not in shown and not path.startswith(tuple(closed))}
    return SourceLook(
        source=source.name,
        tenant=source.tenant,
        location=source.location,
        shown=len(shown),
        unknown=Paths.of(path for path in shown if path not in known),
        changed=Paths.of(path for path, item in shown.items() if path in known and _differs(item, known[path])),
        gone=Paths.of(path for path in gone if path in known and known[path].state is not State.REMOVING),
        error=error,
    )


def look_configured(name: str, settings: SourceSettings, ledger: Ledger, surroundings: Surroundings) -> SourceLook:
    """List a configured source in full, over the network where it is elsewhere, and hold it against the ledger.

    It is asked under its own limits; one that is paused, or was never brought in, is left alone and says so.
    """
    key = (settings.tenant, settings.kind, settings.location)
    source = next((one for one in ledger.every_source() if (one.tenant, one.kind, one.location) == key), None)
    if source is None:
        return SourceLook(name, settings.tenant, settings.location, error=f"never read: 'aktensuche sync {name}' does")
    if ledger.is_paused(source):
        return SourceLook(name, settings.tenant, settings.location, error="paused, so it is not asked")
    try:
        connector = settings.connect(surroundings)
    except ValueError as error:
        return SourceLook(name, settings.tenant, settings.location, error=str(error))
    try:
        return look(source, connector, ledger)
    finally:
        connector.close()


def _differs(item: Item, old: Known) -> bool:
    if item.unsettled or item.fault is not None:
        return item.fault is not None and old.reason != item.fault.reason
    return item.fingerprint is not None and item.fingerprint != old.fingerprint
