"""Laws that are written out in one letter and shortened in the next: both are the same law. Pure.

Only what is always meant by that name stands here. The law of a state counts only with the name of the state before it.
"""

from __future__ import annotations

import re

_SHORT = {
    "abgabenordnung": "AO",
    "aufenthaltsgesetz": "AufenthG",
    "baugesetzbuch": "BauGB",
    "baunutzungsverordnung": "BauNVO",
    "bundesdatenschutzgesetz": "BDSG",
    "bundesfernstraßengesetz": "FStrG",
    "bundesimmissionsschutzgesetz": "BImSchG",
    "bundesmeldegesetz": "BMG",
    "bundesnaturschutzgesetz": "BNatSchG",
    "datenschutzgrundverordnung": "DSGVO",
    "fernstraßengesetz": "FStrG",
    "gewerbeordnung": "GewO",
    "gewerbesteuergesetz": "GewStG",
    "grundgesetz": "GG",
    "grundsteuergesetz": "GrStG",
    "handelsgesetzbuch": "HGB",
    "infektionsschutzgesetz": "IfSG",
    "informationsfreiheitsgesetz": "IFG",
    "kreislaufwirtschaftsgesetz": "KrWG",
    "personenstandsgesetz": "PStG",
    "staatsangehörigkeitsgesetz": "StAG",
    "strafgesetzbuch": "StGB",
    "strafprozessordnung": "StPO",
    "straßenverkehrsgesetz": "StVG",
    "straßenverkehrsordnung": "StVO",
    "straßenverkehrszulassungsordnung": "StVZO",
    "tierschutzgesetz": "TierSchG",
    "vergabeverordnung": "VgV",
    "verwaltungsgerichtsordnung": "VwGO",
    "verwaltungsverfahrensgesetz": "VwVfG",
    "wasserhaushaltsgesetz": "WHG",
    "zivilprozessordnung": "ZPO",
}
_OF_HESSE = {
    "beamtengesetz": "HBG",
    "bauordnung": "HBO",
    "denkmalschutzgesetz": "HDSchG",
    "gemeindeordnung": "HGO",
    "gaststättengesetz": "HGastG",
    "landkreisordnung": "HKO",
    "naturschutzgesetz": "HeNatG",
    "schulgesetz": "HSchG",
    "straßengesetz": "HStrG",
    "verwaltungsverfahrensgesetz": "HVwVfG",
    "verwaltungskostengesetz": "HVwKostG",
    "verwaltungsvollstreckungsgesetz": "HessVwVG",
    "wassergesetz": "HWG",
}
_CASE_ENDING = re.compile(r"(?<=gesetz)es$|(?<=gesetz)s$|(?<=buch)e?s$", re.IGNORECASE)
#: adjectives that make it another law; each in whatever case it stands
_CIVIL = re.compile(r"\bbürgerliche[mnrs]?\b")
_OF_A_STATE = re.compile(
    r"\b(?:(hessisch|bayerisch|bayrisch|badisch|württembergisch|rheinland-pfälzisch|saarländisch|thüringisch|sächsisch"
    r"|niedersächsisch|brandenburgisch|mecklenburgisch|holsteinisch|berlin|hamburg|bremisch)e?[mnrs]?|thüringer)\b"
)


def law_named(name: str) -> str:
    """Return how a law is called whose name is written out, in whatever case: short, or else the last word of it."""
    plain = _CASE_ENDING.sub("", name)
    last = plain.rsplit(" ", 1)[-1]
    before, _, noun = plain.casefold().rpartition(" ")
    noun = noun.replace("-", "").replace("strasse", "straße")
    if (state := _OF_A_STATE.search(before)) is not None:
        # that of another state is not shortened here, and is not the law of the federation
        return _OF_HESSE.get(noun, last) if state[1] == "hessisch" else last
    if _CIVIL.search(before) and noun == "gesetzbuch":
        return "BGB"
    return _SHORT.get(noun, last)
