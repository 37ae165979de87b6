"""Other words for the same thing, as offices use them: abbreviations and synonyms. Pure.

They are applied to the question only, so that a change takes effect at once. A list has sections, each with the source
it comes from, and lines of words that stand for each other; a town writes its own beside the one below:

    Quelle: Abkürzungsverzeichnis der Stadt, Stand 2026
    Kita = Kindertagesstätte = Kindergarten
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from records.compounds import fold
from records.query import Synonym

_LONGEST_LINE = 500
_MOST_LINES = 5_000
_LONGEST_WORDS = 6
_MOST_OTHERS = 12

# fmt: off
_GROUPS = (
    ("Kita", "Kindertagesstätte", "Kindergarten", "Kindertageseinrichtung"),
    ("Krippe", "Kinderkrippe"),
    ("BPlan", "B-Plan", "Bebauungsplan"),
    ("FNP", "F-Plan", "FPlan", "Flächennutzungsplan"),
    ("BauGB", "Baugesetzbuch"),
    ("BauNVO", "Baunutzungsverordnung"),
    ("HBO", "Bauordnung", "Hessische Bauordnung"),
    ("HGO", "Gemeindeordnung", "Hessische Gemeindeordnung"),
    ("StVO", "Straßenverkehrsordnung"),
    ("StVZO", "Straßenverkehrszulassungsordnung"),
    ("BGB", "Bürgerliches Gesetzbuch"),
    ("VwGO", "Verwaltungsgerichtsordnung"),
    ("VwVfG", "Verwaltungsverfahrensgesetz"),
    ("SGB", "Sozialgesetzbuch"),
    ("DSGVO", "Datenschutzgrundverordnung"),
    ("OWiG", "Ordnungswidrigkeitengesetz"),
    ("VOB", "Vergabeordnung für Bauleistungen"),
    ("Az", "Aktenzeichen", "Geschäftszeichen"),
    ("Drs", "Drucksache"),
    ("GVE", "Gemeindevertretung"),
    ("StVV", "Stadtverordnetenversammlung"),
    ("Kfz", "Kraftfahrzeug"),
    ("Pkw", "Personenkraftwagen"),
    ("Lkw", "Lastkraftwagen"),
    ("ÖPNV", "öffentlicher Personennahverkehr", "Nahverkehr"),
    ("PV", "Photovoltaik", "Solaranlage"),
    ("FFW", "Feuerwehr"),
    ("EWO", "Einwohnermeldeamt", "Meldebehörde", "Bürgerbüro"),
    ("Bgm", "Bürgermeister"),
    ("TOP", "Tagesordnungspunkt"),
    ("NKF", "Doppik"),
    ("Str", "Straße"),
    ("Bauantrag", "Antrag auf Baugenehmigung"),
    ("Führerschein", "Fahrerlaubnis"),
    ("Friedhofssatzung", "Friedhofsordnung"),
    ("Schwimmbad", "Hallenbad", "Freibad"),
    ("Müll", "Abfall"),
    ("Haushaltsplan", "Etat", "Budget"),
    ("Zuschuss", "Zuwendung", "Förderung", "Beihilfe"),
    ("Straßenlaterne", "Straßenbeleuchtung", "Straßenlampe"),
    ("Rathaus", "Stadtverwaltung", "Gemeindeverwaltung"),
    ("beglaubigen", "Beglaubigung"),
    ("Ausweis", "Personalausweis"),
    ("Reisepass", "Pass"),
    ("Hochzeit", "Trauung", "Eheschließung"),
    ("Sterbeurkunde", "Todesbescheinigung"),
    ("Zaun", "Einfriedung", "Einfriedigung"),
    ("Parkplatz", "Stellplatz"),
    ("Kündigung", "Auflösung des Arbeitsverhältnisses"),
    ("Ausschreibung", "Vergabeverfahren"),
    ("Protokoll", "Niederschrift"),
    ("Genehmigung", "Erlaubnis"),
    ("Strafzettel", "Verwarnungsgeld"),
    ("Bußgeld", "Geldbuße"),
    ("Kneipe", "Gaststätte"),
    ("Altersheim", "Pflegeheim", "Seniorenheim"),
    ("Spielplatz", "Kinderspielplatz"),
)
# fmt: on
_ENDINGS = ("es", "en", "er", "s", "n", "e")


class SynonymListError(ValueError):
    """A list that cannot be used; names the line, and what to do."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line


