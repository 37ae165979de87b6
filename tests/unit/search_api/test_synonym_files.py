"""The towns' own lists of synonyms, as files."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from search_api.synonym_files import SynonymFiles, load


def test_a_list_that_is_saved_holds_at_once_for_its_town(tmp_path: Path) -> None:
    files = SynonymFiles(tmp_path)
    assert files.of("erbach").alternatives("Krabbelstube") == ()
    (tmp_path / "erbach.txt").write_text("Quelle: Beispiel\nKita = Krabbelstube\n", encoding="utf-8")
    assert files.of("erbach").alternatives("Krabbelstube") == ("Kita",)
    assert files.of("michelstadt").alternatives("Krabbelstube") == ()
    assert "Bebauungsplan" in files.of("erbach").alternatives("B-Plan")


def test_a_broken_list_leaves_the_last_good_one_and_names_its_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "erbach.txt"
    own.write_text("Quelle: Beispiel\nKita = Krabbelstube\n", encoding="utf-8")
    files = SynonymFiles(tmp_path)
    before = files.of("erbach")
    with caplog.at_level(logging.ERROR):
        for text in ("Quelle: Beispiel\nKita\n", "Quelle: Bei\xdf\n"):
            own.write_text(text, encoding="latin-1")
            assert files.of("erbach") is files.of("erbach") is before
    assert "erbach.txt, line 2: no `=` between words; write `Kita = Kindertagesstätte`" in caplog.messages[0]
    assert "is not in UTF-8" in caplog.messages[1]
    assert len(caplog.messages) == 2


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"fehlt\.txt cannot be read"):
        load(tmp_path / "fehlt.txt")


def test_without_a_folder_there_is_the_common_list() -> None:
    assert SynonymFiles().of("erbach").alternatives("FNP")
