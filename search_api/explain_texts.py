"""The sentences of an explanation, in German. Pure."""

from __future__ import annotations

from records.access import Confidentiality, PrivacyClass, ReadAccess
from records.explanation import Effect, Explanation, Ground, Party
from records.index import Found
from records.ledger_tables import AccessSource, State
from records.query import FilterField
from records.release import ReleaseForm
from search_api.labels import label
from search_api.schemas import existence_title

_CLASSES = {
    PrivacyClass.ARTICLE_9: "besondere Kategorien personenbezogener Daten",
    PrivacyClass.TAX: "Steuergeheimnis",
    PrivacyClass.SOCIAL: "Sozialgeheimnis",
    PrivacyClass.PERSONNEL: "Personalakte",
    PrivacyClass.REGISTER: "Register",
}

SOURCES = {
    AccessSource.SIDECAR: "Die Leserechte stehen in der Begleitdatei.",
    AccessSource.SOURCE: "Die Leserechte sind die der Quelle: ihre Zugriffsliste oder die Rechtedatei des Ordners.",
    AccessSource.DEFAULT: "Niemand hat angegeben, wer die Datei lesen darf; dann liest sie die Schriftgutverwaltung.",
    AccessSource.ARCHIVE: "Die Leserechte sind die des Archivs oder der E-Mail, aus der die Datei stammt.",
}

_IN_THE_WAY = {
    State.QUARANTINED: "Die Datei liegt in der Quarantäne; niemand findet sie, bis sie gelesen werden kann.",
    State.REMOVING: "Die Unterlage wird gerade aus dem Index entfernt; sie ist schon verborgen.",
}

PENDING = "Eine Änderung der Unterlage wird gerade in den Index übernommen."
BEHIND = "Der Index geht vielleicht noch von früheren Leserechten aus; was entzogen wurde, ist schon verborgen."


def sentence(explanation: Explanation, access: ReadAccess, *, in_the_way: str | None) -> str:
    """Return the sentence of the rule that decides, after what is in the way of every reader."""
    denying = [str(step.reader) for step in explanation.path if step.effect is Effect.DENIES]
    opening = [str(step.reader) for step in explanation.path if step.effect is Effect.OPENS]
    said = {
        Ground.OTHER_TENANT: "Die Unterlage gehört einer anderen Kommune.",
        Ground.DENIED: f"Ausgeschlossen ist {_list(denying)}; ein Ausschluss geht jeder Leseberechtigung vor.",
        Ground.READER: f"Leseberechtigt ist {_list(opening)}.",
        Ground.EVERYBODY: f"Die Unterlage ist für alle in {label(FilterField.TENANT, access.tenant)} lesbar.",
        Ground.UNASSIGNED: "Niemand ist als leseberechtigt genannt; dann liest die Schriftgutverwaltung.",
        Ground.NOBODY_NAMED: "Niemand ist als leseberechtigt genannt; dann liest nur die Schriftgutverwaltung.",
        Ground.HELD_BACK: f"Zurückgehalten ({_held_back(access)}); die Gruppe „alle“ öffnet die Unterlage nicht.",
        Ground.NO_READER: "Keine der Gruppen ist leseberechtigt.",
    }[explanation.ground]
    start = "Lesbar. " if explanation.readable and in_the_way is None else "Nicht lesbar. "
    start += f"{in_the_way} " if in_the_way is not None else ""
    party = " Das gilt für das Fachverfahren, das für die Person fragt." if explanation.party is Party.SOFTWARE else ""
    return start + said + party


def in_the_way(state: State) -> str | None:
    """Return what stands in the way besides the rights; None where nothing does."""
    return _IN_THE_WAY.get(state)


def released(found: Found) -> str:
    """Return what a release lets its partner do."""
    if found.released is ReleaseForm.EXISTENCE:
        return f"Nicht lesbar. {existence_title(found)} Freigegeben ist nur der Hinweis, dass es ihn gibt."
    town = label(FilterField.TENANT, found.tenant)
    how = "geschwärzte Fassung" if found.released is ReleaseForm.REDACTED else "Unterlage"
    return f"Lesbar. {town} hat Ihnen die {how} freigegeben."


def _held_back(access: ReadAccess) -> str:
    reasons = ["vertraulich"] if access.confidentiality is not Confidentiality.OPEN else []
    if access.privacy_class is not PrivacyClass.NORMAL:
        reasons.append(_CLASSES[access.privacy_class])
    return ", ".join(reasons)


def _list(readers: list[str]) -> str:
    return ", ".join(dict.fromkeys(readers))