@dataclass(frozen=True)
class Thesaurus:
    """Words that stand for each other."""

    groups: tuple[tuple[str, ...], ...]

    @functools.cached_property
    def _table(self) -> dict[str, tuple[str, ...]]:
        table: dict[str, tuple[str, ...]] = {}
        for group in self.groups:
            for words in group:
                table[_plain(words)] = (*table.get(_plain(words), ()), *group)
        return table

    def alternatives(self, words: str) -> tuple[str, ...]:
        """Return the other words for these, whatever their ending; none where there are none."""
        plain = _plain(words)
        for ending in ("", *_ENDINGS):
            # an ending makes another word of a short one; the s of Kitas does not
            short = len(plain) - len(ending) < (4 if ending == "s" else 5)
            if ending and (not plain.endswith(ending) or short):
                continue
            found = self._table.get(plain.removesuffix(ending) if ending else plain)
            if found is not None:
                return tuple(dict.fromkeys(other for other in found if _plain(other) != plain))[:_MOST_OTHERS]
        return ()

    def synonyms(self, words: Iterable[str]) -> tuple[Synonym, ...]:
        """Return what is meant besides by these words in their order, by each and by neighbouring ones together."""
        row = list(words)
        found: list[Synonym] = []
        for start in range(len(row)):
            for end in range(start + 1, min(len(row), start + _LONGEST_WORDS) + 1):
                together = " ".join(row[start:end])
                if others := self.alternatives(together):
                    found.append(Synonym(together, others))
        return tuple(found)

    def with_own(self, own: Thesaurus) -> Thesaurus:
        """Return both lists as one; what a town writes itself stands first."""
        return Thesaurus((*own.groups, *self.groups))


def read(text: str) -> Thesaurus:
    """Return the list that a file holds; SynonymListError names what cannot be used in it."""
    groups: list[tuple[str, ...]] = []
    source = False
    for number, written in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        line = written.strip()
        if not line or line.startswith("#"):
            continue
        if number > _MOST_LINES:
            raise SynonymListError(number, f"more than {_MOST_LINES} lines; take out what nobody types")
        if len(line) > _LONGEST_LINE:
            raise SynonymListError(number, f"longer than {_LONGEST_LINE} characters; divide it")
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in {"quelle", "source"}:
            source = bool(value.strip())
            if not source:
                raise SynonymListError(number, "the source has no name; write `Quelle: ` and where the words come from")
        elif not source:
            raise SynonymListError(number, "words without a source; write a line `Quelle: …` above them")
        else:
            groups.append(_group(number, line))
    return Thesaurus(tuple(groups))


def _group(number: int, line: str) -> tuple[str, ...]:
    words = tuple(" ".join(part.split()) for part in line.split("="))
    if len(words) < 2:  # noqa: PLR2004 - one word stands for nothing
        raise SynonymListError(number, "no `=` between words; write `Kita = Kindertagesstätte`")
    for part in words:
        if not _plain(part):
            raise SynonymListError(number, "nothing stands beside a `=`; write words on both sides or take it out")
        if len(part.split()) > _LONGEST_WORDS:
            raise SynonymListError(number, f"{part!r} has more than {_LONGEST_WORDS} words; shorten it")
    return words


def _plain(text: str) -> str:
    return "".join(letter for letter in fold(text) if letter.isalpha())


def built_in() -> Thesaurus:
    """Return the list that every town has."""
    return Thesaurus(_GROUPS)
