"""A record as the engine keeps it, and back. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from mappings import Field
from mappings.records import PART_LENGTH
from records import identifiers
from records.access import PrivacyClass
from records.citations import Citation, CitedKind, Place, citations, own_keys, places
from records.compounds import SEAM
from records.index import Found, Snippet
from records.lexicon import lexicon
from records.opensearch.clauses import MARK_BEGIN, MARK_END, numbers
from records.opensearch.rights import rights_fields
from records.record import Metadata, Original, Page, Passage, Record, TextState
from records.release import ReleaseForm

_LEAD_LENGTH = 300
_WORD = re.compile(r"[^\W_][^\W_-]*(?:-[^\W_]+)*")
_MARKS = str.maketrans({MARK_BEGIN: " ", MARK_END: " ", SEAM: " "})
#: a paper's own number stands in its head, those of others further down
_HEAD_LENGTH = 500
_MOST_NUMBERS = 5_000
#: a collection of laws cites more than anybody reads
_MOST_CITED = 2_000
#: how much is shown around a citation, in characters
_BEFORE, _SHOWN = 120, 280

#: what the engine has to send back for a hit
FOUND_FIELDS = [
    field
    for field in Field
    if field
    not in {
        *(Field.READERS, Field.DENY, Field.READER_IDS, Field.DENY_IDS),
        *(Field.PAGES, Field.PASSAGES, Field.TITLE_WORDS, Field.TITLE_PARTS, Field.ABOUT),
        *(Field.NUMBERS, Field.FIRST_NUMBERS, Field.NUMBER_PARTS, Field.CITES, Field.CITED),
        # SECURITY: to whom else something is released is nobody's business.
        *(Field.PARTNERS, Field.PARTNER_IDS, Field.UNTIL),
    }
]


def clean(text: str) -> str:
    """Return text in normal form C without the characters that mark found words and the parts of compounds."""
    return unicodedata.normalize("NFC", text).translate(_MARKS)


def title_words(title: str) -> list[str]:
    """Return the words of a title that are offered as completions: at least three letters, lower case."""
    return sorted({w for w in _WORD.findall(clean(title).lower()) if len(w) > 2 and not w.isdigit()})  # noqa: PLR2004


def to_document(record: Record) -> dict[str, Any]:
    """Return the engine's document of a record. Refuses nothing: a Record is checked where it is made."""
    access, meta = record.access, record.metadata
    document: dict[str, Any] = {
        Field.RECORD_ID: record.record_id,
        Field.PARENT_ID: record.parent_id,
        Field.SOURCE: record.source,
        **rights_fields(access),
        Field.TITLE: clean(meta.title),
        Field.TITLE_WORDS: title_words(meta.title),
        Field.TITLE_PARTS: lexicon().seamed(clean(meta.title)),
        **numbers_of(meta.title, record.pages),
        Field.SOURCE_ID: meta.source_id,
        Field.FILE_REFERENCE: meta.file_reference,
        Field.FILE_PLAN: meta.file_plan,
        Field.DOCUMENT_TYPE: meta.document_type,
        Field.DATE: meta.date.isoformat() if meta.date else None,
        Field.YEAR: f"{meta.date.year:04}" if meta.date else None,
        Field.DEPARTMENT: meta.department,
        Field.CASE_TYPE: meta.case_type,
        Field.CASE_REFERENCE: meta.case_reference,
        Field.RETENTION_END: meta.retention_end.isoformat() if meta.retention_end else None,
        Field.FIELDS: meta.fields or None,
        Field.FILE_NAME: record.original.file_name,
        Field.MEDIA_TYPE: record.original.media_type,
        Field.SIZE: record.original.size,
        Field.SHA256: record.original.sha256,
        Field.TEXT: record.text_state.value,
        **words_and_vectors(meta, record.pages, record.passages, record.vectors),
    }
    return {name: value for name, value in document.items() if value is not None}


def numbers_of(title: str, pages: Sequence[Page]) -> dict[str, Any]:
    """Return the part of a document that is made of the numbers in its title and text."""
    first = next((page.text for page in pages if page.text.strip()), "")
    whole: dict[str, None] = {}
    parts: dict[str, None] = {}
    for text in (clean(title), *(clean(page.text) for page in pages)):
        for number in identifiers.in_text(text):
            whole[number.key] = None
            parts.update(dict.fromkeys(number.parts))
    near = [number.key for text in (clean(title), clean(first)[:_HEAD_LENGTH]) for number in identifiers.in_text(text)]
    return {
        Field.NUMBERS: list(whole)[:_MOST_NUMBERS],
        Field.FIRST_NUMBERS: list(dict.fromkeys(near)),
        Field.NUMBER_PARTS: list(parts)[:_MOST_NUMBERS],
    }


