"""The months of a report. Pure: a report is about whole months, by the clock of UTC, and never about a day.

A month is a number here: months since the year 0, so that months can be counted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from records.errors import InvalidInputError

_MONTHS = 12
#: how many months one report may be about
MOST_MONTHS = 120
_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?", re.ASCII)
_EARLIEST, _LATEST = 1970, 9998


def month_of(day: dt.date) -> int:
    """Return the month that a day lies in."""
    return day.year * _MONTHS + day.month - 1


def first_day(month: int) -> dt.date:
    """Return the first day of a month."""
    return dt.date(month // _MONTHS, month % _MONTHS + 1, 1)


def last_day(month: int) -> dt.date:
    """Return the last day of a month."""
    return first_day(month + 1) - dt.timedelta(days=1)


def said(month: int) -> str:
    """Return a month as people and programs write it: `2026-03`."""
    return first_day(month).isoformat()[:7]


def starts_at(month: int) -> float:
    """Return when a month begins, in seconds since 1970."""
    return dt.datetime.combine(first_day(month), dt.time(), dt.UTC).timestamp()


@dataclass(frozen=True)
class Months:
    """A range of whole months, and the day on which it is asked about."""

    first: int
    last: int
    today: dt.date

    @property
    def running(self) -> int:
        """The month that is not over."""
        return month_of(self.today)

    @property
    def now(self) -> int:
        """The beginning of that day, in seconds since 1970."""
        return int(dt.datetime.combine(self.today, dt.time(), dt.UTC).timestamp())

    @property
    def asked(self) -> tuple[str, str]:
        """The range as it is asked for."""
        return said(self.first), said(self.last)

    def __iter__(self) -> Iterator[int]:
        """Yield the months in order."""
        return iter(range(self.first, self.last + 1))


def months_asked(begin: str | None, end: str | None, today: dt.date) -> Months:
    """Read a range: dates or months; days mean their whole month. Without it the last twelve months.

    What lies in the future is left out. InvalidInputError names what cannot be used.
    """
    running = month_of(today)
    last = min(month_named("to", end), running) if end is not None else running
    first = month_named("from", begin) if begin is not None else max(last - _MONTHS + 1, _EARLIEST * _MONTHS)
    if first > last:
        raise InvalidInputError("from", "liegt nach dem Ende des Zeitraums oder in der Zukunft")
    if last - first >= MOST_MONTHS:
        raise InvalidInputError("from", f"mehr als {MOST_MONTHS} Monate sind in einem Bericht nicht möglich")
    return Months(first, last, today)


def month_named(name: str, text: str) -> int:
    """Read a month, or a day in it; InvalidInputError names `name` if it is neither."""
    found = _DATE.fullmatch(text)
    if found is not None and _EARLIEST <= int(found[1]) <= _LATEST:
        with suppress(ValueError):
            return month_of(dt.date(int(found[1]), int(found[2]), int(found[3] or 1)))
    raise InvalidInputError(name, "ist kein Monat (2026-03) und kein Tag (2026-03-15)")
