"""The report across towns: counted another way, closed to whoever is not entitled, and nothing small in it."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from records.access import ActingSoftware, Principal, Role
from records.errors import InvalidInputError, NotVisibleError
from records.ledger_tables import entries, migrate, sources
from records.release_tables import releases
from records.reports.agreement import Agreement, agreement_of
from records.reports.months import month_of
from records.reports.suppression import Mark
from records.reports.town import Asked, TownReports
from records.reports.values import Table
from records.settings import LedgerSettings
from records.usage_tables import usage_counts
from tests.factories import principal
from tests.unit.records.reports.full_ledger import NOW, FullLedger, cells, moment

TOWNS = ("erbach", "michelstadt", "oberzent", "brombachtal")
ALL = Agreement(TOWNS, month_of(dt.date(2025, 1, 1)))
COUNTS_ALL = principal("erbach", roles=(Role.COOPERATION,))
MONTHS = ("2026-02", "2026-03", "2026-04")


class FourTowns(FullLedger):
    """Four towns with so many records, searches and releases in each of three months."""

    def __init__(self, settings: LedgerSettings) -> None:
        super().__init__(settings, records=0)
        self.settings = settings
        self.number = itertools.count(1)
        for place, town in enumerate(TOWNS, start=11):
            self.put(
                sources, {"id": place, "tenant": town, "kind": "folder", "location": f"/{town}", "created_at": 1.0}
            )

    def _fill(self, records: int) -> None:
        """Nothing but what a test puts in."""

    def came(self, town: str, month: str, number: int) -> None:
        at = moment(f"{month}-05")
        same = {"created_at": at, "size": 1_000, "page_count": 1, "passage_count": 1, "vectors": "done"}
        rows = [self.entry(next(self.number), town, 11 + TOWNS.index(town), **same) for _ in range(number)]
        self.put(entries, *rows)

    def searched(self, town: str, month: str, number: int, mode: str = "hybrid", use: str = "searches") -> None:
        row = {"tenant": town, "day": f"{month}-05", "use": use, "mode": mode, "number": number}
        self.put(usage_counts, row)

    def across(self, who: Principal = COUNTS_ALL, agreement: Agreement | None = ALL, **asked: Any) -> tuple[Table, ...]:
        reports = TownReports(self.settings, agreement)
        made = reports.report(who, "cooperation", Asked(**asked), NOW)
        reports.close()
        return made.tables

    def told(self, table: str, **asked: Any) -> dict[Any, dict[str, Any]]:
        [one] = self.across(by=table, **asked)
        return cells(one)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with its tables, to be copied: making them takes a second."""
    path = tmp_path_factory.mktemp("ledger") / "empty.sqlite"
    migrate(LedgerSettings(url=f"sqlite:///{path}"))
    return path


def copied(empty: Path, folder: Path, name: str = "ledger") -> FourTowns:
    shutil.copy(empty, folder / f"{name}.sqlite")
    return FourTowns(LedgerSettings(url=f"sqlite:///{folder}/{name}.sqlite"))


@pytest.fixture
def four(empty: Path, tmp_path: Path) -> Iterator[FourTowns]:
    made = copied(empty, tmp_path)
    yield made
    made.close()


