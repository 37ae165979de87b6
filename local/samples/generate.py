"""Writes the sample folder: records and sidecars, the same bytes in each run. Puts nothing into the search."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from local.samples import office, pdf
from local.samples.building import building
from local.samples.council import council
from local.samples.model import Draft, Kind
from local.samples.order import dogs, roads, trees
from local.samples.services import day_care, personnel, procurement, registry
from local.samples.statutes import statutes
from local.samples.towns import TOWNS, Desk

#: holds the digest of what made the folder; a folder with this stamp is complete
STAMP = ".beispiel"
SUBJECTS = (statutes, building, trees, dogs, roads, council, day_care, procurement, personnel, registry)
WRITERS = {
    Kind.PDF: pdf.pdf,
    Kind.PDFA: pdf.pdfa,
    Kind.SCAN: pdf.scan,
    Kind.TIFF: pdf.tiff,
    Kind.ENCRYPTED: pdf.encrypted,
    Kind.DAMAGED: pdf.damaged,
    Kind.EMPTY: pdf.empty,
    Kind.DOCX: office.as_docx,
    Kind.ODT: office.as_odt,
    Kind.XLSX: office.as_xlsx,
    Kind.PPTX: office.as_pptx,
    Kind.HTML: office.as_html,
    Kind.HTML_1252: office.as_html_1252,
    Kind.TXT: office.as_txt,
    Kind.TXT_1252: office.as_txt_1252,
}


def plan() -> Iterator[Draft]:
    """Give all records, in the order in which the towns' numbers are given out."""
    for town in TOWNS:
        desk = Desk(town)
        for subject in SUBJECTS:
            yield from subject(desk)


def render(draft: Draft) -> bytes:
    """Return the bytes of one record."""
    attached = [(attachment.file_name, render(attachment)) for attachment in draft.attachments]
    if draft.kind is Kind.EML:
        return office.as_eml(draft, attached)
    if draft.kind is Kind.ZIP:
        return office.archive(attached)
    return WRITERS[draft.kind](draft)


def write(draft: Draft, folder: Path) -> None:
    """Write one record and its sidecar."""
    path = folder / draft.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(render(draft))
    sidecar = json.dumps(draft.sidecar(), ensure_ascii=False, indent=1)
    path.with_name(f"{draft.file_name}.meta.json").write_text(sidecar + "\n", encoding="utf-8")


def digest() -> str:
    """Hash what the samples are made from: the text of this package."""
    made_from = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        made_from.update(source.read_bytes())
    return made_from.hexdigest()


def generate(folder: Path) -> int:
    """Write all samples below the folder and return how many files they are; a complete folder is left alone."""
    drafts = list(plan())
    stamp = folder / STAMP
    made_from = digest()
    if stamp.exists() and stamp.read_text(encoding="utf-8").strip() == made_from:
        return len(drafts)
    stamp.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder, drafts)
    # spawn: a forked copy of a process with threads may wait forever for a lock nobody holds
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for _ in pool.map(partial(write, folder=folder), drafts, chunksize=8):
            pass
    stamp.write_text(made_from + "\n", encoding="utf-8")
    return len(drafts)


def remove_leftovers(folder: Path, drafts: list[Draft]) -> None:
    """Take away what an older version wrote and this one no longer has."""
    wanted = {draft.path for draft in drafts} | {f"{draft.path}.meta.json" for draft in drafts}
    for town in TOWNS:
        for path in (folder / town.tenant).rglob("*"):
            if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
                path.unlink()
