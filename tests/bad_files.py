"""Makes a folder of files as they go wrong in real life, each with the fate it deserves, between good ones."""

from __future__ import annotations

import io
import json
import os
import random
import socket
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import xlsxwriter
from reportlab.pdfgen.canvas import Canvas

from records.reasons import Reason

#: the fate of a file that is taken in
INDEXED = "indexed"
HUGE = 500_000_000
PAGES = 5_000
MARKED_PAGE = 4_711
ATTACHMENTS = 50


@dataclass(frozen=True)
class Case:
    """One file: its path as the ledger names it, the fates that are right for it, and a word to find it by."""

    path: str
    fates: frozenset[str]
    word: str | None = None


@dataclass
class BadFolder:
    """The folder with what is in it."""

    place: Path
    cases: list[Case] = field(default_factory=list)
    good: list[Case] = field(default_factory=list)
    #: deleted by the test while the import reads
    vanishing: list[Path] = field(default_factory=list)
    #: read first: its time of access tells that the listing is over
    first: Path = Path()
    _socket: socket.socket | None = None

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()

    def add(self, name: str, content: bytes | None, *fates: str, word: str | None = None) -> Path:
        """Write one bad file, and a good one after every fourth."""
        path = self.place / name
        if content is not None:
            path.write_bytes(content)
        self.cases.append(Case(name, frozenset(fates), word))
        if len(self.cases) % 4 == 0:
            number = len(self.good)
            good, word = f"{name[:2]}-gut-{number:02}.txt", f"Gutfall{number:02}"
            text = f"Beispiel: Der Vermerk mit dem Kennwort {word} ist eine gewöhnliche Datei.\n"
            (self.place / good).write_text(text, encoding="utf-8")
            self.good.append(Case(good, frozenset({INDEXED}), word))
        return path

    def sidecar(self, name: str, content: dict[str, object] | bytes) -> None:
        """Write what stands beside a file."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (self.place / f"{name}.meta.json").write_bytes(data)


def write_bad_files(place: Path) -> BadFolder:
    """Fill an empty folder; the same each time."""
    folder = BadFolder(place)
    # as large as is needed for the files at the end to vanish before they are read
    folder.first = folder.add("00-verschlossen.zip", _locked_zip(80_000_000), Reason.ENCRYPTED)
    for part in (_on_disk, _documents, _archives, _links, _sidecars, _names):
        part(folder)
    for number in range(3):
        folder.vanishing.append(folder.add(f"zz-weg-{number}.txt", b"gleich weg", Reason.VANISHED))
    os.utime(folder.first, ns=(0, folder.first.stat().st_mtime_ns))
    return folder


def _on_disk(folder: BadFolder) -> None:
    folder.add("10-leer.pdf", b"", Reason.EMPTY)
    huge = folder.add("10-riesig.pdf", b"%PDF-1.7\n", Reason.TOO_LARGE)
    os.truncate(huge, HUGE)
    folder.add("10-gesperrt.txt", b"geheim", Reason.NO_PERMISSION).chmod(0)
    os.mkfifo(folder.add("10-rohr", None, Reason.NO_FILE))
    folder._socket = socket.socket(socket.AF_UNIX)
    folder._socket.bind(str(folder.add("10-buchse", None, Reason.NO_FILE)))
    folder.add("10-nullen.txt", b"Beispiel\x00mit\x00Nullbytes Nullfall01 Ende", INDEXED, Reason.DAMAGED)
    folder.add("10-nur-nullen.txt", bytes(5_000), INDEXED, Reason.DAMAGED)
    folder.add("10-zufall.bin", random.Random(4).randbytes(50_000), INDEXED)
    folder.add("10-zufall.docx", random.Random(5).randbytes(50_000), Reason.DAMAGED)


def _documents(folder: BadFolder) -> None:
    plain = _pdf(3, lambda n: f"Beispiel Seite {n} vom Haushalt der Stadt")
    folder.add("20-abgeschnitten.pdf", plain[: len(plain) // 3], Reason.DAMAGED, INDEXED)
    folder.add("20-nur-kopf.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", Reason.DAMAGED)
    folder.add("20-kennwort.pdf", _locked_pdf(plain), Reason.ENCRYPTED)
    folder.add("20-in-wahrheit-pdf.txt", _pdf(1, lambda _: "Tarnfall Eins"), INDEXED, word="Tarnfall")
    folder.add("20-in-wahrheit-text.pdf", b"Nur Text, kein PDF: Tarnfall Zwei", Reason.DAMAGED, INDEXED)
    folder.add("20-skript.pdf", _script_pdf(), INDEXED, word="Skriptfall")
    folder.add(
        "20-viele-seiten.pdf",
        _pdf(PAGES, lambda n: "Beispiel Seitenfall" if n == MARKED_PAGE else "Beispiel Protokoll"),
        INDEXED,
        word="Seitenfall",
    )
    # the same passage again and again, so that meaning search has one vector to make and not ten thousand
    paragraph = ("Beispiel: Der Bauhof räumt im Winter alle Straßen und Plätze. " * 15)[:900]
    long = f"{paragraph}\n\n" * (12_000_000 // 902) + "Langfall am Ende"
    folder.add("20-lang.txt", long.encode(), INDEXED, word="Langfall")
    folder.add("20-eine-zeile.txt", b"x" * 3_000_000 + b" Zeilenfall", INDEXED)
    folder.add("20-tief.html", b"<div>" * 100_000 + b"Tieffall" + b"</div>" * 100_000, INDEXED, Reason.DAMAGED)
    folder.add("20-lachen.xml", _laughs(), INDEXED, Reason.DAMAGED)
    folder.add("20-fremd.xml", _outside_entity(), INDEXED, Reason.DAMAGED)
    folder.add("20-kaputt.docx", _broken_zip("word/document.xml"), Reason.DAMAGED, INDEXED)
    folder.add("20-duenn.xlsx", _sparse_sheet(), INDEXED, word="Tabellenfall")
    folder.add("20-kaputt.eml", _broken_mail(), INDEXED)
    folder.add("20-alte-umlaute.eml", _old_mail(), INDEXED, word="Altfall")
    folder.add("20-viele-anlagen.eml", _mail(ATTACHMENTS), INDEXED, word="Anlagenfall")


def _archives(folder: BadFolder) -> None:
    inner = b"Beispiel Innenfall"
    for level in range(3):
        inner = _zip({f"ebene-{level}.{'zip' if level else 'txt'}": inner})
    folder.add("30-dreifach.zip", inner, INDEXED)
    for level in range(3, 9):
        inner = _zip({f"ebene-{level}.zip": inner})
    folder.add("30-zu-tief.zip", inner, INDEXED)
    folder.add("30-bombe.zip", _zip({"null.txt": bytes(150_000_000)}), Reason.ARCHIVE_BOMB)
    bomb = _zip({f"b{n}.zip": _zip({f"null{n}-{m}.txt": bytes(9_000_000) for m in range(10)}) for n in range(12)})
    folder.add("30-bombe-in-stufen.zip", bomb, INDEXED, Reason.ARCHIVE_BOMB)
    folder.add("30-viele.zip", _zip({f"d{n}.txt": b"x" for n in range(3_000)}), Reason.ARCHIVE_BOMB)
    slip = {"../../etc/aktensuche-ausbruch": b"Ausbruchfall", "/tmp/aktensuche-ausbruch": b"Ausbruchfall"}  # noqa: S108
    folder.add("30-ausbruch.zip", _zip({**slip, "C:\\x\\y.txt": b"Ausbruchfall"}), INDEXED)
    folder.add("30-langer-name.zip", _zip({"n" * 60_000 + ".txt": b"Beispiel Langnamensfall"}), INDEXED)
    same = {"b.zip!/c.txt": b"Beispiel Gleichfall", "b.zip": _zip({"c.txt": b"Beispiel Gleichfall"})}
    folder.add("30-gleiche-namen.zip", _zip(same), INDEXED)
    folder.add("30-kaputt.zip", _broken_zip("akten/bericht.txt"), INDEXED, Reason.DAMAGED)
    folder.add("30-halb.zip", _zip({"a.txt": bytes(range(256)) * 40})[:-60], Reason.DAMAGED, INDEXED)
    folder.add("30-leer.zip", _zip({}), INDEXED, Reason.DAMAGED)


def _links(folder: BadFolder) -> None:
    folder.add("40-hinaus.txt", None, Reason.LINK_LEAVES).symlink_to("/etc/hostname")
    folder.add("40-hinaus-oben.txt", None, Reason.LINK_LEAVES).symlink_to("../../../etc/passwd")
    folder.add("40-ins-leere.txt", None, Reason.LINK_LEAVES).symlink_to("gibt-es-nicht.txt")
    folder.add("40-kreis-a", None, Reason.LINK_LEAVES).symlink_to("40-kreis-b")
    folder.add("40-kreis-b", None, Reason.LINK_LEAVES).symlink_to("40-kreis-a")
    (folder.place / "40-ordner").mkdir()
    (folder.place / "40-ordner" / "zurueck").symlink_to("..")  # a loop of folders: passed over, no file


def _sidecars(folder: BadFolder) -> None:
    said: list[tuple[str, dict[str, object] | bytes, str]] = [
        ("kaputt", b'{"title": "Beispiel', Reason.SIDECAR),
        ("kein-objekt", b"[1, 2]", Reason.SIDECAR),
        ("tief", b"[" * 100_000, Reason.SIDECAR),
        ("andere-kommune", {"tenant": "oberzent"}, Reason.TENANT),
        ("fremde-leser", {"readers": ["oberzent/bauamt"]}, Reason.SIDECAR),
        ("leser-trick", {"readers": ['x","erbach/leitung']}, Reason.SIDECAR),
        ("unbekannte-stufe", {"confidentiality": "ultra"}, Reason.SIDECAR),
        ("unbekannte-klasse", {"privacy_class": "ultra"}, Reason.SIDECAR),
        ("geheim", {"confidentiality": "Streng geheim"}, Reason.CLASSIFIED),
        ("datum", {"date": "31.02.2025"}, Reason.SIDECAR),
        ("ersatzzeichen", b'{"title": "Beispiel \\ud800", "x": "\\udfff"}', INDEXED),
        ("ungeheure-zahl", b'{"betrag": 1e999, "n": ' + b"9" * 4_000 + b"}", Reason.SIDECAR),
    ]
    for name, content, fate in said:
        fates = (fate, Reason.SIDECAR) if fate == INDEXED else (fate,)
        folder.add(f"50-{name}.txt", f"Beispiel Begleitfall {name}".encode(), *fates)
        folder.sidecar(f"50-{name}", content)


def _names(folder: BadFolder) -> None:
    for name in (unicodedata.normalize("NFD", "60-Grüße-aus-Köln.txt"), "60-🏠-Haus.txt", "60-" + "l" * 248 + ".txt"):
        folder.add(name, b"Beispiel Namensfall", INDEXED, word="Namensfall")
    raw = b"60-stra\xdfe.txt"
    (folder.place / os.fsdecode(raw)).write_bytes(b"Beispiel Lateinfall")
    folder.add("60-stra\\xdfe.txt", None, INDEXED, word="Lateinfall")
    folder.add("60-zeile\nneu;$(x)'\".txt", b"Beispiel Zeichenfall", INDEXED, word="Zeichenfall")
    folder.add("60-ohne-endung", b"Beispiel Endungsfall", INDEXED, word="Endungsfall")


def _pdf(pages: int, text: Callable[[int], str]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=0)
    for number in range(1, pages + 1):
        canvas.drawString(72, 720, text(number))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _locked_pdf(plain: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="oben", user="unten"))
    return out.getvalue()


def _script_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(_pdf(1, lambda _: "Beispiel Skriptfall"))) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="while(true){app.alert('x')}")
        pdf.Root.OpenAction = pdf.make_indirect(script)
        pdf.save(out)
    return out.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _broken_zip(name: str) -> bytes:
    """Return an archive whose directory is whole and whose content is not."""
    data = bytearray(_zip({"[Content_Types].xml" if name.startswith("word") else "gut.txt": b"<x/>", name: b"a" * 900}))
    place = data.index(name.encode()) + len(name)
    data[place : place + 8] = b"\xff" * 8
    return bytes(data)


def _locked_zip(size: int) -> bytes:
    """Return an archive of `size` bytes whose member says that it is encrypted."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.txt", bytes(size))
    data = bytearray(out.getvalue())
    directory = data.rindex(b"PK\x01\x02")
    for flags in (6, directory + 8):
        (bits,) = struct.unpack_from("<H", data, flags)
        struct.pack_into("<H", data, flags, bits | 1)
    return bytes(data)


