"""What the audit log tells in numbers: how records were shown, month by month, and what for; never to whom or which."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from records.audit_chain import Kind
from records.audit_tables import entries
from records.reports.counting import NOT_NAMED, OTHERS, RUNS, STEPS, TOTAL, month_in, month_table, monthly_parts
from records.reports.months import Months, month_named
from records.reports.suppression import SMALL, Figure, gathered
from records.reports.values import Column, Row, Table, row

#: in the order in which they cover each other
_WAYS: Mapping[str, tuple[str, tuple[Kind, ...]]] = {
    "managed": (
        "Verwaltung",
        (Kind.EXPLAIN, Kind.RELEASES, Kind.RECOGNITION, Kind.RETENTION, Kind.AUDIT, Kind.SYSTEM, Kind.PRUNED),
    ),
    "citations": ("Zitate", (Kind.CITATIONS,)),
    "similar": ("Ähnliche Unterlagen", (Kind.SIMILAR,)),
    "precedents": ("Vergleichsfälle", (Kind.PRECEDENTS,)),
    "exports": ("Ausgaben als Datei", (Kind.EXPORT,)),
    "opened": ("Geöffnet", (Kind.RECORD, Kind.TEXT, Kind.PAGE, Kind.IMAGE, Kind.ORIGINAL)),
    "searches": ("Suchtreffer", (Kind.SEARCH,)),
}
_ENTRIES = Column("entries", "Einträge", "entries")
_PURPOSE = Column("purpose", "Zweck")
_MOST_PURPOSES, _LONGEST = 100, 80
_SECOND = 1_000_000


def disclosures(connection: sa.Connection, tenant: str, months: Months) -> tuple[Table, ...]:
    """Return the tables of the report; the connection is one to the audit log."""
    return _by_month(connection, tenant, months), _by_purpose(connection, tenant)


def _by_month(connection: sa.Connection, tenant: str, months: Months) -> Table:
    month = month_in(connection, sa.type_coerce(sa.cast(entries.c.time, sa.Float) / _SECOND, sa.Float))
    chosen = sa.select(month.label("month"), entries.c.kind).where(entries.c.tenant == tenant).subquery()
    asked = sa.select(chosen.c.month, chosen.c.kind, sa.func.count()).group_by(chosen.c.month, chosen.c.kind)
    way = {kind.value: name for name, (_, kinds) in _WAYS.items() for kind in kinds}
    counts: dict[str, dict[str, int]] = {}
    pruned = False
    for when, kind, number in connection.execute(asked):
        name = way.get(kind, "managed")
        by_way = counts.setdefault(when, {})
        by_way[name] = by_way.get(name, 0) + int(number)
        pruned |= kind == Kind.PRUNED
    if pruned:
        # SECURITY: the oldest month loses a day each day; taken from each other, two reports would tell days.
        del counts[min(counts, key=lambda said: month_named("month", said))]
    told = monthly_parts(months, counts, tuple(_WAYS))
    columns = [
        (Column(name, words, "entries"), [one.parts[name] for one in told]) for name, (words, _) in _WAYS.items()
    ]
    columns.append((Column("all", "Zusammen", "entries"), [one.total for one in told]))
    note = f"Jeder Eintrag ist eine Antwort, die etwas aus Unterlagen zeigte. Älteres ist gelöscht. {RUNS}"
    return month_table("month", "Offenlegungen nach Monat", months, columns, note)


def _by_purpose(connection: sa.Connection, tenant: str) -> Table:
    shown = [kind.value for name, (_, kinds) in _WAYS.items() if name != "managed" for kind in kinds]
    asked = (
        sa.select(entries.c.purpose, sa.func.count(), sa.func.count(entries.c.subject.distinct()))
        .where((entries.c.tenant == tenant) & entries.c.kind.in_(shown))
        .group_by(entries.c.purpose)
    )
    counts: dict[str, int] = {}
    for purpose, number, people in connection.execute(asked):
        # what is damaged in the log is still a purpose
        words = " ".join(str(purpose or "").encode("utf-8", "replace").decode().split())[:_LONGEST]
        # SECURITY: what fewer than five people wrote can name a case, or them.
        name = NOT_NAMED if not words else words if people >= SMALL else OTHERS
        counts[name] = counts.get(name, 0) + int(number)
    told = gathered(counts, most=_MOST_PURPOSES)
    named = dict(told.named)
    rest = named.pop(OTHERS, 0) + told.rest
    columns = (_PURPOSE, _ENTRIES)
    rows: list[Row] = [row(columns, name, Figure(number).in_steps()) for name, number in named.items()]
    if rest:
        rows.append(row(columns, OTHERS, (Figure(rest) if rest >= SMALL else told.total).in_steps()))
    if rows:
        rows.append(row(columns, TOTAL, told.total.in_steps(), total=True))
    note = (
        f"{STEPS} Genannt wird, was mindestens fünf verschiedene Personen angaben; das andere steht unter „{OTHERS}“."
    )
    return Table("purpose", "Offenlegungen nach Zweck", columns, tuple(rows), note)
