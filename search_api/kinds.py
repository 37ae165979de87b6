"""What kind of question this is, and which texts its meaning is compared by. Pure."""

from __future__ import annotations

from enum import Enum, auto

from records.query import All, Words
from search_api.ranking import Weights
from search_api.syntax import meaning_of, names_something

#: more words than these make a sentence, whose words explain each other
_MOST_WORDS = 5
_FEW = 2
#: a passage of a record is so long; the model reads no more of a text in one go
_PIECE_LENGTH = 1_000
#: what a text is about is said at its beginning; each piece costs a turn of the model
_MOST_PIECES = 3


class Kind(Enum):
    """What somebody means by what they typed."""

    #: numbers and quotations: exactly these
    NAMED = auto()
    #: a few words
    WORDS = auto()
    #: a question, or a whole sentence
    SENTENCE = auto()
    #: pasted text
    RUNNING = auto()


#: what each half is worth, by kind of question (docs/finding.md says what was measured)
WEIGHTS = {
    Kind.WORDS: Weights(0.7, 0.3),
    Kind.SENTENCE: Weights(0.7, 0.3),
    Kind.RUNNING: Weights(0.8, 0.2, words_turns=0),
    Kind.NAMED: Weights(0.8, 0.2),
}


def kind_of(query: All) -> Kind:
    """Return the kind of a question."""
    if any(part.running for part in query.words):
        return Kind.RUNNING
    if names_something(query):
        return Kind.NAMED
    return Kind.SENTENCE if len(meaning_of(query).split()) > _MOST_WORDS else Kind.WORDS


def weighed_by(query: All) -> tuple[Words, ...]:
    """Return the words that tell how well a record found by words fits: the more of them it holds, the better.

    None of pasted text, of which no record holds everything, and none beside a number, which is a key by itself.
    """
    if kind_of(query) in {Kind.NAMED, Kind.RUNNING}:
        return ()
    words = [(part, word) for part in query.words for word in part.text.split()]
    if any(c.isdigit() for _, word in words for c in word):
        return ()
    return tuple(
        {
            word: Words(
                word,
                # of two words the longer one is meant that they stand in; of more, some stand in one by chance
                parts=part.parts and len(words) <= _FEW,
                numbers=False,
                synonyms=tuple(one for one in part.synonyms if word in one.words.split()),
            )
            for part, word in words
            if any(map(str.isalpha, word))
        }.values()
    )


def pieces(query: All) -> tuple[str, ...]:
    """Return the texts whose meanings stand for a question: itself, or heading and beginning of pasted text."""
    running = next((part for part in query.words if part.running), None)
    if running is None:
        return (meaning_of(query),)
    text = running.text
    cut: list[str] = []
    while text and len(cut) < _MOST_PIECES:
        end = len(text) if len(text) <= _PIECE_LENGTH else text.rfind(" ", 0, _PIECE_LENGTH)
        end = end if end > 0 else _PIECE_LENGTH
        cut.append(text[:end].strip())
        text = text[end:].strip()
    return (running.heading, *cut) if running.heading else tuple(cut)