def _laughs() -> bytes:
    names = [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    return f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "ha">{"".join(names)}]><l>&l9;</l>'.encode()


def _outside_entity() -> bytes:
    return b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>Beispiel &e;</x>'


def _sparse_sheet() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Dünn")
        sheet.write(0, 0, "Beispiel Tabellenfall")
        sheet.write(1_048_575, 16_383, "unten rechts")
    return out.getvalue()


def _broken_mail() -> bytes:
    return (
        b"From: =?utf-8?Q?kaputt?= <<<@@\r\nTo: ,,;;\r\nSubject: =?x-nix?B?!!!?=\r\nDate: gestern\r\n"
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="nie"\r\n\r\n--anders\r\nContent-Type: text/plain; charset=nix\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n%%%%\r\n"
    )


def _old_mail() -> bytes:
    """Return a mail with umlauts that nobody declared, in its head and in the name of an attachment."""
    text = (
        "From: müller@example.org\r\nTo: bauamt@example.org\r\nSubject: Beispiel Altfall für Köln\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="g"\r\n\r\n--g\r\n\r\nGrüße\r\n--g\r\n'
        'Content-Type: text/plain; name="Größe.txt"\r\nContent-Disposition: attachment; filename="Größe.txt"\r\n\r\n'
        "Beispiel Anhang\r\n--g--\r\n"
    )
    return text.encode("latin-1")


def _mail(attachments: int) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "poststelle@example.org", "bauamt@example.org"
    mail["Subject"], mail["Date"] = "Beispiel Anlagenfall", "Mon, 03 Mar 2025 10:00:00 +0100"
    mail.set_content("Anbei die Pläne.")
    for number in range(attachments):
        mail.add_attachment(f"Beispiel Anlage {number}", filename=f"Plan {number}.txt")
    return mail.as_bytes()
