"""From what somebody typed to a query: quotes, exclusions, and everything else as words. Pure.

Nothing is an error here: what is no operator is text. There is no engine syntax and no way to reach it.
"""

from __future__ import annotations

import re
import unicodedata

from records.query import All, Not, Phrase, Words

#: longer text was pasted, not typed
LONGEST_TYPED = 300

_LINE_BREAK = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
_CLOSED_BY = {'"': '"', "„": '“”"', "“": '”"', "”": '”"', "«": "»", "»": "«"}
_NUMBER_PART = re.compile(r"[./\-_:]")
_WORD = re.compile(r"\S+")
_EXCLUDERS = {"NOT", "NICHT"}


def clean(text: str) -> str:
    """Return text in normal form C, without control and formatting characters, white space single."""
    text = unicodedata.normalize("NFC", text)
    kept = (" " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in text)
    return " ".join("".join(c for c in kept if unicodedata.category(c) != "Cf").split())


def parse(text: str) -> All:  # noqa: C901 - one pass from left to right reads best in one piece
    """Return the query that this text asks."""
    running = len(text.strip()) > LONGEST_TYPED or _LINE_BREAK.search(text.strip()) is not None
    text = clean(text)
    if running:
        return All((Words(text, running=True),)) if text else All(())
    plain: list[str] = []
    strict: list[Phrase | Not] = []
    position, excluding = 0, False
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        # A hyphen excludes only at the beginning of a word: "Odenwald-Kreis" is one word.
        if text[position] == "-":
            end = position
            while end < len(text) and text[end] == "-":
                end += 1
            if end < len(text) and text[end] != " ":
                excluding, position = True, end
        phrase = _quoted(text, position)
        if phrase is not None:
            content, position = phrase
            if any(c.isalnum() for c in content):
                strict.append(Not(Phrase(content)) if excluding else Phrase(content))
            excluding = False
            continue
        word = _next_word(text, position)
        position += len(word)
        if word in _EXCLUDERS and not excluding and text[position:].strip():
            excluding = True
            continue
        if excluding and any(c.isalnum() for c in word):
            strict.append(Not(Words(word)))
        elif any(c.isalnum() for c in word):
            plain.append(word)
        excluding = False
    words = (Words(" ".join(plain)),) if plain else ()
    return All((*words, *strict))


def meaning_of(query: All) -> str:
    """Return what is asked for as text, without what is excluded; empty where nothing is asked for."""
    return " ".join(part.text for part in query.parts if not isinstance(part, Not))


def names_something(query: All) -> bool:
    """Say whether exact words are meant, not a subject: all in quotes, or identifiers such as 632.6/2024-17."""
    positive = [part for part in query.parts if not isinstance(part, Not)]
    if not positive or any(part.running for part in query.words):
        return False
    tokens = [token for words in query.words for token in words.text.split()]
    return all(any(c.isdigit() for c in token) and _NUMBER_PART.search(token) is not None for token in tokens)


def _quoted(text: str, position: int) -> tuple[str, int] | None:
    closers = _CLOSED_BY.get(text[position])
    if closers is None:
        return None
    ends = [end for closer in closers if (end := text.find(closer, position + 1)) >= 0]
    return (text[position + 1 : min(ends)].strip(), min(ends) + 1) if ends else None


def _next_word(text: str, position: int) -> str:
    found = _WORD.match(text, position)
    assert found is not None
    word = found.group()
    for offset, letter in enumerate(word[1:], start=1):
        if letter in _CLOSED_BY and _quoted(text, position + offset) is not None:
            return word[:offset]
    return word
