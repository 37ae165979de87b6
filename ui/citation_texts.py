"""The sentences of citations, German and English; a part of ui.texts.TEXTS."""

from __future__ import annotations

CITATION_TEXTS: dict[str, tuple[str, str]] = {
    "citations": ("Zitate", "Citations"),
    "cites": ("Zitiert", "Cites"),
    "cited_by": ("Wird zitiert von", "Cited by"),
    "cited_all": ("Alle Zitate", "All citations"),
    "cites_none": ("Diese Unterlage zitiert nichts, was hier erkannt wird.", "This record cites nothing known here."),
    "cited_by_none": (
        "Keine Unterlage, die Sie lesen dürfen, zitiert das Aktenzeichen dieser Unterlage.",
        "No record that you may read cites the file reference of this record.",
    ),
    "citing": ("Wer zitiert das?", "What cites this?"),
    "citing_of": ("Unterlagen, die {of} zitieren", "Records that cite {of}"),
    "citing_found": ("{n} Unterlagen", "{n} records"),
    "citing_found_one": ("1 Unterlage", "1 record"),
    "citing_none": (
        "Keine Unterlage, die Sie lesen dürfen, zitiert das.",
        "No record that you may read cites this.",
    ),
    "citing_what": (
        "Paragraph, Gerichtsentscheidung, Aktenzeichen oder Drucksache",
        "Paragraph, ruling, file or paper",
    ),
    "citing_hint": (
        "So, wie es zitiert wird: § 34 BauGB, 4 C 7.10, 632.1-12/2024, Drucksache 2021/1198",
        "As it is cited: § 34 BauGB, 4 C 7.10, 632.1-12/2024, Drucksache 2021/1198",
    ),
    "citing_find": ("Unterlagen suchen", "Find records"),
    "citing_refused": (
        "Das ist nichts, was zitiert werden kann. Schreiben Sie es so, wie es zitiert wird.",
        "This is nothing that can be cited. Write it as it is cited.",
    ),
    "citing_carrying": ("Unterlagen, die dieses Zeichen selbst tragen", "Records that carry this number themselves"),
    "citing_first": ("Von vorn", "From the beginning"),
    "kind_paragraph": ("Rechtsgrundlage", "Paragraph"),
    "kind_ruling": ("Gerichtsentscheidung", "Ruling"),
    "kind_file_reference": ("Aktenzeichen", "File reference"),
    "kind_paper": ("Drucksache", "Paper"),
}
