"""Invented letters as PDF, of as many pages as wanted: what towns have, where it matters how long reading takes."""

from __future__ import annotations

import io

from reportlab.pdfgen.canvas import Canvas

_WORDS = (
    "Antrag", "Bescheid", "Gebühr", "Grundstück", "Nachbar", "Frist", "Widerspruch", "Rechnung", "Beschluss",
    "Haushalt", "Zuschuss", "Verein", "Nutzung", "Miete", "Satzung", "Umleitung", "Platz", "Vergabe", "Angebot",
    "Stellungnahme", "Einwendung", "Betrag", "Grenze",
)  # fmt: skip


def letter(said: str, *, pages: int, words: int = 0) -> bytes:
    """Return a PDF that says something on each of its pages, and so many words beside."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in range(1, pages + 1):
        canvas.drawString(72, 720, f"{said} Seite {page}")
        for line in range(words // 10):
            canvas.drawString(72, 700 - 14 * line, " ".join(_WORDS[(line * 10 + n) % len(_WORDS)] for n in range(10)))
        canvas.showPage()
    canvas.save()
    return out.getvalue()
