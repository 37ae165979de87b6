"""S10: no cell of an export is a formula, whatever language the spreadsheet speaks, and no text gets lost for it."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import openpyxl
import pikepdf
import pypdfium2
import pytest

from records.ledger_values import Seen
from search_api.export import harmless
from tests.engine import Engine
from tests.leaks.issuer import Issuer
from tests.leaks.system import Api, System
from tests.leaks.tally import Row, size
from tests.leaks.world import Asker, Paper, canary

pytestmark = pytest.mark.stack

_ORDERS = ("{}1+1", '{}HYPERLINK("https://elsewhere.example";"x")', "{}cmd|' /C calc'!A0", "{}SUM(A1:A9)*2")
_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - the full-width forms are meant
_BEFORE = ("", " ", "\t", "\u00a0", '"', "'", "Beispiel; ", 'Beispiel";"', "Beispiel\t", "Beispiel;'")

#: what somebody may write into a title, or anywhere else, so that it runs in the table of whoever exports it
_ALL = tuple(before + order.format(sign) for before in _BEFORE for sign in _SIGNS for order in _ORDERS)
FORMULAS = tuple(random.Random("Formeln").sample(_ALL, size(60, len(_ALL))))
#: those that enough records carry to be named in reports
OFTEN = FORMULAS[:12]
#: what only looks like it, and must stay as it is
HARMLESS = ("Beispiel = 1", "§ 5; Absatz 2", "1-2", "a@example.org", "'s Beispiel", "Straße 3 - 5", "x=1")


class Marked(System):
    """A town whose records carry a formula in each of their fields."""

    def _seen(self, paper: Paper) -> Seen:
        seen = super()._seen(paper)
        said = paper.title
        about = replace(
            seen.metadata,
            source_id=said,
            file_reference=said,
            file_plan=said,
            document_type=said,
            department=said,
            case_type=said,
            case_reference=said,
            fields={"verfahren": said},
        )
        return replace(seen, metadata=about)


@pytest.fixture(scope="module")
def api(own_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    system = Marked(own_engine, tmp_path_factory.mktemp("s10"))
    dice = random.Random("Formeln")
    system.take_in(
        [
            Paper("erbach", f"{n}.txt", said, ("Beispiel",), canary(dice), frozenset(), frozenset({"alle"}))
            for n, said in enumerate((*FORMULAS, *HARMLESS, *OFTEN * 4))
        ]
    )
    with Issuer() as issuer, system.api(issuer) as started:
        yield started


def exported(api: Api, kind: str) -> bytes:
    asker = Asker("formel", "erbach", frozenset({"bauamt"}))
    answer = api.ask(asker, "POST", "/v1/export", {"query": "", "mode": "keyword", "format": kind})
    assert answer.status_code == 200, answer.text
    return answer.content


def as_it_was(cell: str) -> str:
    """Take the apostrophes out that keep a cell from being a formula."""
    signs = "".join(_SIGNS)
    return re.sub(rf"(?:^|(?<=[;\t\r\n]))'(?=[\"'\s]*[{re.escape(signs)}]|[\t\r\n])", "", cell)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_a_formula_however_a_table_is_divided(api: Api, row: Row, separator: str) -> None:
    """A spreadsheet divides by what its language says, whatever the table was written with."""
    text = exported(api, "csv").decode("utf-8-sig")
    cells = [c for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for c in line]
    if separator != ",":
        # one that does not know the quotation marks for what they are divides at each sign
        cells += re.split(f"[{separator}\r\n]", text)
    active = [cell for cell in cells if cell.strip(' \t\r\n\u00a0\ufeff"').startswith(_SIGNS)]
    row.add(cells=len(cells), leaks=len(active))
    assert len(cells) > 2 * len(FORMULAS)
    assert active[:3] == []


def test_what_was_written_comes_back_as_it_was(api: Api, row: Row) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(api, "csv").decode("utf-8-sig"), newline="")))
    wanted = sorted(p.title for p in api.system.shelf.by_id.values())
    lost = set(wanted) - {as_it_was(one["Aktenplan"]) for one in rows}
    row.add(round_trips=len(rows), missing=len(lost))
    assert sorted(as_it_was(one["Aktenplan"]) for one in rows) == wanted
    assert {harmless(said) for said in HARMLESS} == set(HARMLESS)


def test_no_cell_of_a_workbook_is_a_formula_or_an_address(api: Api, row: Row) -> None:
    book: Any = openpyxl.load_workbook(io.BytesIO(exported(api, "xlsx")))
    sheet = book.worksheets[0]
    kinds = [cell.data_type for line in sheet.iter_rows() for cell in line]
    row.add(cells=len(kinds), leaks=kinds.count("f"))
    assert set(kinds) <= {"s", "n"}
    assert not [cell for line in sheet.iter_rows() for cell in line if cell.hyperlink]
    titles = {line[list(_names(sheet)).index("Aktenplan")] for line in sheet.iter_rows(min_row=2, values_only=True)}
    assert titles == {p.title for p in api.system.shelf.by_id.values()}


def test_no_cell_of_a_report_is_a_formula(api: Api, row: Row) -> None:
    asker = Asker("formel", "erbach", frozenset(), frozenset({"reports"}))
    text = api.ask(asker, "GET", "/v1/reports/holdings?format=csv").content.decode("utf-8-sig")
    cells = [c for by in ",;\t" for line in csv.reader(io.StringIO(text, newline=""), delimiter=by) for c in line]
    active = [cell for cell in cells if cell.strip(' \t\r\n\u00a0\ufeff"').startswith(_SIGNS)]
    content = api.ask(asker, "GET", "/v1/reports/holdings?format=xlsx").content
    book: Any = openpyxl.load_workbook(io.BytesIO(content))
    written = [cell for sheet in book.worksheets for line in sheet.iter_rows() for cell in line]
    named = {" ".join(said.split()) for said in OFTEN}
    row.add(cells=len(cells) + len(written), leaks=len(active) + sum(cell.data_type == "f" for cell in written))
    assert named <= {cell.value for cell in written}
    assert named <= {as_it_was(cell) for cell in cells}
    assert active[:3] == []
    assert {cell.data_type for cell in written} <= {"s", "n"}
    assert not [cell for cell in written if cell.hyperlink]


def test_nothing_in_a_pdf_of_a_report_acts(api: Api, row: Row) -> None:
    asker = Asker("formel", "erbach", frozenset(), frozenset({"reports"}))
    content = api.ask(asker, "GET", "/v1/reports/holdings?format=pdf").content
    with pikepdf.open(io.BytesIO(content)) as opened:
        dictionaries = [item for item in opened.objects if isinstance(item, pikepdf.Dictionary)]
        acting = [key for item in dictionaries for key in _ACTING if key in item]
        row.add(objects=len(dictionaries), leaks=len(acting))
        assert acting == []
    text = "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content))
    # what divides words and lines is the setter's; full-width signs are not in its font
    missing = str.maketrans(dict.fromkeys("＝＋－＠", "\ufffd"))  # noqa: RUF001 - the full-width forms are meant
    written, *often = (
        "".join(c for c in said if c.isprintable() and not c.isspace()).translate(missing) for said in (text, *OFTEN)
    )
    assert [said for said in often if said not in written] == []


#: what makes a PDF do something, or open something
_ACTING = ("/AA", "/JS", "/JavaScript", "/OpenAction", "/URI", "/Launch", "/EmbeddedFile", "/EF", "/AcroForm")


def _names(sheet: Any) -> Iterator[str]:
    for cell in next(sheet.iter_rows(max_row=1)):
        yield cell.value
