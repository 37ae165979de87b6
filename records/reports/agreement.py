"""Which towns agreed to be counted together. Without an agreement there is no report across towns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from records.errors import InvalidInputError
from records.reports.across import FEWEST
from records.reports.months import month_named


@dataclass(frozen=True)
class Agreement:
    """The towns, and the first month (as a number) that is counted for all of them."""

    towns: tuple[str, ...]
    since: int


def agreement_of(towns: Sequence[str], since: str | None, tenants: Sequence[str]) -> Agreement | None:
    """Read what the operator wrote down; None where that is nothing, InvalidInputError says what is missing."""
    if not towns:
        return None
    strangers = sorted(set(towns) - set(tenants))
    if strangers:
        raise InvalidInputError("cooperation.towns", f"{strangers[0]!r} ist keine Kommune dieser Anlage")
    if len(set(towns)) < FEWEST:
        # SECURITY: fewer would only ever see hidden figures; see across.
        raise InvalidInputError("cooperation.towns", f"es müssen mindestens {FEWEST} Kommunen sein")
    if not since:
        raise InvalidInputError("cooperation.since", "fehlt: der erste Monat, der gemeinsam gezählt wird (2026-01)")
    return Agreement(tuple(dict.fromkeys(towns)), month_named("cooperation.since", since))
