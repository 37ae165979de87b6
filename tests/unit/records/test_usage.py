"""Figures of use: counted without names, and words shown only once five different people asked them in vain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from records import usage
from records.access import Role
from records.errors import NotVisibleError
from records.ledger_tables import migrate
from records.settings import LedgerSettings
from records.usage import Count, Miss, Usage, Use, ZeroHitTerm
from records.usage_tables import usage_counts, zero_hit_askers, zero_hit_terms
from tests.factories import principal

TODAY = dt.datetime.now(dt.UTC).date()
REPORTER = principal("erbach", roles=(Role.REPORTS,))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def figures(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Usage]:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite")
    if request.param == "postgres":
        settings = LedgerSettings(url=request.getfixturevalue("postgres").new_database())
    migrate(settings)
    made = Usage(settings, "x" * 40)
    yield made
    made.close()


def stored(figures: Usage, table: sa.Table) -> list[dict[str, Any]]:
    with figures._engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.select(table))]


def misses(term: str, *subjects: str, tenant: str = "erbach", day: dt.date = TODAY) -> list[Miss]:
    return [Miss(tenant, day, term, subject) for subject in subjects]


def test_counts_add_up(figures: Usage) -> None:
    one, other = (Count("erbach", TODAY, Use.SEARCHES, mode) for mode in ("keyword", "hybrid"))
    figures.add({one: 2, other: 1}, [])
    figures.add({one: 3}, [])
    assert {row["mode"]: row["number"] for row in stored(figures, usage_counts)} == {"keyword": 5, "hybrid": 1}


def test_words_are_shown_from_five_different_askers_on(figures: Usage) -> None:
    figures.add({}, misses("kurkarte", "a", "b", "c", "d"))
    figures.add({}, misses("kurkarte", "d", "d", "a") + misses("anderes", "e", "f", "g", "h"))
    figures.add({}, misses("kurkarte", "e", tenant="michelstadt"))
    assert figures.zero_hits(REPORTER) == ()
    # nobody who looks into the database could read them either
    assert stored(figures, zero_hit_terms) == []
    assert not any("kurkarte" in str(row) or "'a'" in str(row) for row in stored(figures, zero_hit_askers))
    figures.add({}, misses("kurkarte", "e"))
    assert figures.zero_hits(REPORTER) == (ZeroHitTerm("kurkarte", 5, TODAY),)
    assert figures.zero_hits(principal("michelstadt", roles=(Role.REPORTS,))) == ()


def test_an_asker_cannot_be_followed_from_one_question_to_another(figures: Usage) -> None:
    figures.add({}, misses("kurkarte", "a") + misses("anderes", "a") + misses("kurkarte", "a", tenant="michelstadt"))
    marks = [row["asker_mark"] for row in stored(figures, zero_hit_askers)]
    assert len(marks) == len(set(marks)) == 3


def test_another_secret_makes_other_marks(figures: Usage) -> None:
    figures.add({}, misses("kurkarte", "a"))
    figures._key = b"y" * 32
    figures.add({}, misses("kurkarte", "a"))
    assert len({row["term_mark"] for row in stored(figures, zero_hit_askers)}) == 2


def test_it_is_forgotten_after_ninety_days(figures: Usage, monkeypatch: pytest.MonkeyPatch) -> None:
    figures.add({}, misses("kurkarte", "a", "b", "c", "d", "e") + misses("anderes", "a", "b", "c", "d", "e"))
    late = (TODAY + dt.timedelta(days=60)).isoformat()
    figures.add({}, misses("anderes", "a", "b", "c", "d", "e", day=dt.date.fromisoformat(late)))
    monkeypatch.setattr(usage, "_oldest", (TODAY + dt.timedelta(days=1)).isoformat)
    assert [one.term for one in figures.zero_hits(REPORTER)] == ["anderes"]
    figures.tidy()
    assert [row["term"] for row in stored(figures, zero_hit_terms)] == ["anderes"]
    assert {row["last_day"] for row in stored(figures, zero_hit_askers)} == {late}


def test_words_that_too_few_have_asked_of_late_are_not_shown(figures: Usage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is tidied up: four of five have asked again since."""
    figures.add({}, misses("kurkarte", "a", "b", "c", "d", "e"))
    figures.add({}, misses("kurkarte", "a", "b", "c", "d", day=TODAY + dt.timedelta(days=60)))
    monkeypatch.setattr(usage, "_oldest", (TODAY + dt.timedelta(days=1)).isoformat)
    assert figures.zero_hits(REPORTER) == ()


@pytest.mark.parametrize(
    "who",
    [
        principal("erbach", roles=(Role.RECORDS_MANAGER, Role.PRIVACY)),
        principal("erbach", roles=(Role.REPORTS,), software=("bauamt",)),
    ],
)
def test_nobody_else_reads_them(figures: Usage, who: Any) -> None:
    with pytest.raises(NotVisibleError):
        figures.zero_hits(who)