def words_and_vectors(
    metadata: Metadata, pages: Sequence[Page], passages: Sequence[Passage], vectors: Sequence[bytes] | None
) -> dict[str, Any]:
    """Return the part of a document that is made of its text, and of what text and title cite."""
    cited = {one.key: one for one in citations(clean(metadata.title))}
    parts: list[dict[str, Any]] = []
    for page in pages:
        text = clean(page.text)
        found = places(text)
        for place in found:
            cited.setdefault(place.citation.key, place.citation)
        parts += [
            {
                "number": page.number,
                "part": part,
                "text": piece,
                "parts": lexicon().seamed(piece),
                **_cites(found, begin, begin + len(piece)),
                **_recognised(page.confidence),
            }
            for part, (begin, piece) in enumerate(_parts(text))
        ]
    # what a record says of itself is no citation
    own = own_keys(metadata)
    others = [one for key, one in cited.items() if key not in own][:_MOST_CITED]
    confidence = {page.number: page.confidence for page in pages}
    return {
        Field.PAGE_COUNT: max((page.number for page in pages), default=0),
        Field.VECTORS: _vector_state(passages, vectors),
        Field.LEAD: next((_lead(p.text) for p in pages if p.text.strip()), None),
        Field.CITES: [one.key for one in others] or None,
        Field.CITED: [f"{one.kind} {one.text}" for one in others] or None,
        Field.PAGES: parts,
        Field.PASSAGES: [
            {
                "page": passage.page,
                "start": passage.start,
                "end": passage.end,
                "text": clean(passage.text),
                **_recognised(confidence.get(passage.page)),
                **({"vector": numbers(vector)} if vector is not None else {}),
            }
            for passage, vector in zip(passages, vectors or (None,) * len(passages), strict=True)
        ],
    }


def _cites(found: Sequence[Place], begin: int, end: int) -> dict[str, list[str]]:
    keys = dict.fromkeys(place.citation.key for place in found if begin <= place.start < end)
    return {"cites": list(keys)} if keys else {}


def _recognised(confidence: int | None) -> dict[str, int]:
    return {} if confidence is None else {"confidence": confidence}


def _vector_state(passages: Sequence[Passage], vectors: Sequence[bytes] | None) -> str:
    if not passages:
        return "none"
    return "pending" if vectors is None else "done"


def _lead(text: str) -> str:
    text = clean(text).strip()
    return text if len(text) <= _LEAD_LENGTH else text[:_LEAD_LENGTH].rsplit(" ", 1)[0] + " …"


