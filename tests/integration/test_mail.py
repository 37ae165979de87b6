"""A folder of mails, of the internet and of Outlook: attachments are records of their own, with parent and readers."""

from __future__ import annotations

import io
import json
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.outlook import outlook_mail
from tests.stack import Stack

pytestmark = pytest.mark.stack


def _pdf(words: str, attached: bytes) -> bytes:
    plain, out = io.BytesIO(), io.BytesIO()
    canvas = Canvas(plain, invariant=1)
    canvas.drawString(72, 720, words)
    canvas.save()
    with pikepdf.open(plain) as pdf:
        pdf.attachments["rechnung.xml"] = pikepdf.AttachedFileSpec(pdf, attached)
        pdf.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def mails(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    place: Path = tmp_path_factory.mktemp("post")
    inner = outlook_mail("Weitergeleitet", "Beispiel Innenbrief", {"tief.txt": b"Beispiel Tiefenanlage"})
    outlook = outlook_mail(
        "Einladung Ortstermin",
        "Beispiel Außenbrief",
        {"Lageplan ä.txt": b"Beispiel Lageplananlage", "weiter.msg": inner, "../oben.txt": b"Beispiel Obenanlage"},
    )
    (place / "a.msg").write_bytes(outlook)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@beispiel.example", "b@beispiel.example", "Rechnung Schulbus"
    mail.set_content("Beispiel Netzbrief")
    pdf = _pdf("Beispiel Rechnungsblatt", b"<r>Beispiel Rechnungsdaten</r>")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="r.pdf")
    mail.add_attachment(outlook, maintype="application", subtype="octet-stream", filename="alt.msg")
    (place / "b.eml").write_bytes(mail.as_bytes())
    for name in ("a", "b"):
        (place / f"{name}.meta.json").write_text(json.dumps({"readers": ["bauamt"], "file_reference": f"P-{name}"}))
    summary: dict[str, int] = stack.json("import", str(place), "--tenant", "michelstadt")
    return summary


def _found(stack: Stack, word: str, group: str = "bauamt") -> list[dict[str, Any]]:
    with stack.client("michelstadt", [group]) as api:
        answer = api.post("/v1/search", json={"query": f'"{word}"', "mode": "keyword"}).raise_for_status()
        hits = answer.json()["hits"]
        return [api.get(f"/v1/records/{hit['record_id']}").raise_for_status().json() for hit in hits]


def test_everything_is_taken_in(mails: dict[str, int]) -> None:
    assert (mails["files"], mails["indexed"]) == (2, 2)
    # three in the mail, one in the mail inside; the same again in the other mail, with its PDF and what lies in it
    assert mails["children"] == 4 + 1 + 4 + 2


@pytest.mark.parametrize(
    ("word", "name", "copies"),
    [
        *(("Lageplananlage", "Lageplan ä.txt", 2), ("Obenanlage", "oben.txt", 2), ("Innenbrief", "weiter.msg", 2)),
        *(("Tiefenanlage", "tief.txt", 2), ("Rechnungsblatt", "r.pdf", 1), ("Rechnungsdaten", "rechnung.xml", 1)),
    ],
)
@pytest.mark.usefixtures("mails")
def test_what_is_attached_is_a_record_of_its_own(stack: Stack, word: str, name: str, copies: int) -> None:
    found = _found(stack, word)
    assert [record["file_name"] for record in found] == [name] * copies
    parents = {record["parent_id"] for record in found}
    assert len(parents) == copies
    assert None not in parents
    # where it belongs comes from the mail, and so do its readers
    assert {record["file_reference"] for record in found} <= {"P-a", "P-b"}
    assert not _found(stack, word, "hauptamt")


@pytest.mark.usefixtures("mails")
def test_the_mail_has_its_subject_and_not_the_words_of_what_it_carries(stack: Stack) -> None:
    (a, b) = sorted(_found(stack, "Außenbrief"), key=lambda record: record["parent_id"] or "")
    assert a["title"] == b["title"] == "Einladung Ortstermin"
    assert (a["parent_id"], b["file_name"]) == (None, "alt.msg")
