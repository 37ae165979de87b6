"""The reports there are, and who gets them: one read for all of them, about the town of whoever asks, or several."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from records.access import Principal
from records.audit_tables import audit_engine
from records.errors import AuditUnavailableError, InvalidInputError, NotVisibleError
from records.ledger_connection import LedgerConnection
from records.ledger_connection import reading as reading_of
from records.reports.agreement import Agreement
from records.reports.allowed import counted_together, reported_tenant
from records.reports.cooperation import COOPERATION, cooperation
from records.reports.disclosures import disclosures
from records.reports.duplicates import duplicates
from records.reports.holdings import holdings
from records.reports.months import Months, first_day, last_day, months_asked, said
from records.reports.reading import reading
from records.reports.retention import retention
from records.reports.sharing import sharing
from records.reports.sources import source_figures
from records.reports.use import use
from records.reports.values import Kind, Report, Table
from records.reports.zero_hits import ZERO_HITS
from records.settings import AuditSettings, LedgerSettings


@dataclass(frozen=True)
class Asked:
    """What is asked of a report: months or days of the first and the last month, and one of its tables."""

    begin: str | None = None
    end: str | None = None
    by: str | None = None


#: what makes the tables of one report, of one town and some months
Tables = Callable[[sa.Connection, str, Months], tuple[Table, ...]]

_MADE: tuple[tuple[Kind, Tables], ...] = (
    (
        Kind(
            "holdings",
            "Bestand",
            "Holdings",
            "Unterlagen und Zuwachs nach Monat, nach Amt, Aktenplan, Dokumentart und Quelle.",
            "Records and growth by month, by department, file plan, document type and source.",
        ),
        holdings,
    ),
    (
        Kind(
            "reading",
            "Lesbarkeit",
            "Reading",
            "Nicht gelesene Dateien nach Ursache, Unterlagen ohne lesbaren Text, unsicher erkannte Seiten.",
            "Unread files by cause, records without readable text, pages that text recognition is unsure of.",
        ),
        reading,
    ),
    (
        Kind(
            "use",
            "Nutzung",
            "Use",
            "Suchen nach Suchart, Fehlanzeigen, gezeigte Treffer, Öffnungen und Ausgaben nach Monat.",
            "Searches by mode, zero hits, hits shown, openings and exports by month.",
        ),
        use,
    ),
    (
        Kind(
            "sharing",
            "Freigaben",
            "Sharing",
            "Gegebene und erhaltene Freigaben nach Form und Partner, und was zurückgenommen wurde.",
            "Releases given and taken by form and partner, and what was recalled.",
        ),
        sharing,
    ),
    (
        Kind(
            "retention",
            "Aufbewahrung",
            "Retention",
            "Was dem Archiv anzubieten ist, wann die übrigen Fristen enden, und was Löschsperren halten.",
            "What is to be offered to the archive, when other retentions end, and what legal holds keep.",
        ),
        retention,
    ),
    (
        Kind(
            "duplicates",
            "Mehrfach Vorhandenes",
            "Duplicates",
            "Inhalte, die mehr als einmal vorhanden sind, und wie viel Platz das braucht.",
            "Contents that are held more than once, and how much room that takes.",
        ),
        duplicates,
    ),
    (
        Kind(
            "sources",
            "Quellen",
            "Sources",
            "Je Quelle: letzter Abgleich, Dauer der Läufe, was hinzukommt, nicht gelesen wurde, Zeit bis zur Löschung.",
            "For each source: last run, what comes, what was not read, time to gone, how long runs took.",
        ),
        source_figures,
    ),
)


#: the one whose figures are those of the audit log
_DISCLOSURES = Kind(
    "disclosures",
    "Offenlegungen",
    "Disclosures",
    "Wie oft Unterlagen gezeigt wurden, nach Monat, Art und Zweck; nie wem oder welche.",
    "How often records were shown, by month, kind and purpose; never to whom or which.",
)


class TownReports(LedgerConnection):
    """Makes reports; changes nothing. NotVisibleError unless the principal makes the reports of their town."""

    def __init__(
        self, settings: LedgerSettings, agreement: Agreement | None = None, audit: AuditSettings | None = None
    ) -> None:
        super().__init__(settings)
        self._agreement = agreement
        self._log = audit_engine(audit) if audit is not None else None

    def close(self) -> None:
        """Close the connections."""
        super().close()
        if self._log is not None:
            self._log.dispose()

    def kinds(self, principal: Principal) -> tuple[Kind, ...]:
        """Return the reports that the principal makes."""
        found: tuple[Kind, ...] = ()
        with suppress(NotVisibleError):
            reported_tenant(principal)
            found += (*(kind for kind, _ in _MADE), *((_DISCLOSURES,) if self._log is not None else ()), ZERO_HITS)
        with suppress(NotVisibleError):
            counted_together(principal, self._agreement)
            found += (COOPERATION,)
        if not found:
            raise NotVisibleError("only those who make reports see this")
        return found

    def report(self, principal: Principal, name: str, asked: Asked, now: dt.datetime) -> Report:
        """Make a report about the principal's own town, or between towns; NotVisibleError if there is none so named."""
        if name == COOPERATION.name:
            return self._across(principal, asked, now)
        tenant = reported_tenant(principal)
        if name == _DISCLOSURES.name and self._log is not None:
            return self._of_the_log(self._log, tenant, asked, now)
        made = next(((kind, tables) for kind, tables in _MADE if kind.name == name), None)
        if made is None:
            raise NotVisibleError("no such report")
        kind, tables = made
        months = months_asked(asked.begin, asked.end, now.date())
        with self._reading() as connection:
            found = tables(connection, tenant, months)
        return _report(kind, tenant, months, now, _chosen(found, asked.by))

    def _of_the_log(self, log: sa.Engine, tenant: str, asked: Asked, now: dt.datetime) -> Report:
        months = months_asked(asked.begin, asked.end, now.date())
        try:
            with reading_of(log) as connection:
                found = disclosures(connection, tenant, months)
        except SQLAlchemyError as error:
            raise AuditUnavailableError(f"the audit log does not answer ({type(error).__name__})") from error
        return _report(_DISCLOSURES, tenant, months, now, _chosen(found, asked.by))

    def _across(self, principal: Principal, asked: Asked, now: dt.datetime) -> Report:
        agreement = counted_together(principal, self._agreement)
        months = months_asked(asked.begin, asked.end, now.date())
        # SECURITY: with a month of other members, one sum taken from another is the figure of whoever joined or left.
        months = replace(months, first=max(months.first, agreement.since))
        if months.first > months.last:
            raise InvalidInputError("to", f"gemeinsam gezählt wird erst seit {said(agreement.since)}")
        with self._reading() as connection:
            found = cooperation(connection, agreement.towns, months)
        made = _report(COOPERATION, principal.tenant, months, now, _chosen(found, asked.by))
        return replace(made, towns=agreement.towns)


def _chosen(tables: tuple[Table, ...], by: str | None) -> tuple[Table, ...]:
    """Return the tables, or the one that was asked for; InvalidInputError names those there are."""
    names = [table.name for table in tables]
    if by is not None and by not in names:
        raise InvalidInputError("by", f"dieser Bericht kennt: {', '.join(names)}")
    return tuple(table for table in tables if by in {None, table.name})


def _report(kind: Kind, tenant: str, months: Months, now: dt.datetime, tables: tuple[Table, ...]) -> Report:
    return Report(kind.name, kind.title, tenant, first_day(months.first), last_day(months.last), now, tables)
