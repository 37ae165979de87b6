"""docs/SECURITY.md names the test behind each row: they must be there."""

from __future__ import annotations

import re
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]


def test_every_test_that_the_page_names_exists() -> None:
    page = (TREE / "docs" / "SECURITY.md").read_text(encoding="utf-8")
    rows = [line.split("|")[3] for line in page.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) > 30
    assert all(re.search(r"\.py|operator|gap|this page|none", evidence) for evidence in rows)
    named = {name for evidence in rows for name in re.findall(r"[\w/]+\.py", evidence)}
    assert len(named) > 20
    assert {name for name in named if not (TREE / "tests" / name.removeprefix("tests/")).is_file()} == set()
