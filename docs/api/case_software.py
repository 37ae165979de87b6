"""An example of case-processing software: a clerk has a draft open, and wants to know how others decided.

    python docs/api/case_software.py DRAFT.txt "Antrag auf Fällung, Az. 632.6-31/2026" < clerk.token

The clerk's token is the one with which they signed in at this software; it must be meant for it (`aud`). The software
exchanges it for one with which it asks on the clerk's behalf: nothing is shown that either of them may not read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aktensuche_client import Aktensuche, Software


@dataclass(frozen=True)
class Precedent:
    """What a clerk needs of a record for a decision of their own."""

    citation: str
    why: tuple[str, ...]
    confidence: str
    #: page number and text of each place that fits
    passages: tuple[tuple[int, str], ...]
    record_id: str


def precedents(search: Aktensuche, draft: str, *, file_plan: str, purpose: str) -> Iterator[Precedent]:
    """Yield what is like a draft, without what is nearly the draft itself."""
    found = search.precedents(draft, fields={"file_plan": file_plan}, purpose=purpose, size=5)
    for hit in found["hits"]:
        if not hit["near_copy"]:
            yield Precedent(
                citation=hit["citation"],
                why=tuple(share["text"] for share in hit["shares"]),
                confidence=hit["confidence"],
                passages=tuple((passage["page"], passage["text"]) for passage in hit["passages"]),
                record_id=hit["record_id"],
            )


def paragraph(found: Precedent) -> str:
    """Return a precedent as it goes into a draft."""
    page, text = found.passages[0] if found.passages else (1, "")
    return f"Vgl. {found.citation} ({'; '.join(found.why)}), Seite {page}: „{text}“"


def main() -> None:
    """Print a paragraph for each precedent."""
    draft, purpose = Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2]
    clerk_token = sys.stdin.read().strip()
    with Software(os.environ["ISSUER"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]) as software:
        token = software.on_behalf_of(clerk_token)
        with Aktensuche(os.environ["AKTENSUCHE"], lambda: token) as search:
            for found in precedents(search, draft, file_plan=os.environ.get("FILE_PLAN", ""), purpose=purpose):
                sys.stdout.write(paragraph(found) + "\n\n")


if __name__ == "__main__":
    main()
