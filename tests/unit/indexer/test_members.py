"""Archives and mails: names that any store takes, damage that is named."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from indexer.members import SEPARATOR, Member, read_archive, read_mail, read_unpacked, unique_names
from indexer.settings import LimitSettings
from indexer.tika import UnreadableError
from records.reasons import Reason


def test_a_damaged_member_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("gut.txt", b"Beispiel")
        archive.writestr("kaputt.txt", b"a" * 900)
    data = bytearray(out.getvalue())
    place = data.index(b"kaputt.txt") + len("kaputt.txt")
    data[place : place + 8] = b"\xff" * 8
    (tmp_path / "a.zip").write_bytes(data)
    _, found = read_archive(tmp_path / "a.zip", LimitSettings())
    faults = {m.name: m.fault and m.fault.reason for m in found}
    assert faults == {"gut.txt": None, "kaputt.txt": Reason.DAMAGED}


def test_names_differ_fit_and_cannot_pass_for_a_member_of_a_member() -> None:
    given = ["a", "a", "a (2)", "", "\x00", "b.zip!/c", "halb\udce4", "n" * 5_000 + ".pdf", "n" * 5_000 + "m.pdf"]
    names = [name for name, _ in unique_names(Member(name, b"") for name in given)]
    assert len(set(names)) == len(given)
    assert all(name.encode() and len(name) < 1_010 and SEPARATOR not in name for name in names)
    assert names[-1].endswith(" (2)") or names[-1].endswith(".pdf")


def test_a_mail_with_undeclared_umlauts(tmp_path: Path) -> None:
    mail = (
        "From: müller@example.org\r\nSubject: Größe\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="g"\r\n\r\n--g\r\n\r\nGrüße\r\n'
        '--g\r\nContent-Disposition: attachment; filename="ä.txt"\r\n\r\nx\r\n--g--\r\n'
    )
    (tmp_path / "a.eml").write_bytes(mail.encode("latin-1"))
    extraction, found = read_mail(tmp_path / "a.eml", LimitSettings())
    assert (extraction.title or "").encode()
    assert extraction.pages[0].text.encode()
    assert all(name.encode() for name, _ in unique_names(found))


def test_what_tika_took_out_comes_under_the_same_limits(tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    packed.write_bytes(b"")
    assert list(read_unpacked(packed, LimitSettings())) == []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("anlage.txt", "Beispiel")
        archive.writestr("gross.bin", bytes(20_000))
    names = [m.name for m in read_unpacked(packed, LimitSettings())]
    assert names == ["anlage.txt", "gross.bin"]
    with pytest.raises(UnreadableError) as refused:
        read_unpacked(packed, LimitSettings(archive_members=1))
    assert refused.value.fault.reason == Reason.ARCHIVE_BOMB
