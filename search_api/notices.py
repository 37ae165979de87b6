"""What an answer says beside its hits: how the question was read, what was wrong with it, what is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from records.index import Coverage


class Reading(StrEnum):
    """A way to understand what was typed that whoever asks can switch off."""

    QUOTES = "quotes"
    HEADING = "heading"
    EXCLUSION = "exclusion"
    HYPHENS = "hyphens"
    OR = "or"
    AND = "and"
    NEAR = "near"
    FIELDS = "fields"
    WILDCARD = "wildcard"
    PARTS = "parts"
    SYNONYMS = "synonyms"
    NUMBERS = "numbers"
    CORRECTION = "correction"


@dataclass(frozen=True)
class Notice:
    """Something the caller should know about an answer; `reading` is what can be switched off."""

    code: str
    text: str
    reading: Reading | None = None


def read_as(reading: Reading, things: Iterable[str]) -> Notice:
    """Return the sentence that tells of a reading, with what it was applied to."""
    return Notice(f"read_{reading}", _READ[reading].format("; ".join(dict.fromkeys(things))), reading)


_READ = {
    Reading.QUOTES: "Genau so geschrieben: {}.",
    Reading.HEADING: "Als Überschrift gelesen: Unterlagen mit {} zählen mehr, andere werden auch gefunden.",
    Reading.EXCLUSION: "Ausgeschlossen: {}.",
    Reading.HYPHENS: "Als Bindestrich gelesen, nicht als Ausschluss: {}. Ausschließen können Sie mit NICHT.",
    Reading.OR: "Eines davon genügt: {}.",
    Reading.AND: "Beides muss vorkommen: {}.",
    Reading.NEAR: "Nahe beieinander auf einer Seite: {}.",
    Reading.FIELDS: "Als Feld gelesen: {}.",
    Reading.WILDCARD: "Als Wortanfang gelesen: {}.",
    Reading.PARTS: "Auch in zusammengesetzten Wörtern und in Teilen gesucht: {}.",
    Reading.SYNONYMS: "Auch gesucht: {}.",
    Reading.NUMBERS: "Als Nummer gelesen: {}.",
    Reading.CORRECTION: "So wie geschrieben kommt das nicht vor. Gesucht wurde nach: {}",
}

RUNNING = Notice("read_running", "Als fortlaufender Text gelesen: Suchzeichen gelten darin nicht.")
QUOTE_OPEN = Notice("quote_unbalanced", "Ein Anführungszeichen hat kein Gegenstück. Die Wörter wurden ohne es gesucht.")
BRACKET_OPEN = Notice("bracket_unbalanced", "Eine Klammer hat kein Gegenstück. Sie wurde nicht beachtet.")
WILDCARD_IDLE = Notice(
    "wildcard_ignored",
    "Ein Sternchen gilt nur am Ende eines Wortes, nach mindestens drei Zeichen und höchstens fünfmal. "
    "Die übrigen wurden nicht beachtet.",
)
NO_MEANING = Notice(
    "semantic_without_words",
    "Für die Suche nach dem Sinn fehlen Wörter. Gesucht wurde nach dem, was genau genannt ist.",
)
UNAVAILABLE = Notice(
    "semantic_unavailable",
    "Die Suche nach dem Sinn ist zurzeit nicht verfügbar. Gefunden wurde nur, was die Wörter enthält.",
)


def operator_alone(word: str) -> Notice:
    """Return the sentence for an operator that joins nothing."""
    return Notice("operator_alone", f"„{word}“ verbindet hier nichts und wurde als Wort gesucht.")


def coverage_notices(coverage: Coverage) -> tuple[Notice, ...]:
    """Return the sentence that says how far meaning has come; none where it knows everything."""
    if coverage.with_vectors >= coverage.with_text:
        return ()
    percent = 100 * coverage.with_vectors // coverage.with_text
    text = f"Die Suche nach dem Sinn kennt bisher {percent} % der Unterlagen, die Sie lesen dürfen."
    return (Notice("semantic_incomplete", text),)
