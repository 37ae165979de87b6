"""How German text becomes terms. The same chains read the text and the question.

Three readings stand side by side: `inflected` finds other forms of a word, `exact` only the word as written, `key`
takes a file reference as one thing, whatever stands between its letters and digits. `asked` is `inflected` for typed
words, without those that carry no meaning. Text reaches the engine in Unicode normal form C; that is done by whoever
hands it over.
"""

from __future__ import annotations

from typing import Any

ANALYSIS: dict[str, Any] = {
    "char_filter": {
        # Soft hyphens and zero-width characters are typography, not letters.
        "invisible": {
            "type": "pattern_replace",
            "pattern": "[\\u00AD\\u200B\\u200C\\u200D\\uFEFF]",
            "replacement": "",
        },
        "letters_and_digits": {"type": "pattern_replace", "pattern": "[^\\p{L}\\p{N}]", "replacement": ""},
    },
    "filter": {
        # Umlauts and ß in both spellings become one (ä, ae -> a; ß -> ss); the engine's own German rules.
        "umlauts": {"type": "german_normalization"},
        # Letters of DIN 91379 beyond German (Š, Ł, Ç) are found by their base letter.
        "base_letters": {"type": "asciifolding"},
        "inflection": {"type": "stemmer", "language": "light_german"},
        # "der", "für", "was": in the index they stay, so that quotations hold; a question looks past them.
        "function_words": {"type": "stop", "stopwords": "_german_"},
    },
    "analyzer": {
        "inflected": {
            "type": "custom",
            "char_filter": ["invisible"],
            "tokenizer": "standard",
            "filter": ["lowercase", "umlauts", "base_letters", "inflection"],
        },
        "asked": {
            "type": "custom",
            "char_filter": ["invisible"],
            "tokenizer": "standard",
            "filter": ["lowercase", "function_words", "umlauts", "base_letters", "inflection"],
        },
        "exact": {
            "type": "custom",
            "char_filter": ["invisible"],
            "tokenizer": "standard",
            "filter": ["lowercase", "umlauts", "base_letters"],
        },
    },
    "normalizer": {
        "key": {"type": "custom", "char_filter": ["letters_and_digits"], "filter": ["lowercase"]},
        "sortable": {"type": "custom", "filter": ["lowercase", "asciifolding"]},
    },
}
