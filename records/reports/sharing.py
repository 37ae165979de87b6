"""What a town shows to others, and what others show to it: by form, by partner, and how much was taken back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

import sqlalchemy as sa

from records.ledger_releases import LIVE
from records.release import ALL_PARTNERS, RecallReason, ReleaseForm, ReleaseState
from records.release_tables import releases
from records.reports.counting import by_name, counted, month_in, month_table, monthly, stock_table
from records.reports.months import Months
from records.reports.values import Column, Table

_RELEASES = Column("releases", "Freigaben", "releases")
_FORMS = {
    ReleaseForm.EXISTENCE.value: "nur als Hinweis",
    ReleaseForm.REDACTED.value: "geschwärzt",
    ReleaseForm.WHOLE.value: "im Ganzen",
}
_REASONS = {
    RecallReason.REFUSED.value: "Die Unterlage darf nicht mehr gezeigt werden",
    RecallReason.RECORD_GONE.value: "Die Unterlage ist nicht mehr da",
    RecallReason.ENDED.value: "Das Ende der Freigabe ist erreicht",
    RecallReason.RULE.value: "Die Freigaberegel wurde zurückgerufen",
    RecallReason.RECALLED.value: "Zurückgerufen",
}
_EVERYBODY = "alle Kommunen"


def sharing(connection: sa.Connection, tenant: str, months: Months) -> tuple[Table, ...]:
    """Return the tables of the report."""
    mine = releases.c.owner == tenant
    given = mine & releases.c.state.in_(LIVE)
    back = mine & releases.c.recalled_at.is_not(None)
    came = by_name(counted(connection, month_in(connection, releases.c.created_at), mine))
    went = by_name(counted(connection, month_in(connection, releases.c.recalled_at), back))
    columns = (
        (Column("given", "Gegeben", "releases"), monthly(months, came)),
        (Column("recalled", "Zurückgenommen", "releases"), monthly(months, went)),
    )
    reasons = by_name(counted(connection, releases.c.reason, back))
    taken = _taken(connection, tenant, months.now)
    return (
        _table("form", "Gegeben, nach Form", "Form", by_name(counted(connection, releases.c.form, given)), _FORMS),
        _table("partner", "Gegeben, nach Partner", "Partner", _by_partner(connection, given), {}),
        month_table("month", "Gegeben und zurückgenommen nach Monat", months, columns),
        _table("reason", "Zurückgenommen, nach Grund", "Grund", reasons, _REASONS),
        _table("taken_form", "Erhalten, nach Form", "Form", Counter(form for _, form in taken), _FORMS),
        _table("taken_owner", "Erhalten, nach Eigentümerin", "Eigentümerin", Counter(town for town, _ in taken), {}),
    )


def _table(name: str, title: str, what: str, counts: dict[str, int], titles: dict[str, str]) -> Table:
    ordered = {key: counts.get(key, 0) for key in titles or sorted(counts)}
    return stock_table(name, title, (Column(name, what), _RELEASES), ordered, titles)


def _by_partner(connection: sa.Connection, given: sa.ColumnElement[bool]) -> dict[str, int]:
    told: Counter[str] = Counter()
    for partners, (number,) in counted(connection, sa.cast(releases.c.partners, sa.Text), given).items():
        told.update(dict.fromkeys(_towns(json.loads(partners)), number))
    return told


def _towns(partners: Iterable[str]) -> set[str]:
    return {_EVERYBODY if name == ALL_PARTNERS else name.partition("/")[0] for name in partners}


def _taken(connection: sa.Connection, tenant: str, now: int) -> list[tuple[str, str]]:
    """Return owner and form of each release that others show to this town or to a part of it."""
    written = sa.cast(releases.c.partners, sa.Text)
    named = written.contains(f'"{tenant}/') | written.contains(f'"{ALL_PARTNERS}"')
    # SECURITY: the one look at rows of other towns: those that name this one; owner and form, nothing else.
    asked = sa.select(releases.c.owner, releases.c.form).where(
        (releases.c.owner != tenant) & (releases.c.state == ReleaseState.SHOWN) & (releases.c.until >= now) & named
    )
    return [(line.owner, line.form) for line in connection.execute(asked)]
