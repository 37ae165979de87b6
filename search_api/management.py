"""What records managers see and decide beside reading: the ledger's parts for them, and the figures made of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from records.errors import LedgerUnavailableError
from records.ledger_decisions import LedgerDecisions
from records.ledger_holds import LedgerHolds
from records.ledger_pages_again import LedgerPagesAgain
from records.ledger_reconciliation import LedgerReconciliation
from records.ledger_removals import CLASSES, Figures, Gone, LedgerRemovals
from records.ledger_retention import LedgerRetention
from records.settings import LedgerSettings

_log = logging.getLogger(__name__)

#: the ledger is asked for figures at most so often
_FRESH_SECONDS = 10.0


@dataclass(frozen=True)
class Management:
    """The parts; each asks for the principal first, and answers about their town only."""

    decisions: LedgerDecisions
    pages: LedgerPagesAgain
    removals: LedgerRemovals
    holds: LedgerHolds
    retention: LedgerRetention
    comparisons: LedgerReconciliation

    @classmethod
    def on(cls, settings: LedgerSettings) -> Management:
        """Return the parts on one ledger; it is not asked yet."""
        return cls(
            LedgerDecisions(settings),
            LedgerPagesAgain(settings),
            LedgerRemovals(settings),
            LedgerHolds(settings),
            LedgerRetention(settings),
            LedgerReconciliation(settings),
        )


class LedgerFigures(Collector):
    """Figures out of the ledger for /metrics, over all towns: no names, no ids. Silent while the ledger is."""

    def __init__(self, management: Management) -> None:
        self._management = management
        self._read_at = float("-inf")
        self._read: list[HistogramMetricFamily | GaugeMetricFamily] = []

    def collect(self) -> Iterator[HistogramMetricFamily | GaugeMetricFamily]:
        """Yield the figures."""
        if time.monotonic() - self._read_at > _FRESH_SECONDS:
            try:
                self._read = list(_families(self._management))
            except LedgerUnavailableError as error:
                _log.warning("no figures of the ledger: %s", error)
                self._read = []
            self._read_at = time.monotonic()
        yield from self._read


def _families(management: Management) -> Iterator[HistogramMetricFamily | GaugeMetricFamily]:
    gone: Gone = management.removals.gone()
    taking = HistogramMetricFamily(
        "aktensuche_time_to_gone_seconds",
        "Seconds from the source's loss of a record until the index (unindexed), and until everything (erased) lost it",
        labels=["step"],
    )
    for step, figures in (("unindexed", gone.unindexed), ("erased", gone.erased)):
        taking.add_metric([step], _buckets(figures), figures.seconds)
    yield taking
    yield GaugeMetricFamily("aktensuche_deletions_waiting", "Records whose deletion is under way", value=gone.waiting)
    yield GaugeMetricFamily(
        "aktensuche_deletions_oldest_seconds",
        "Seconds since the oldest deletion under way began, without those under a legal hold",
        value=gone.oldest,
    )
    latest = management.comparisons.latest()
    differing = GaugeMetricFamily(
        "aktensuche_index_differences",
        "Records and releases about which ledger and index differed when they were last compared",
        labels=["of", "kind"],
    )
    # results that were kept by an earlier version say nothing of releases
    releases = [one["releases"] for one in latest.results if "releases" in one]
    for of, results in (("records", latest.results), ("releases", releases)):
        for kind in ("missing", "extra", "stale"):
            differing.add_metric([of, kind], sum(one[kind] for one in results))
    yield differing
    yield GaugeMetricFamily(
        "aktensuche_reconciliation_age_seconds",
        "Seconds since the town that was compared longest ago was; 0 before the first time",
        value=latest.age_seconds,
    )


def _buckets(figures: Figures) -> list[tuple[str, float]]:
    named = [(str(most), float(count)) for most, count in zip(CLASSES, figures.counted, strict=True)]
    return [*named, ("+Inf", float(figures.number))]
