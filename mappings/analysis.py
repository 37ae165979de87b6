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
        # Bürger:innen, Bürger_innen and BürgerInnen are the two words that Bürger*innen and Bürger/innen are, so that
        # Bürger finds all of them. The tokenizer itself would take each of the first three for one word.
        "gendered": {
            "type": "pattern_replace",
            "pattern": "(?<=\\p{L}\\p{Ll})[:_](?=in(?:nen\\p{L}*)?(?!\\p{L}))",
            "replacement": " ",
        },
        # The whole ending is replaced, since behind an insertion places are counted from its end: so the word before it
        # is marked right, and only "innen" itself one letter late.
        "gendered_inside": {
            "type": "pattern_replace",
            "pattern": "(?<=\\p{L}\\p{Ll})Innen(?!\\p{L})",
            "replacement": " innen",
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
            "char_filter": ["invisible", "gendered", "gendered_inside"],
            "tokenizer": "standard",
            "filter": ["lowercase", "umlauts", "base_letters", "inflection"],
        },
        "asked": {
            "type": "custom",
            "char_filter": ["invisible", "gendered", "gendered_inside"],
            "tokenizer": "standard",
            "filter": ["lowercase", "function_words", "umlauts", "base_letters", "inflection"],
        },
        "exact": {
            "type": "custom",
            "char_filter": ["invisible", "gendered", "gendered_inside"],
            "tokenizer": "standard",
            "filter": ["lowercase", "umlauts", "base_letters"],
        },
    },
    "normalizer": {
        "key": {"type": "custom", "char_filter": ["letters_and_digits"], "filter": ["lowercase"]},
        "sortable": {"type": "custom", "filter": ["lowercase", "asciifolding"]},
    },
}
