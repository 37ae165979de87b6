"""Sharing, retention, duplicates and sources are counted as plain Python counts the same rows."""

from __future__ import annotations

import calendar
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from records.ledger_tables import sources
from records.release import NO_END
from records.release_tables import releases
from records.removal_tables import deletions
from records.reports.counting import TOTAL
from records.reports.values import Table
from tests.unit.records.reports.full_ledger import NOW, FullLedger, cells, month, told

_FORMS = {"existence": "nur als Hinweis", "redacted": "geschwärzt", "whole": "im Ganzen"}


def same(table: Table, counts: Mapping[str, int]) -> None:
    """Hold a table of two columns against counts; where nothing is hidden it must be all of them."""
    assert all(count >= 5 for count in counts.values()), (
        "the ledger of these tests is full enough that nothing is hidden"
    )
    wanted = {name: count // 5 * 5 for name, count in counts.items()} | {TOTAL: sum(counts.values()) // 5 * 5}
    column = table.columns[1].name
    assert {name: line[column] for name, line in cells(table).items()} == wanted


def test_what_is_shown_to_others(full: FullLedger) -> None:
    mine = [row for row in full.rows["releases"] if row["owner"] == "erbach"]
    given = [row for row in mine if row["state"] in {"shown", "pending"}]
    same(full.table("sharing", "form"), Counter(_FORMS[row["form"]] for row in given))
    partners: Counter[str] = Counter()
    for row in given:
        partners.update({"alle Kommunen" if name == "*" else name.split("/")[0] for name in row["partners"]})
    same(full.table("sharing", "partner"), partners)
    reasons = {"recalled": "Zurückgerufen", "ended": "Das Ende der Freigabe ist erreicht"}
    same(full.table("sharing", "reason"), Counter(reasons[row["reason"]] for row in mine if row["reason"]))
    came, went = (Counter(month(row[at]) for row in mine if row[at]) for at in ("created_at", "recalled_at"))
    for name, line in cells(full.table("sharing", "month", "2025-01", "2026-10")).items():
        if name != TOTAL:
            assert (line["given"], line["recalled"]) == (told(came[name]), told(went[name]))


def test_what_others_show_to_the_town(full: FullLedger) -> None:
    taken = [
        row
        for row in full.rows["releases"]
        if row["owner"] != "erbach"
        and row["state"] == "shown"
        and row["until"] >= NOW.timestamp()
        and any(name == "*" or name.startswith("erbach/") for name in row["partners"])
    ]
    same(full.table("sharing", "taken_form"), Counter(_FORMS[row["form"]] for row in taken))
    same(full.table("sharing", "taken_owner"), Counter(row["owner"] for row in taken))


def test_a_release_to_a_town_of_a_longer_name_is_not_to_this_one(full: FullLedger) -> None:
    before = full.report("sharing")
    [like] = [row for row in full.rows["releases"] if row["owner"] == "michelstadt" and row["state"] == "shown"][:1]
    more = ({"release_id": f"lang{n}", "partners": ["obererbach/alle"], "until": NO_END} for n in range(20))
    full.put(releases, *(like | one for one in more))
    assert full.report("sharing") == before


def test_what_the_archive_is_to_be_offered(full: FullLedger) -> None:
    there = [row for row in full.of("entries") if row["state"] != "removed" and row["retention_end"]]
    held = {row["entry_id"] for row in full.of("holds") if row["lifted_at"] is None}
    due: Counter[str] = Counter()
    for row in there:
        if row["retention_end"] < "2026-11-20":
            due["fällig, unter einer Löschsperre" if row["id"] in held else "fällig, dem Archiv anzubieten"] += 1
    same(full.table("retention", "due"), due)
    same(full.table("retention", "year"), Counter(row["retention_end"][:4] for row in there))


def test_legal_holds(full: FullLedger) -> None:
    gone = {row["id"] for row in full.of("entries") if row["state"] == "removed"}
    counts: Counter[str] = Counter()
    for row in full.of("holds"):
        if row["lifted_at"] is not None:
            counts["aufgehoben"] += 1
        else:
            alone = "besteht, die Quelle hat die Unterlage nicht mehr"
            counts[alone if row["entry_id"] in gone else "besteht"] += 1
    same(full.table("retention", "hold"), counts)


def test_contents_that_are_there_more_than_once(full: FullLedger) -> None:
    copies = Counter(row["sha256"] for row in full.found())
    sizes = {row["sha256"]: row["size"] for row in full.found()}
    lines = cells(full.table("duplicates", "copies"))
    classes = {"zweimal": (2, 2), "dreimal": (3, 3), "4- bis 9-mal": (4, 9), "10-mal und öfter": (10, 999)}
    everything: Any = [0, 0, 0]
    for name, (least, most) in classes.items():
        some = {sha: number for sha, number in copies.items() if least <= number <= most}
        more = sum(sizes[sha] * (number - 1) for sha, number in some.items())
        everything = [a + b for a, b in zip(everything, (len(some), sum(some.values()), more), strict=True)]
        if lines[name]["contents"] is not None:
            shown = lines[name]["contents"], lines[name]["files"], lines[name]["megabytes"]
            assert shown == (len(some) // 5 * 5, sum(some.values()) // 5 * 5, more // 10**6)
    total = lines[TOTAL]["contents"], lines[TOTAL]["files"], lines[TOTAL]["megabytes"]
    assert total == (everything[0] // 5 * 5, everything[1] // 5 * 5, everything[2] // 10**6)


def test_sources(full: FullLedger) -> None:
    lines = cells(full.table("sources", "source"))
    assert list(lines) == ["folder-1", "folder-2"]
    for number in (1, 2):
        mine = [row for row in full.of("entries") if row["source_id"] == number]
        found = [row for row in mine if row["state"] == "indexed"]
        added = sum(month(row["created_at"]) == "2026-10" for row in found) // 5 * 5
        line = lines[f"folder-{number}"]
        assert line["records"] == len(found) // 5 * 5
        assert line["errors"] == sum(row["state"] == "quarantined" for row in mine) // 5 * 5
        assert (line["added"], line["a_day"]) == (added, added // calendar.monthrange(2026, 10)[1])
        assert (line["state"], line["last_sync"], line["gone"]) == ("noch nie", None, None)


def test_how_long_runs_took(full: FullLedger) -> None:
    table = full.table("sources", "speed", "2026-01", "2026-10")
    wanted = [
        (
            row["month"],
            f"folder-{row['source_id']}",
            row["runs"],
            math.ceil(row["seconds"] / row["runs"]),
            math.ceil(row["longest"]),
            int(row["files"] * 60 / row["seconds"]) if row["files"] else None,
        )
        for row in sorted(full.rows["sync_months"], key=lambda row: (row["month"], row["source_id"]))
        # of the own town; November was not asked for
        if row["source_id"] in {1, 2} and row["month"] <= "2026-10"
    ]
    assert len(wanted) == 18
    assert [row.cells for row in table.rows] == wanted


def test_how_sources_end_and_how_fast_they_forget(full: FullLedger) -> None:
    with full.engine.begin() as connection:
        said = {"last_sync_at": NOW.timestamp(), "last_error": "/srv/geheimwort fehlt"}
        connection.execute(sources.update().where(sources.c.id == 2).values(**said))
        connection.exec_driver_sql("update deletions set erased_at = left_at + 40 where source_id = 1")
        connection.exec_driver_sql("update deletions set erased_at = null where source_id = 2")
        mine = sa.select(deletions.c.id).where(deletions.c.source_id == 2).order_by(deletions.c.id).limit(4)
        four = deletions.update().where(deletions.c.id.in_(mine)).values(erased_at=deletions.c.left_at + 40)
        connection.execute(four)
    lines = cells(full.table("sources", "source"))
    assert (lines["folder-2"]["state"], lines["folder-2"]["last_sync"]) == ("abgebrochen", "2026-11-20T09:30+00:00")
    assert lines["folder-1"]["gone"] == 60
    # four deletions are four records
    assert lines["folder-2"]["gone"] is None
    assert "geheimwort" not in str(full.report("sources"))
