"""`/v1/reports`: one form for all, as JSON and as tables in which nothing is a formula."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest

from records.audit_tables import migrate_audit
from records.ledger import Ledger
from records.ledger_tables import migrate
from records.ledger_values import Done, Seen
from records.record import Metadata, TextState
from records.reports.suppression import Mark
from search_api.report_cells import words
from search_api.slots import Slots
from tests.factories import access

FORMULA = '=HYPERLINK("https://elsewhere.example";"x")'


@pytest.fixture
def filled(world: Any) -> Any:
    """Twelve records of a department whose name is a formula, two of another, one of another town."""
    migrate(world.ledger_settings)
    migrate_audit(world.audit_settings)
    ledger = Ledger(world.ledger_settings)
    for tenant, department, number in [
        ("erbach", FORMULA, 12),
        ("erbach", "Kämmerei", 2),
        ("michelstadt", "Bauamt", 1),
    ]:
        source = ledger.source(tenant, "folder", f"/srv/{tenant}")
        for n in range(number):
            about = Metadata("Geheimer Titel", department=department, file_plan=department)
            path = f"{department}{n}"
            [one] = ledger.note(source, [Seen(path, path, "1", "0" * 64, 3, 1.0, about, access(tenant, "bauamt"))])
            ledger.finish([Done(ledger.claim([one], "w", 30)[0], text_state=TextState.FULL, page_count=1)], "w")
    ledger.close()
    return world


def ask(world: Any, path: str, *, expect: int = 200, roles: list[str] | None = None) -> Any:
    token = world.issuer.token("bauamt", roles=["reports"] if roles is None else roles)
    answer = world.ask("GET", path, token=token)
    assert answer.status_code == expect, answer.text
    return answer


def test_the_list_names_each_report_in_two_languages(filled: Any) -> None:
    listed = ask(filled, "/v1/reports").json()["reports"]
    assert {"holdings", "reading", "zero-hits"} <= {one["name"] for one in listed}
    assert all(one[key] for one in listed for key in ("title", "title_en", "description", "description_en"))
    for one in listed:
        told = ask(filled, f"/v1/reports/{one['name']}").json()
        assert {"name", "title", "tenant", "from", "to", "made_at", "tables"} <= told.keys()
        assert (told["name"], told["title"], told["tenant"]) == (one["name"], one["title"], "erbach")
        for table in told["tables"]:
            columns = [column["name"] for column in table["columns"]]
            assert all(list(row["cells"]) == columns for row in table["rows"])


@pytest.mark.parametrize("path", ["/v1/reports", "/v1/reports/holdings", "/v1/reports/nichts", "/v1/reports/zero-hits"])
def test_who_makes_no_reports_is_told_there_is_nothing(filled: Any, path: str) -> None:
    ask(filled, path, expect=404, roles=["records-manager", "privacy"])
    software = {"act": {"sub": "fach", "groups": ["bauamt"]}}
    token = filled.issuer.token("bauamt", roles=["reports"], **software)
    assert filled.ask("GET", path, token=token).status_code == 404


def test_small_groups_stand_in_one_line_and_nothing_of_a_record_is_told(filled: Any) -> None:
    [table] = ask(filled, "/v1/reports/holdings?by=department").json()["tables"]
    assert [row["cells"]["department"] for row in table["rows"]] == ["Übrige", "Summe"]
    assert [row["cells"]["records"] for row in table["rows"]] == [10, 10]
    said = "".join(ask(filled, f"/v1/reports/{name}").text for name in ("holdings", "reading"))
    assert not [word for word in ("Geheimer", "Kämmerei", "/srv/", "michelstadt") if word in said]


def test_what_cannot_be_used_is_named(filled: Any) -> None:
    ask(filled, "/v1/reports/nichts", expect=404)
    for asked, field in (
        ("from=gestern", "from"),
        ("by=titel", "by"),
        ("format=docx", "format"),
        ("format=svg", "by"),
        ("wer=bea", "wer"),
    ):
        told = ask(filled, f"/v1/reports/holdings?{asked}", expect=422).json()
        assert [error["field"] for error in told["errors"]] == [field]


@pytest.fixture
def named(filled: Any) -> Any:
    """As above; enough records that the formula is a group of its own."""
    ledger = Ledger(filled.ledger_settings)
    source = ledger.source("erbach", "folder", "/srv/erbach")
    for n in range(5):
        about = Metadata("Geheimer Titel", department="Ordnungsamt")
        [one] = ledger.note(source, [Seen(f"o{n}", "o", "1", "0" * 64, 3, 1.0, about, access("erbach", "bauamt"))])
        ledger.finish([Done(ledger.claim([one], "w", 30)[0], text_state=TextState.FULL)], "w")
    ledger.close()
    return filled


def test_no_cell_of_a_csv_is_a_formula(named: Any) -> None:
    answer = ask(named, "/v1/reports/holdings?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="holdings.csv"'
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert ["Bericht", "Bestand"] in lines
    cells = [cell for line in lines for cell in line]
    assert f"'{FORMULA.replace(';', ';')}" in cells
    for separator in ",;\t":
        divided = [cell for line in csv.reader(io.StringIO(answer.text), delimiter=separator) for cell in line]
        assert not [cell for cell in divided if cell.lstrip(' "\ufeff').startswith(("=", "+", "-", "@"))]


def test_no_cell_of_a_workbook_is_a_formula_and_numbers_are_numbers(named: Any) -> None:
    answer = ask(named, "/v1/reports/holdings?format=xlsx")
    book: Any = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames[:2] == ["Bestand", "Zuwachs nach Monat"]
    cells = [cell for sheet in book.worksheets for line in sheet.iter_rows() for cell in line]
    assert FORMULA in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert 10 in {cell.value for cell in cells}


def test_hidden_cells_say_so_in_files(filled: Any) -> None:
    """Nineteen records have come in the month that runs, and two have left."""
    [table] = ask(filled, "/v1/reports/holdings?by=source").json()["tables"]
    assert [row["cells"]["records"] for row in table["rows"]] == [10]
    ledger = Ledger(filled.ledger_settings)
    ledger.leave([1, 2])
    ledger.close()
    [table] = ask(filled, "/v1/reports/holdings?by=month").json()["tables"]
    running = table["rows"][-2]
    assert (running["cells"]["left"], running["marks"]["left"]) == (None, "small")
    text = ask(filled, "/v1/reports/holdings?by=month&format=csv").content.decode("utf-8-sig")
    assert ",<5," in text
    assert "mindestens: Hinzugekommen" in text


def test_questions_in_vain_have_the_form_of_all_reports(filled: Any) -> None:
    told = ask(filled, "/v1/reports/zero-hits").json()
    assert (told["terms"], told["tables"][0]["rows"]) == ([], [])
    assert "Fehlanzeigen" in ask(filled, "/v1/reports/zero-hits?format=csv").text
    assert ask(filled, "/v1/reports/zero-hits?format=xlsx").content.startswith(b"PK")
    assert ask(filled, "/v1/reports/zero-hits?format=pdf").content.startswith(b"%PDF")


def test_a_pdf_shows_the_same_figures(named: Any) -> None:
    answer = ask(named, "/v1/reports/holdings?format=pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="holdings.pdf"'
    text = "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(answer.content))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for table in ask(named, "/v1/reports/holdings").json()["tables"]:
        assert table["title"] in lines
        for row in table["rows"]:
            cells = [
                words(cell, Mark(row["marks"][name]) if name in row["marks"] else None)
                for name, cell in row["cells"].items()
            ]
            assert cells[0] == FORMULA or " ".join(cells) in lines
    assert FORMULA in text.replace("\u200b", "")
    assert not [word for word in ("Geheimer", "Kämmerei", "/srv/", "michelstadt") if word in text]


def test_a_table_is_drawn_where_there_is_something_to_draw(filled: Any) -> None:
    tables = ask(filled, "/v1/reports/holdings").json()["tables"]
    assert {table["chart"] for table in tables} == {True, False}
    for table in tables:
        expect = 200 if table["chart"] else 404
        answer = ask(filled, f"/v1/reports/holdings?format=svg&by={table['name']}", expect=expect)
        if table["chart"]:
            assert answer.headers["content-type"] == "image/svg+xml"
            assert answer.headers["content-disposition"] == 'attachment; filename="holdings.svg"'


def test_a_pdf_needs_a_place_and_other_files_do_not(filled: Any) -> None:
    token = filled.issuer.token("bauamt", roles=["reports"])
    client = filled.with_parts(exports=Slots(0))
    for kind, expect in (("pdf", 429), ("csv", 200), ("xlsx", 200)):
        answer = client.get(f"/v1/reports/use?format={kind}", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == expect
    for kind, expect in (("pdf", 429), ("json", 200)):
        answer = client.get(f"/v1/ready-reports/betrieb?format={kind}", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == expect


def test_ready_made_reports_have_the_figures_of_the_reports(filled: Any) -> None:
    listed = ask(filled, "/v1/ready-reports").json()["reports"]
    assert [one["name"] for one in listed] == ["betrieb", "datenschutz", "jahresbericht"]
    assert not [one for one in listed if one["problem"]]
    holdings = {t["name"]: t for t in ask(filled, "/v1/reports/holdings").json()["tables"]}
    for one in listed:
        told = ask(filled, f"/v1/ready-reports/{one['name']}").json()
        assert (told["title"], told["tenant"]) == (one["title"], "erbach")
        tables = {b["table"]["name"]: b["table"] for b in told["blocks"] if b["report"] == "holdings"}
        assert tables
        if told["from"] == holdings.get("from"):
            assert all(holdings[name] == table for name, table in tables.items())
        assert ask(filled, f"/v1/ready-reports/{one['name']}?format=pdf").content.startswith(b"%PDF")
    assert told["from"].endswith("-01-01")
    assert told["to"].endswith("-12-31")


@pytest.mark.parametrize("path", ["/v1/ready-reports", "/v1/ready-reports/betrieb", "/v1/ready-reports/nichts"])
def test_ready_made_reports_are_for_those_who_make_reports(filled: Any, path: str) -> None:
    ask(filled, path, expect=404, roles=["records-manager", "privacy", "cooperation"])
    software = {"act": {"sub": "fach", "groups": ["bauamt"]}}
    token = filled.issuer.token("bauamt", roles=["reports"], **software)
    assert filled.ask("GET", path, token=token).status_code == 404


def test_a_template_that_cannot_be_used_is_named_and_the_others_are_there(filled: Any) -> None:
    folder = filled.parts.templates._folder
    folder.mkdir()
    head = "".join(f'{name} = "x"\n' for name in ("title", "title_en", "description", "description_en"))
    (folder / "eigen.md").write_text(f"+++\n{head}+++\n\n{{{{ stadt }}}}", encoding="utf-8")
    (folder / "kaputt.md").write_text("nichts", encoding="utf-8")
    told = ask(filled, "/v1/ready-reports/eigen", expect=422).json()
    assert [error["field"] for error in told["errors"]] == ["template"]
    assert "eigen.md, Zeile 8" in told["detail"]
    listed = {one["name"]: one["problem"] for one in ask(filled, "/v1/ready-reports").json()["reports"]}
    assert "kaputt.md, Zeile 1" in listed["kaputt"]
    assert [listed[name] for name in ("betrieb", "eigen")] == [None, None]
    ask(filled, "/v1/ready-reports/nichts", expect=404)


def test_the_example_of_the_handbook_can_be_used(filled: Any) -> None:
    page = (Path(__file__).parents[3] / "docs" / "reports.md").read_text(encoding="utf-8")
    lines = page.splitlines()
    begin, end = lines.index("    +++"), lines.index('    {{ table("use", "month") }}')
    folder = filled.parts.templates._folder
    folder.mkdir()
    (folder / "eigen.md").write_text("\n".join(line[4:] for line in lines[begin : end + 1]), encoding="utf-8")
    told = ask(filled, "/v1/ready-reports/eigen").json()
    assert told["title"] == "Quartalsbericht"
    assert [block["kind"] for block in told["blocks"]] == ["heading", "paragraph", "table"]
    assert "Auffindbar sind 10 Unterlagen." in "".join(span["text"] for span in told["blocks"][1]["spans"])
