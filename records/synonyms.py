"""Other words for the same thing, as offices use them: abbreviations and synonyms. Pure.

The list is our own, made from general knowledge of German administration. It is applied to the question only, so that
a change takes effect at once. Each line holds words that stand for each other.
"""

from __future__ import annotations

import functools

from records.compounds import fold

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


def alternatives(word: str) -> tuple[str, ...]:
    """Return the other words for this one, whatever its ending; none where there are none."""
    plain = _plain(word)
    table = _table()
    for ending in ("", *_ENDINGS):
        if ending and (not plain.endswith(ending) or len(plain) - len(ending) < 5):  # noqa: PLR2004 - short words change
            continue
        found = table.get(plain.removesuffix(ending) if ending else plain)
        if found is not None:
            return tuple(other for other in found if _plain(other) != plain)
    return ()


def _plain(word: str) -> str:
    return "".join(letter for letter in fold(word) if letter.isalpha())


@functools.cache
def _table() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for group in _GROUPS:
        for word in group:
            table[_plain(word)] = (*table.get(_plain(word), ()), *group)
    return table