def test_sums_are_what_is_there(four: FourTowns) -> None:
    for place, (town, month) in enumerate(itertools.product(TOWNS, MONTHS)):
        four.came(town, month, 20 + place)
        four.searched(town, month, 100 + place)
    growth, searches = four.told("holdings"), four.told("use")
    for number, month in enumerate(MONTHS):
        places = [number + 3 * town for town in range(4)]
        assert growth[month]["added"] == sum(20 + place for place in places)
        assert searches[month]["searches"] == sum(100 + place for place in places)
        assert (growth[month]["marks"].get("added"), searches[month]["marks"].get("searches")) == (None, None)
    total = sum(20 + place for place in range(12))
    assert growth["Summe"]["added"] == total
    # each town in steps of five, their sum by two digits
    stock = four.told("stock")["Unterlagen"]["value"]
    assert stock == sum(sum(20 + 3 * town + n for n in range(3)) // 5 * 5 for town in range(4)) // 10 * 10
    assert searches["2026-02"]["opened"] is None
    assert searches["2026-02"]["marks"]["opened"] is Mark.COVERED


def test_what_there_is_now_is_told_by_two_digits(four: FourTowns) -> None:
    """Of records, and of files that were not read: each town brings so many in steps of five, 135 together."""
    for town, number in zip(TOWNS, (36, 37, 38, 30), strict=True):
        four.came(town, "2026-02", number)
        unread = {"state": "quarantined", "reason": "damaged", "indexed_version": None}
        source = 11 + TOWNS.index(town)
        four.put(entries, *(four.entry(next(four.number), town, source, **unread) for _ in range(number)))
    stock = four.told("stock")
    assert (stock["Unterlagen"]["value"], stock["Nicht gelesene Dateien"]["value"]) == (130, 130)


def test_a_sum_that_would_give_a_town_away_is_covered(four: FourTowns) -> None:
    for town in TOWNS[:3]:
        four.searched(town, "2026-02", 100)
    for town, number in zip(TOWNS, (1000, 100, 100, 50), strict=True):
        four.searched(town, "2026-03", number)
    for town, number in zip(TOWNS, (500, 100, 100, 50), strict=True):
        four.searched(town, "2026-04", number)
    told = four.told("use")
    assert [told[month]["searches"] for month in MONTHS] == [None, None, 750]
    assert (told["Summe"]["searches"], told["Summe"]["marks"]["searches"]) == (750, Mark.AT_LEAST)


@pytest.mark.parametrize("town", [TOWNS[0], TOWNS[-1]])
def test_a_small_number_of_a_town_changes_nothing(empty: Path, tmp_path: Path, town: str) -> None:
    """One to four records, searches or releases of a town in a month leave the whole report as it is."""
    made = []
    for small in (1, 2, 4):
        four = copied(empty, tmp_path, str(small))
        for one, month in itertools.product(TOWNS, MONTHS[:2]):
            four.came(one, month, 25)
            four.searched(one, month, 25)
        four.came(town, MONTHS[2], small)
        for other in TOWNS:
            four.searched(other, MONTHS[2], small if other == town else 30)
        made.append(four.across())
        four.close()
    assert made[0] == made[1] == made[2]
    assert made[0][1].rows


def test_only_sums_are_told(four: FourTowns) -> None:
    for town, month in itertools.product(TOWNS, MONTHS):
        four.came(town, month, 30)
        four.searched(town, month, 30)
    said = str(four.across())
    assert not [word for word in (*TOWNS, "Bauamt", "keyword", "folder", "632") if word in said]
    assert [table.name for table in four.across()] == ["stock", "holdings", "use", "sharing"]


@pytest.mark.parametrize(
    ("who", "agreement"),
    [
        (principal("erbach"), ALL),
        (principal("erbach", roles=(Role.REPORTS, Role.RECORDS_MANAGER, Role.PRIVACY)), ALL),
        (principal("erbach", roles=(Role.COOPERATION,)), None),
        (principal("darmstadt", roles=(Role.COOPERATION,)), ALL),
        (Principal("x", "erbach", frozenset(), frozenset({Role.COOPERATION}), ActingSoftware("f", frozenset())), ALL),
    ],
)
def test_who_is_not_entitled_is_told_there_is_nothing(
    four: FourTowns, who: Principal, agreement: Agreement | None
) -> None:
    with pytest.raises(NotVisibleError):
        four.across(who, agreement)
    reports = TownReports(four.settings, agreement)
    names: list[str] = []
    try:
        names = [kind.name for kind in reports.kinds(who)]
    except NotVisibleError:
        assert Role.REPORTS not in who.roles
    reports.close()
    assert "cooperation" not in names


def test_the_role_opens_this_report_and_no_other(four: FourTowns) -> None:
    reports = TownReports(four.settings, ALL)
    assert [kind.name for kind in reports.kinds(COUNTS_ALL)] == ["cooperation"]
    for name in ("holdings", "use", "zero-hits"):
        with pytest.raises(NotVisibleError):
            reports.report(COUNTS_ALL, name, Asked(), NOW)
    reports.close()


def test_months_with_other_members_are_not_told(four: FourTowns) -> None:
    for town, month in itertools.product(TOWNS, MONTHS):
        four.searched(town, month, 30)
    since = Agreement(TOWNS, month_of(dt.date(2026, 3, 1)))
    told = four.told("use", agreement=since)
    assert ("2026-02" in told, told["2026-03"]["searches"], told["Summe"]["searches"]) == (False, 120, 240)
    with pytest.raises(InvalidInputError, match="2026-03"):
        four.across(agreement=since, end="2026-02")


def test_releases_of_all_towns_are_counted(four: FourTowns) -> None:
    for n, (town, _) in enumerate(itertools.product(TOWNS, range(6))):
        four.came(town, "2026-02", 1)
        four.put(releases, _release(n + 1, town))
    assert four.told("sharing")["2026-03"]["given"] == 24
    assert four.told("stock")["Bestehende Freigaben"]["value"] == 20


def _release(entry: int, town: str) -> dict[str, Any]:
    given: dict[str, Any] = {column.name: None for column in releases.columns if column.nullable}
    at = moment("2026-03-05")
    return given | {
        "release_id": f"f{entry}",
        "owner": town,
        "entry_id": entry,
        "form": "whole",
        "partners": ["*"],
        "until": 2**40,
        "purpose": "p",
        "legal_basis": "l",
        "shown_fields": [],
        "state": "shown",
        "sequence": 1,
        "entry_sequence": 1,
        "created_by": "bea",
        "created_at": at,
        "changed_at": at,
    }


def test_an_agreement_is_read_from_what_the_operator_wrote() -> None:
    assert agreement_of((), "", TOWNS) is None
    assert agreement_of(TOWNS, "2025-01", TOWNS) == ALL
    for towns, since, about in (
        (TOWNS[:3], "2025-01", "mindestens 4"),
        ((*TOWNS[:3], TOWNS[0]), "2025-01", "mindestens 4"),
        ((*TOWNS, "darmstadt"), "2025-01", "darmstadt"),
        (TOWNS, None, "fehlt"),
        (TOWNS, "", "fehlt"),
        (TOWNS, "gestern", "kein Monat"),
    ):
        with pytest.raises(InvalidInputError, match=about):
            agreement_of(towns, since, TOWNS)
