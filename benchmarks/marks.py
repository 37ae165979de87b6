"""The rule for marked words: which reading of a question each belongs to. It knows no engine.

A marked word belongs to a question if it is, in some form, a word of it, a part of a longer word that holds it, one
of its synonyms, the beginning that was asked for, or half of a compound whose other half stands on the same page.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from records.inflection import folded, stem
from records.lexicon import lexicon
from records.query import All, InField, InTitle, Prefix, Words

_WORD = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """Return letters and digits only, in one case and one spelling."""
    return "".join(_WORD.findall(folded(text)))


def stray(marked: Iterable[str], query: All, page: str) -> list[str]:
    """Return the marked words that belong to no reading of the question."""
    allowed = _stems(query, page)
    beginnings = tuple(folded(leaf.text) for leaf in query.wanted if isinstance(leaf, Prefix))
    return [
        word
        for word in marked
        if not all(_belongs(token, allowed, beginnings) for token in _WORD.findall(unicodedata.normalize("NFC", word)))
    ]


def _belongs(token: str, allowed: frozenset[str], beginnings: tuple[str, ...]) -> bool:
    small = folded(token)
    if stem(small) in allowed or any(small.startswith(_WORD.findall(b)[-1]) for b in beginnings):
        return True
    return all(stem(folded(part)) in allowed for part in lexicon().parts(token))


def _stems(query: All, page: str) -> frozenset[str]:
    on_page = {stem(folded(part)) for token in _WORD.findall(page) for part in (token, *lexicon().parts(token))}
    stems: set[str] = set()
    for leaf in query.wanted:
        if isinstance(leaf, InField | InTitle):
            continue
        stems |= _of(leaf.text)
        if not isinstance(leaf, Words):
            continue
        for synonym in leaf.synonyms:
            for other in synonym.others:
                stems |= _of(other) | {stem(folded(p)) for t in _WORD.findall(other) for p in lexicon().parts(t)}
        for word in leaf.looked_up:
            parts = {stem(folded(part)) for part in lexicon().parts(word)}
            stems |= parts if parts <= on_page else set()
    return frozenset(stems)


def _of(text: str) -> set[str]:
    tokens = _WORD.findall(unicodedata.normalize("NFC", text))
    return {stem(folded(form)) for token in tokens for form in (token, *lexicon().forms(token))}
