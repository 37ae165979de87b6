"""Why a file could not be taken in: one list, with the sentence and the advice that a clerk reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Every reason for quarantine."""

    NO_PERMISSION = "no-permission"
    VANISHED = "vanished"
    UNREADABLE = "unreadable"
    LINK_LEAVES = "link-leaves"
    NO_FILE = "no-file"
    TOO_LARGE = "too-large"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    CRASHED = "crashed"
    TOO_SLOW = "too-slow"
    ARCHIVE_BOMB = "archive-bomb"
    TOO_DEEP = "too-deep"
    SIDECAR = "sidecar"
    TENANT = "tenant"
    CLASSIFIED = "classified"
    UNDECIDED = "undecided"
    PACKAGE = "package"
    REFUSED = "refused"
    BEING_WRITTEN = "being-written"
    FOREIGN_ADDRESS = "foreign-address"


#: found while a file was read: reading again can end otherwise. The rest was found before, and stays until the source
#: shows something else.
FOUND_IN_READING = frozenset({Reason.ENCRYPTED, Reason.DAMAGED, Reason.CRASHED, Reason.TOO_SLOW, Reason.REFUSED})


@dataclass(frozen=True)
class Words:
    """A reason in German, what to do about it, and the same reason in English."""

    german: str
    advice: str
    english: str


WORDS = {
    Reason.NO_PERMISSION: Words(
        "Die Datei darf nicht gelesen werden.",
        "Leserecht für die Datei und ihren Ordner erteilen, dann erneut einlesen.",
        "no permission to read",
    ),
    Reason.VANISHED: Words(
        "Die Datei ist während des Einlesens verschwunden.",
        "Prüfen, ob die Datei verschoben oder gelöscht wurde, dann erneut einlesen.",
        "vanished while it was being read",
    ),
    Reason.UNREADABLE: Words(
        "Die Datei kann vom Datenträger nicht gelesen werden.",
        "Datenträger oder Netzlaufwerk prüfen lassen, dann erneut einlesen.",
        "the disk reported an error",
    ),
    Reason.LINK_LEAVES: Words(
        "Die Verknüpfung führt aus dem Ordner hinaus oder ins Leere.",
        "Die Datei selbst in den Ordner legen statt einer Verknüpfung.",
        "the link leaves the folder or leads nowhere",
    ),
    Reason.NO_FILE: Words(
        "Das ist keine gewöhnliche Datei.",
        "Gerätedateien und Ähnliches aus dem Ordner nehmen.",
        "not a regular file",
    ),
    Reason.TOO_LARGE: Words(
        "Die Datei ist zu groß.",
        "Die Datei in kleinere Teile aufteilen oder die Grenze anheben lassen.",
        "too large",
    ),
    Reason.EMPTY: Words(
        "Die Datei ist leer (0 Byte).",
        "Die Datei am Ursprung neu speichern oder löschen.",
        "empty file",
    ),
    Reason.ENCRYPTED: Words(
        "Die Datei ist verschlüsselt oder mit einem Kennwort geschützt.",
        "Die Datei ohne Kennwort speichern und erneut ablegen.",
        "encrypted",
    ),
    Reason.DAMAGED: Words(
        "Die Datei ist beschädigt.",
        "Prüfen, ob sich die Datei öffnen lässt; sonst aus dem Ursprung oder der Sicherung neu ablegen.",
        "damaged",
    ),
    Reason.CRASHED: Words(
        "Die Datei lässt sich nicht lesen: Das Einlesen ist mehrfach abgebrochen.",
        "Die Datei in ein anderes Format umwandeln, etwa PDF/A, und erneut ablegen.",
        "reading crashed several times",
    ),
    Reason.TOO_SLOW: Words(
        "Das Lesen der Datei dauert zu lange.",
        "Die Datei aufteilen oder in ein einfacheres Format umwandeln.",
        "reading takes too long",
    ),
    Reason.ARCHIVE_BOMB: Words(
        "Das Archiv wird beim Entpacken zu groß (Archivbombe).",
        "Die Herkunft des Archivs klären; die benötigten Dateien einzeln ablegen.",
        "archive bomb",
    ),
    Reason.TOO_DEEP: Words(
        "Das Archiv ist zu tief verschachtelt.",
        "Die inneren Archive entpacken und einzeln ablegen.",
        "archives nested too deeply",
    ),
    Reason.SIDECAR: Words(
        "Die Begleitdatei mit den Angaben zur Datei ist fehlerhaft.",
        "Die Begleitdatei (.meta.json) wie beschrieben berichtigen.",
        "the sidecar file cannot be used",
    ),
    Reason.TENANT: Words(
        "Die Begleitdatei nennt eine andere oder keine Kommune.",
        "Das Feld „tenant“ berichtigen oder die Datei bei der richtigen Kommune einlesen.",
        "the sidecar names another tenant, or none",
    ),
    Reason.CLASSIFIED: Words(
        "Verschlusssachen werden nicht eingelesen.",
        "Die Datei aus dem Ordner nehmen; Verschlusssachen gehören nicht in diese Suche.",
        "classified material is not taken in",
    ),
    Reason.UNDECIDED: Words(
        "Die Unterlage ist als „Vertraulich“ eingestuft; ein Mensch muss entscheiden, ob sie eingelesen wird.",
        "Wenn sie eingelesen werden darf, bei der Quelle „takes_confidential = true“ eintragen lassen.",
        "confidential by the source; a person has to decide",
    ),
    Reason.PACKAGE: Words(
        "Das Paket entspricht nicht dem Standard XDOMEA.",
        "Das Paket von der abgebenden Stelle neu erstellen lassen.",
        "the package does not follow the XDOMEA standard",
    ),
    Reason.REFUSED: Words(
        "Die Suchmaschine hat die Datei abgelehnt.",
        "Bitte der Systembetreuung melden.",
        "refused by the engine",
    ),
    Reason.BEING_WRITTEN: Words(
        "Die Datei wird noch geschrieben.",
        "Nichts zu tun: Sie wird beim nächsten Abgleich gelesen.",
        "still being written",
    ),
    Reason.FOREIGN_ADDRESS: Words(
        "Die Quelle verweist auf eine Adresse, die nicht zu ihr gehört.",
        "Wenn die Adresse vertrauenswürdig ist, sie bei der Quelle unter „hosts“ eintragen lassen.",
        "the source points to an address that is not its own",
    ),
}
