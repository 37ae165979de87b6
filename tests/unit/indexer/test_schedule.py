"""What beat is told: the hour of the night is the one that was set, in UTC."""

from __future__ import annotations

import datetime as dt

import pytest

from indexer.app import SYSTEM, create_queue
from indexer.settings import RECONCILE_AT
from records.settings import BrokerSettings

BROKER = BrokerSettings(url="redis://127.0.0.1:9/0")


@pytest.mark.parametrize(("at", "told"), [(None, RECONCILE_AT), (dt.time(22, 5), dt.time(22, 5))])
def test_the_comparison_has_its_minute(at: dt.time | None, told: dt.time) -> None:
    app, _ = create_queue(BROKER) if at is None else create_queue(BROKER, reconcile_at=at)
    entry = app.conf.beat_schedule["reconcile"]
    assert app.conf.timezone == "UTC"
    assert entry["options"]["queue"] == SYSTEM
    schedule = entry["schedule"]
    assert (schedule.hour, schedule.minute) == ({told.hour}, {told.minute})
    schedule.app = app
    # beat's own reckoning: due once the minute has come, not before, and not again on the same day
    day = dt.datetime(2026, 3, 29, tzinfo=dt.UTC)  # a night with a change of the clocks
    minute = day.replace(hour=told.hour, minute=told.minute)
    for now, last, due in (
        (minute - dt.timedelta(seconds=1), minute - dt.timedelta(days=1), False),
        (minute + dt.timedelta(seconds=1), minute - dt.timedelta(days=1), True),
        (minute + dt.timedelta(hours=1), minute + dt.timedelta(seconds=1), False),
    ):
        schedule.nowfun = lambda now=now: now
        assert schedule.is_due(last).is_due is due
    app.close()
