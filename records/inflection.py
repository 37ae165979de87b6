"""How the engine's light German stemming (Savoy) cuts a word: to know which forms of a noun it does not bring together.

It joins Antrag and Anträge, not Eigentümer and Eigentümers, Gymnasium and Gymnasien, Verzeichnis and Verzeichnisse.
"""

from __future__ import annotations

import re
import unicodedata

_ENDS_BEFORE_S = frozenset("bdfghklmnt")


def folded(word: str) -> str:
    """Return a word as the index compares it before endings go: small, umlauts and ß in one spelling, no accents."""
    word = unicodedata.normalize("NFC", word).lower().replace("ß", "ss")
    word = re.sub(r"(?<![aeiouyäöüq])ue|ae|oe", lambda found: found.group()[0], word)
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def stem(word: str) -> str:
    """Return a folded word without its endings."""
    word = _first(word)
    if len(word) > 5 and word.endswith("est"):  # noqa: PLR2004 - the lengths are those of the description
        return word[:-3]
    if len(word) > 4 and (word.endswith(("er", "en")) or (word.endswith("st") and word[-3] in _ENDS_BEFORE_S)):  # noqa: PLR2004
        return word[:-2]
    return word


def _first(word: str) -> str:
    if len(word) > 5 and word.endswith("ern"):  # noqa: PLR2004
        return word[:-3]
    if len(word) > 4 and word.endswith(("em", "en", "er", "es")):  # noqa: PLR2004
        return word[:-2]
    if len(word) > 3 and (word.endswith("e") or (word.endswith("s") and word[-2] in _ENDS_BEFORE_S)):  # noqa: PLR2004
        return word[:-1]
    return word