def _parts(text: str) -> list[tuple[int, str]]:
    """Return the pieces of a page, each with where it begins."""
    parts, begin = [], 0
    while len(text) > PART_LENGTH:
        cut = max(text.rfind(" ", PART_LENGTH // 2, PART_LENGTH), text.rfind("\n", PART_LENGTH // 2, PART_LENGTH))
        cut = cut + 1 if cut > 0 else PART_LENGTH
        parts.append((begin, text[:cut]))
        text, begin = text[cut:], begin + cut
    return [*parts, (begin, text)]


def to_citations(source: dict[str, Any]) -> tuple[Citation, ...]:
    """Return what a record cites."""
    told = (one.split(" ", 1) for one in source.get(Field.CITED, []))
    return tuple(Citation(CitedKind(kind), text) for kind, text in told)


def to_found(source: dict[str, Any]) -> Found:
    """Return what a principal may see of a hit."""
    form = source.get(Field.RELEASED)
    if form is not None:
        return _to_released(source, ReleaseForm(form))
    return Found(
        record_id=source[Field.RECORD_ID],
        tenant=source[Field.TENANT],
        source=source[Field.SOURCE],
        metadata=_metadata(source),
        original=_original(source),
        page_count=source[Field.PAGE_COUNT],
        text_state=TextState(source[Field.TEXT]),
        confidentiality=source[Field.CONFIDENTIALITY],
        # what was written before there were classes had none
        privacy_class=source.get(Field.PRIVACY_CLASS, PrivacyClass.NORMAL.value),
        parent_id=source.get(Field.PARENT_ID),
        has_vectors=source[Field.VECTORS] == "done",
    )


def _to_released(source: dict[str, Any], form: ReleaseForm) -> Found:
    # SECURITY: the file goes with a whole release only, whatever else the document should hold.
    return Found(
        record_id=source[Field.RECORD_ID],
        tenant=source[Field.TENANT],
        source=None,
        metadata=_metadata(source),
        original=_original(source) if form is ReleaseForm.WHOLE and Field.SHA256 in source else None,
        page_count=source.get(Field.PAGE_COUNT, 0),
        text_state=TextState(source.get(Field.TEXT, TextState.NONE)),
        confidentiality=None,
        privacy_class=None,
        parent_id=None,
        has_vectors=source.get(Field.VECTORS) == "done",
        released=form,
    )


def _original(source: dict[str, Any]) -> Original:
    return Original(
        file_name=source[Field.FILE_NAME],
        media_type=source[Field.MEDIA_TYPE],
        size=source[Field.SIZE],
        sha256=source[Field.SHA256],
    )


def _metadata(source: dict[str, Any]) -> Metadata:
    day, end, year = source.get(Field.DATE), source.get(Field.RETENTION_END), source.get(Field.YEAR)
    return Metadata(
        title=source.get(Field.TITLE, ""),
        source_id=source.get(Field.SOURCE_ID),
        file_reference=source.get(Field.FILE_REFERENCE),
        file_plan=source.get(Field.FILE_PLAN),
        document_type=source.get(Field.DOCUMENT_TYPE),
        date=date.fromisoformat(day) if day else None,
        department=source.get(Field.DEPARTMENT),
        case_type=source.get(Field.CASE_TYPE),
        case_reference=source.get(Field.CASE_REFERENCE),
        retention_end=date.fromisoformat(end) if end else None,
        # a year that was ticked is all that is told of the day
        fields=source.get(Field.FIELDS) or ({"year": year} if year and not day else {}),
    )


def to_pages(parts: list[dict[str, Any]]) -> tuple[Page, ...]:
    """Put the parts of pages together again."""
    texts: dict[int, list[str]] = {}
    confidence = {part["number"]: part.get("confidence") for part in parts}
    for part in sorted(parts, key=lambda p: (p["number"], p["part"])):
        texts.setdefault(part["number"], []).append(part["text"])
    return tuple(Page(number, "".join(pieces), confidence[number]) for number, pieces in texts.items())


def to_snippet(page: int, marked: str, confidence: int | None = None) -> Snippet:
    """Turn a marked fragment into a text and the offsets of the found words in it."""
    pieces: list[str] = []
    highlights: list[tuple[int, int]] = []
    length, begin = 0, None
    for piece in re.split(f"([{MARK_BEGIN}{MARK_END}])", marked.replace(SEAM, "")):
        if piece == MARK_BEGIN:
            begin = length
        elif piece == MARK_END:
            if begin is not None and length > begin:
                # parts of one compound are marked one by one; what touches is one place
                if highlights and highlights[-1][1] == begin:
                    begin = highlights.pop()[0]
                highlights.append((begin, length))
            begin = None
        else:
            pieces.append(piece)
            length += len(piece)
    return Snippet(page, "".join(pieces), tuple(highlights), confidence)


def to_cited_snippet(page: int, text: str, keys: Collection[str], confidence: int | None = None) -> Snippet:
    """Return the piece of a page where it first cites one of these, with every citation of them in it marked."""
    found = [(place.start, place.end) for place in places(text) if place.citation.key in keys]
    # one that runs over the end of this part of the page is not seen in it; it stands at the end
    first = found[0][0] if found else len(text)
    begin = max(0, first - _BEFORE)
    begin = text.find(" ", begin, first) + 1 or begin if begin else 0
    end = begin + max(_SHOWN, found[0][1] - begin if found else 0)
    end = max(text.rfind(" ", begin, end), found[0][1] if found else 0) if end < len(text) else len(text)
    marks = tuple((a - begin, b - begin) for a, b in dict.fromkeys(found) if begin <= a and b <= end)
    return Snippet(page, text[begin:end], marks, confidence)
