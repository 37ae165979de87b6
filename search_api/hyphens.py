"""Which hyphens before a word belong to German writing and exclude nothing. Pure.

    Tagesmütter und -väter                       the rest of a compound (rule 1 below)
    Neubau der Halle -zweiter Bauabschnitt-      a remark between two hyphens (2)
    a heading of many words (Maßnahme 8 -TBA)    a dash, written without the space behind it (3)

Read as an exclusion, such a hyphen would leave out just the record that somebody has copied a heading from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from search_api.tokens import Kind, Token

#: a hyphen stands for the part that two compounds share (amtliche Regelung der deutschen Rechtschreibung, § 98)
_JOINING = frozenset(
    ("und", "oder", "sowie", "auch", "noch", "wie", "bzw.", "bzw", "beziehungsweise", "u.", "o.", "/", "&")
)
#: a line of more words than these was written as a heading; whoever excludes something from it does so at its end
LONGEST_TYPED_LINE = 8


def in_writing(pieces: Sequence[Token], *, knows_signs: bool) -> tuple[int, ...]:
    """Return the places of those pieces whose hyphen excludes nothing, in their order.

    `knows_signs` says whether other signs of a question stand among them: then the third rule does not hold.
    """
    told = sum(any(map(str.isalnum, piece.text)) for piece in pieces)
    heading = told > LONGEST_TYPED_LINE and not knows_signs
    return tuple(
        place
        for place, piece in enumerate(pieces)
        if _is_word(piece)
        and (_is_rest(pieces, place) or _begins_remark(pieces, place) or (heading and not _ends_it(pieces, place)))
    )


def without(pieces: Sequence[Token], places: Sequence[int]) -> tuple[Token, ...]:
    """Return the pieces, those at these places without their hyphen."""
    return tuple(replace(piece, excluded=False) if n in places else piece for n, piece in enumerate(pieces))


def _is_word(piece: Token) -> bool:
    return piece.excluded and piece.kind is Kind.WORD and not piece.field and "*" not in piece.text


def _is_rest(pieces: Sequence[Token], place: int) -> bool:
    """Rule 1: a small letter, behind a word that joins, or behind a comma of a list."""
    before = pieces[place - 1] if place else None
    if before is None or before.kind is not Kind.WORD or not pieces[place].text[:1].islower():
        return False
    return before.text in _JOINING or (before.text.endswith(",") and any(map(str.isalnum, before.text)))


def _begins_remark(pieces: Sequence[Token], place: int) -> bool:
    """Rule 2: a later word, or this one, ends with a hyphen, and no other begins with one before that."""
    for number in range(place, len(pieces)):
        piece = pieces[number]
        if number > place and piece.excluded:
            return False
        written = piece.text.rstrip(".,;:")
        if piece.kind is Kind.WORD and written.endswith("-") and any(map(str.isalnum, written)):
            following = pieces[number + 1].text if number + 1 < len(pieces) else ""
            # "Wohn- und Schlafräume"
            return following not in _JOINING and not piece.text.endswith("-,")
    return False


def _ends_it(pieces: Sequence[Token], place: int) -> bool:
    """Rule 3, turned round: nothing but what is excluded follows, and no bracket closes."""
    return all(piece.excluded for piece in pieces[place:])
