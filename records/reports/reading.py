"""What could not be read, or not well: quarantine by cause, records without text, unsure text recognition."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from records.ledger_tables import State, entries, recognised_pages
from records.reasons import WORDS, Reason
from records.record import TextState
from records.reports.counting import by_name, counted, found, stock_table
from records.reports.months import Months
from records.reports.values import Column, Table

_FILES = Column("files", "Dateien", "files")
_TEXT = {
    TextState.FULL.value: "vollständig als Text gelesen",
    TextState.PARTIAL.value: "zum Teil nicht lesbar",
    TextState.NONE.value: "nur Bild oder ohne lesbaren Text",
}
#: upper ends of the classes of confidence, in percent; what is below the second is listed for records managers
_CLASSES = ((60, "unter 60 %"), (80, "60 bis 79 %"), (90, "80 bis 89 %"), (101, "90 % und mehr"))


def reading(connection: sa.Connection, tenant: str, _: Months) -> tuple[Table, ...]:
    """Return the tables of the report; they tell how things are now."""
    return (
        _unread(connection, tenant),
        _text(connection, tenant),
        _files(connection, tenant),
        _pages(connection, tenant),
    )


def _unread(connection: sa.Connection, tenant: str) -> Table:
    kept_out = (entries.c.tenant == tenant) & (entries.c.state == State.QUARANTINED)
    counts = by_name(counted(connection, entries.c.reason, kept_out))
    titles = {reason.value: words.german for reason, words in WORDS.items()}
    ordered = {reason.value: counts.get(reason.value, 0) for reason in Reason}
    columns = (Column("reason", "Ursache"), _FILES)
    return stock_table("reason", "Nicht gelesene Dateien nach Ursache", columns, ordered, titles)


def _text(connection: sa.Connection, tenant: str) -> Table:
    counts = by_name(counted(connection, entries.c.text_state, found(tenant)))
    ordered = {state: counts.get(state, 0) for state in _TEXT}
    columns = (Column("text", "Text der Unterlage"), Column("records", "Unterlagen", "records"))
    return stock_table("text", "Unterlagen nach lesbarem Text", columns, ordered, _TEXT)


def _pages(connection: sa.Connection, tenant: str) -> Table:
    of_this_town = recognised_pages.join(entries, entries.c.id == recognised_pages.c.entry_id)
    asked = sa.select(_class(recognised_pages.c.confidence).label("k")).select_from(of_this_town).where(found(tenant))
    columns = (Column("confidence", "Sicherheit"), Column("pages", "Seiten", "pages"))
    return stock_table("confidence", "Erkannte Seiten nach Sicherheit", columns, _in_classes(connection, asked), {})


def _files(connection: sa.Connection, tenant: str) -> Table:
    of_this_town = recognised_pages.join(entries, entries.c.id == recognised_pages.c.entry_id)
    asked = (
        sa.select(_class(sa.func.min(recognised_pages.c.confidence)).label("k"))
        .select_from(of_this_town)
        .where(found(tenant))
        .group_by(recognised_pages.c.entry_id)
    )
    columns = (Column("worst", "Sicherheit der schlechtesten Seite"), Column("records", "Unterlagen", "records"))
    title = "Unterlagen mit erkannten Seiten"
    return stock_table("worst", title, columns, _in_classes(connection, asked), {})


def _class(confidence: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    return sa.case(*((confidence < below, sa.literal_column(f"{n}")) for n, (below, _) in enumerate(_CLASSES)))


def _in_classes(connection: sa.Connection, asked: sa.Select[Any]) -> dict[str, int]:
    inner = asked.subquery()
    found_so = sa.select(inner.c.k, sa.func.count()).group_by(inner.c.k)
    counts = {int(line[0]): int(line[1]) for line in connection.execute(found_so)}
    return {words: counts.get(n, 0) for n, (_, words) in enumerate(_CLASSES)}
