"""How much a town searches, and which questions found nothing: figures for reports, never about single persons.

Counts carry no subject. A question that found nothing is kept in words only once five different people have asked it
within 90 days; before that, only marks made with a secret are kept: one for the question, and one for each asker that
is different for each town and question, so that nobody's questions can be brought together.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.dialects import postgresql, sqlite

from records.access import Principal
from records.ledger_connection import answering, reading
from records.ledger_tables import ledger_engine
from records.reports.allowed import reported_tenant
from records.settings import LedgerSettings
from records.usage_tables import usage_counts, zero_hit_askers, zero_hit_terms

#: a question is shown once so many different people have asked it
ASKERS = 5
#: how long an answer took: the longest time of each class, in seconds, and what it is called
_ANSWER_CLASSES = ((0.3, "0.3s"), (1.0, "1s"), (3.0, "3s"))
LONGER = "longer"
DAYS = 90
_MOST_SHOWN = 500


class Use(StrEnum):
    """What is counted."""

    SEARCHES = "searches"
    #: no record held the words
    ZERO_HITS = "zero_hits"
    #: hits that searches showed, page by page
    SHOWN = "shown"
    OPENED = "opened"
    EXPORTS = "exports"
    #: searches by how long their answer took
    ANSWERS = "answers"


@dataclass(frozen=True)
class Count:
    """One line of the figures; `mode` is what kind of search it was, what was opened, or how long an answer took."""

    tenant: str
    day: dt.date
    use: Use
    mode: str


@dataclass(frozen=True)
class Miss:
    """A question that found nothing, on its way to becoming marks; it is never stored like this."""

    tenant: str
    day: dt.date
    term: str
    subject: str


@dataclass(frozen=True)
class ZeroHitTerm:
    """A question that found nothing for at least five different people."""

    term: str
    askers: int
    last_day: dt.date


def answer_class(seconds: float) -> str:
    """Return the class of an answer that took so long."""
    return next((name for most, name in _ANSWER_CLASSES if seconds <= most), LONGER)


class Usage:
    """The figures in the ledger's database."""

    def __init__(self, settings: LedgerSettings, secret: str) -> None:
        self._engine = ledger_engine(settings)
        self._key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"aktensuche usage").derive(secret.encode())

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def add(self, counts: Mapping[Count, int], misses: Iterable[Miss]) -> None:
        """Add these figures; LedgerUnavailableError if that cannot be done now."""
        with answering(), self._engine.begin() as connection:
            for one, number in counts.items():
                added = self._insert(usage_counts).values(
                    tenant=one.tenant, day=one.day.isoformat(), use=one.use.value, mode=one.mode, number=number
                )
                connection.execute(
                    added.on_conflict_do_update(
                        index_elements=list(usage_counts.primary_key),
                        set_={"number": usage_counts.c.number + added.excluded.number},
                    )
                )
            for miss in misses:
                self._note(connection, miss)

    def zero_hits(self, principal: Principal) -> tuple[ZeroHitTerm, ...]:
        """Return what several people of the principal's town asked in vain; NotVisibleError without the role."""
        # SECURITY: questions can name people.
        tenant = reported_tenant(principal)
        number = sa.func.count().label("askers")
        asked = (
            sa.select(zero_hit_terms.c.term, number, sa.func.max(zero_hit_askers.c.last_day).label("last_day"))
            .join(
                zero_hit_askers,
                (zero_hit_askers.c.tenant == zero_hit_terms.c.tenant)
                & (zero_hit_askers.c.term_mark == zero_hit_terms.c.term_mark),
            )
            .where((zero_hit_terms.c.tenant == tenant) & (zero_hit_askers.c.last_day >= _oldest()))
            .group_by(zero_hit_terms.c.term_mark, zero_hit_terms.c.term)
            # SECURITY: fewer could be recognised.
            .having(number >= ASKERS)
            .order_by(number.desc(), zero_hit_terms.c.term)
            .limit(_MOST_SHOWN)
        )
        with answering(), reading(self._engine) as connection:
            rows = connection.execute(asked).all()
        return tuple(ZeroHitTerm(row.term, row.askers, dt.date.fromisoformat(row.last_day)) for row in rows)

    def tidy(self) -> None:
        """Forget askers after 90 days, and words that too few have asked since."""
        enough = (
            sa.select(zero_hit_askers.c.tenant, zero_hit_askers.c.term_mark)
            .group_by(zero_hit_askers.c.tenant, zero_hit_askers.c.term_mark)
            .having(sa.func.count() >= ASKERS)
        )
        with answering(), self._engine.begin() as connection:
            connection.execute(zero_hit_askers.delete().where(zero_hit_askers.c.last_day < _oldest()))
            place = sa.tuple_(zero_hit_terms.c.tenant, zero_hit_terms.c.term_mark)
            connection.execute(zero_hit_terms.delete().where(place.not_in(enough)))

    def _note(self, connection: sa.Connection, miss: Miss) -> None:
        term_mark = self._mark(b"term", miss.tenant, miss.term)
        of_this_term = bytes.fromhex(self._mark(b"askers", miss.tenant, miss.term))
        asker = hmac.new(of_this_term, miss.subject.encode(), hashlib.sha256).hexdigest()
        where = {"tenant": miss.tenant, "term_mark": term_mark}
        added = self._insert(zero_hit_askers).values(**where, asker_mark=asker, last_day=miss.day.isoformat())
        connection.execute(
            added.on_conflict_do_update(
                index_elements=list(zero_hit_askers.primary_key), set_={"last_day": added.excluded.last_day}
            )
        )
        askers = sa.select(sa.func.count()).where(
            (zero_hit_askers.c.tenant == miss.tenant)
            & (zero_hit_askers.c.term_mark == term_mark)
            & (zero_hit_askers.c.last_day >= _oldest())
        )
        if connection.execute(askers).scalar_one() >= ASKERS:
            # the words come from the one who asks now; before this nobody could have read them here
            connection.execute(self._insert(zero_hit_terms).values(**where, term=miss.term).on_conflict_do_nothing())

    def _mark(self, purpose: bytes, tenant: str, term: str) -> str:
        return hmac.new(self._key, b"\0".join((purpose, tenant.encode(), term.encode())), hashlib.sha256).hexdigest()

    def _insert(self, table: sa.Table) -> Any:
        return (postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert)(table)


def _oldest() -> str:
    return (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=DAYS)).isoformat()
