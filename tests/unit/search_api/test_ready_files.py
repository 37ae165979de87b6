"""Templates of ready-made reports: the installation's own stand in for ours; what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.errors import NotVisibleError
from search_api.ready_files import Period, TemplateError, TemplateFiles

HEAD = """+++
title = "Eigener Bericht"
title_en = "Own report"
description = "Was wir wissen wollen."
description_en = "What we want to know."
+++
"""


def written(folder: Path, text: str, name: str = "eigen") -> TemplateFiles:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return TemplateFiles(folder)


def test_three_come_with_the_system_and_all_can_be_used() -> None:
    files = TemplateFiles()
    assert files.names() == ("betrieb", "datenschutz", "jahresbericht")
    assert files.template("jahresbericht").head.period is Period.LAST_YEAR
    assert {files.template(name).head.period for name in ("betrieb", "datenschutz")} == {Period.TWELVE_MONTHS}


def test_a_file_of_the_installation_is_new_or_stands_in_for_ours(tmp_path: Path) -> None:
    files = written(tmp_path / "t", f"{HEAD}# Text\n")
    assert files.names() == ("betrieb", "datenschutz", "eigen", "jahresbericht")
    found = files.template("eigen")
    assert (found.head.title, found.text, found.begins, found.file) == ("Eigener Bericht", "# Text", 7, "eigen.md")
    written(tmp_path / "t", f"{HEAD}Kurz.", "betrieb")
    assert files.template("betrieb").text == "Kurz."
    (tmp_path / "t" / "betrieb.md").unlink()
    assert "Betriebsbericht" in files.template("betrieb").text


@pytest.mark.parametrize("name", ["nichts", "../ready_files", "betrieb.md", "", "BETRIEB", "a/b"])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    written(tmp_path, HEAD)
    with pytest.raises(NotVisibleError):
        TemplateFiles(tmp_path / "t").template(name)


@pytest.mark.parametrize(
    ("text", "line", "about"),
    [
        ("# Text", 1, "der Kopf fehlt"),
        ("", 1, "der Kopf fehlt"),
        ("+++\ntitle = 1", 1, "der Kopf fehlt"),
        ("+++\ntitle = Ohne Zeichen\n+++\n", 2, 'name = "Text"'),
        (HEAD.replace('title_en = "Own report"\n', ""), 1, "im Kopf fehlt „title_en“"),
        (HEAD.replace("title_en", "titel_en"), 1, "im Kopf fehlt „title_en“"),
        (
            HEAD.replace("+++\ntitle", '+++\nfarbe = "rot"\ntitle'),
            2,
            "„farbe“ kennt der Kopf nicht; möglich sind title",
        ),
        (HEAD.replace('"Own report"', "7"), 3, "„title_en“ ist ein Text"),
        (HEAD.replace('"Own report"', '""'), 3, "„title_en“ ist ein Text"),
        (HEAD.replace("+++\ntitle", '+++\nperiod = "immer"\ntitle'), 2, "last-year, twelve-months"),
        (HEAD + "x" * 70_000, 1, "größer als 64 KiB"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line_and_the_way_out(
    tmp_path: Path, text: str, line: int, about: str
) -> None:
    files = written(tmp_path, text)
    with pytest.raises(TemplateError) as caught:
        files.template("eigen")
    assert str(caught.value).startswith(f"eigen.md, Zeile {line}: ")
    assert about in str(caught.value)
    assert files.template("betrieb")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    files = written(tmp_path, HEAD)
    (tmp_path / "eigen.md").write_bytes(b"+++\n\xff\n+++\n")
    with pytest.raises(TemplateError, match="nicht in UTF-8"):
        files.template("eigen")
    (tmp_path / "eigen.md").unlink()
    (tmp_path / "eigen.md").mkdir()
    with pytest.raises(TemplateError, match="nicht lesbar"):
        files.template("eigen")
