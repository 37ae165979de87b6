"""Why nothing was found: the same question with one thing left out, counted under the same rights."""

from __future__ import annotations

from dataclasses import replace

from records.access import Principal
from records.index import RecordIndex
from records.query import All, Narrowing, Near, Not, Part, Phrase, Search, Sort, Words
from search_api.notices import Notice
from search_api.syntax import called

_MOST_PARTS = 4


def reasons(index: RecordIndex, principal: Principal, search: Search) -> tuple[Notice, ...]:
    """Return the sentences that say what leaves nothing; none where nothing was asked."""
    parts = search.query.parts
    sought = tuple(part for part in parts if not isinstance(part, Not))
    told: list[Notice] = []

    def count(query: All, narrowing: Narrowing = search.narrowing) -> int:
        asked = replace(search, query=query, narrowing=narrowing, facets=(), vector=None)
        return index.search_words(principal, asked, sort=Sort.RELEVANCE, size=1, after=None).total

    def tell(code: str, sentence: str, total: int) -> None:
        if total:
            told.append(Notice(code, f"{sentence} {_hits(total)}."))

    if search.narrowing != Narrowing():
        tell(
            "no_hits_filters",
            "Mit den Filtern bleibt nichts übrig. Ohne sie wären es",
            count(search.query, Narrowing()),
        )
    if sought and len(sought) < len(parts):
        tell("no_hits_excluded", "Das Ausgeschlossene nimmt alles weg. Ohne es wären es", count(All(sought)))
    loosened = tuple(_loosened(part) for part in parts)
    if loosened != parts:
        sentence = "So, wie es verlangt ist, steht es nirgends beieinander. Als einzelne Wörter wären es"
        tell("no_hits_exact", sentence, count(All(loosened)))
    if len(sought) > 1:
        alone = [(called((part,)), count(All((part,)))) for part in sought[:_MOST_PARTS]]
        counted = "; ".join(f"{name}: {_hits(total)}" for name, total in alone)
        told.append(Notice("no_hits_together", f"Zusammen kommt das nicht vor. Einzeln gesucht, {counted}."))
    elif sought and isinstance(sought[0], Words) and not told:
        told.append(Notice("no_hits_words", "Keines dieser Wörter kommt in Unterlagen vor, die Sie lesen dürfen."))
    return tuple(told)


def _loosened(part: Part) -> Part:
    return Words(part.text) if isinstance(part, Phrase | Near) else part


def _hits(total: int) -> str:
    return f"{total:,} Treffer".replace(",", ".")
