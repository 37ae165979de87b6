"""What several people searched for in vain, in the form of every report; the questions come from records.usage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from records.reports.values import Column, Kind, Report, Table, row
from records.usage import DAYS, ZeroHitTerm

ZERO_HITS = Kind(
    "zero-hits",
    "Fehlanzeigen",
    "Zero hits",
    "Was mindestens fünf verschiedene Personen binnen 90 Tagen vergeblich gesucht haben.",
    "What at least five different people searched for in vain within 90 days.",
)
_COLUMNS = (
    Column("term", "Suche"),
    Column("askers", "Verschiedene Personen", "people"),
    Column("last_day", "Zuletzt"),
)


def of_zero_hits(tenant: str, terms: Sequence[ZeroHitTerm], now: dt.datetime) -> Report:
    """Return the report; only questions that enough people asked come in here."""
    rows = tuple(row(_COLUMNS, one.term, one.askers, one.last_day.isoformat()) for one in terms)
    table = Table("terms", ZERO_HITS.title, _COLUMNS, rows, ZERO_HITS.description)
    begin = now.date() - dt.timedelta(days=DAYS)
    return Report(ZERO_HITS.name, ZERO_HITS.title, tenant, begin, now.date(), now, (table,))
