"""The sentences of the pages for records managers, German and English; a part of ui.texts.TEXTS."""

from __future__ import annotations

MANAGEMENT_TEXTS: dict[str, tuple[str, str]] = {
    "manage": ("Schriftgutverwaltung", "Records management"),
    "manage_text": (
        "Woher die Unterlagen kommen, was nicht gelesen werden konnte, und was Ihre Entscheidung braucht.",
        "Where the records come from, what could not be read, and what needs your decision.",
    ),
    "manage_nav": ("Bereiche der Schriftgutverwaltung", "Parts of records management"),
    "manage_overview": ("Überblick", "Overview"),
    "manage_quarantine": ("Quarantäne", "Quarantine"),
    "manage_reconciliation": ("Abgleich", "Reconciliation"),
    "manage_deletions": ("Löschnachweise", "Receipts of deletions"),
    "manage_retention": ("Anbietung fällig", "To be offered to the archive"),
    "manage_holds": ("Löschsperren", "Legal holds"),
    # what needs somebody
    "manage_todo": ("Das braucht Ihre Entscheidung", "This needs your decision"),
    "manage_todo_none": ("Zurzeit ist nichts zu entscheiden.", "There is nothing to decide at the moment."),
    "manage_todo_held": (
        "{n} Unterlagen fehlen in der Quelle {name} und sind noch nicht entfernt.",
        "{n} records are missing in the source {name} and not removed yet.",
    ),
    "manage_todo_held_one": (
        "Eine Unterlage fehlt in der Quelle {name} und ist noch nicht entfernt.",
        "One record is missing in the source {name} and not removed yet.",
    ),
    "manage_todo_quarantine": (
        "{n} Dateien konnten nicht gelesen werden und werden nicht gefunden.",
        "{n} files could not be read and are not found.",
    ),
    "manage_todo_quarantine_one": (
        "Eine Datei konnte nicht gelesen werden und wird nicht gefunden.",
        "One file could not be read and is not found.",
    ),
    "manage_todo_due": (
        "Bei {n} Unterlagen ist die Aufbewahrung abgelaufen: Sie sind dem Archiv anzubieten.",
        "The retention of {n} records has ended: they are to be offered to the archive.",
    ),
    "manage_todo_due_one": (
        "Bei einer Unterlage ist die Aufbewahrung abgelaufen: Sie ist dem Archiv anzubieten.",
        "The retention of one record has ended: it is to be offered to the archive.",
    ),
    "manage_todo_error": (
        "Die Quelle {name} konnte zuletzt nicht gelesen werden.",
        "The source {name} could not be read the last time.",
    ),
    "manage_todo_differs": (
        "Der letzte Abgleich fand Abweichungen zwischen Hauptbuch und Suche.",
        "The last reconciliation found differences between ledger and search.",
    ),
    "manage_look": ("Ansehen", "Look"),
    # sources
    "manage_sources": ("Quellen", "Sources"),
    "manage_sources_none": ("Es ist noch keine Quelle eingelesen.", "No source has been read yet."),
    "manage_source": ("Quelle", "Source"),
    "manage_state": ("Stand", "State"),
    "manage_state_idle": ("aktuell", "up to date"),
    "manage_state_running": ("wird gerade gelesen", "being read"),
    "manage_state_working": ("wird verarbeitet", "being worked on"),
    "manage_state_held": ("wartet auf Sie", "waits for you"),
    "manage_state_error": ("abgebrochen", "broke off"),
    "manage_state_paused": ("angehalten", "paused"),
    "manage_found": ("Auffindbar", "Found"),
    "manage_open": ("Noch offen", "Still open"),
    "manage_rate": ("Tempo", "Rate"),
    "manage_per_minute": ("{n} je Minute", "{n} a minute"),
    "manage_left": ("noch etwa {n} Minuten", "about {n} minutes left"),
    "manage_left_one": ("noch etwa eine Minute", "about one minute left"),
    "manage_last_sync": ("Zuletzt gelesen", "Last read"),
    "manage_never": ("noch nie", "never"),
    "manage_not_read": ("Nicht lesbar", "Not readable"),
    "manage_agreed": (
        "Entfernen ist bestätigt; es geschieht beim nächsten Lesen der Quelle.",
        "Removal is agreed to; it happens when the source is read next.",
    ),
    "manage_meaning": (
        "{n} Unterlagen werden schon nach Wörtern gefunden, nach Sinn noch nicht.",
        "{n} records are found by words already, not yet by meaning.",
    ),
    "manage_meaning_one": (
        "Eine Unterlage wird schon nach Wörtern gefunden, nach Sinn noch nicht.",
        "One record is found by words already, not yet by meaning.",
    ),
    # what is missing
    "manage_missing": ("Fehlende Unterlagen", "Missing records"),
    "manage_missing_text": (
        (
            "Diese {n} Unterlagen zeigt die Quelle nicht mehr. Weil es auf einmal viele sind, werden sie noch "
            "gefunden, "
            "bis Sie zustimmen. Prüfen Sie zuerst, ob ein Laufwerk fehlt oder ein Ordner verschoben wurde."
        ),
        (
            "The source no longer shows these {n} records. Because they are many at once, they are still found until "
            "you agree. Look first whether a drive is missing or a folder was moved."
        ),
    ),
    "manage_missing_text_one": (
        "Diese Unterlage zeigt die Quelle nicht mehr. Sie wird noch gefunden, bis Sie zustimmen.",
        "The source no longer shows this record. It is still found until you agree.",
    ),
    "manage_missing_more": ("und {n} weitere", "and {n} more"),
    "manage_missing_none": ("In dieser Quelle fehlt nichts.", "Nothing is missing in this source."),
    "manage_missing_changed": (
        "Inzwischen ist es eine andere Zahl. Bitte prüfen Sie noch einmal.",
        "It has become another number. Please look again.",
    ),
    "manage_agree": ("Ja, {n} Unterlagen entfernen", "Yes, remove {n} records"),
    "manage_agree_one": ("Ja, die Unterlage entfernen", "Yes, remove the record"),
    "manage_agree_hint": (
        (
            "Entfernt wird beim nächsten Lesen der Quelle, und nur, was dann noch fehlt. Kehrt eine Datei zurück, "
            "kommt sie wieder herein."
        ),
        (
            "They are removed when the source is read next, and only what is missing then. A file that returns comes "
            "in again."
        ),
    ),
    "manage_cancel": ("Nein, zurück", "No, back"),
    # quarantine
    "manage_quarantine_text": (
        (
            "Diese Dateien konnten nicht gelesen werden und werden deshalb nicht gefunden. Sie sind nach Ursache "
            "geordnet; "
            "bei jeder steht, was zu tun ist."
        ),
        (
            "These files could not be read and so are not found. They are grouped by cause; "
            "each says what is to be done (in German)."
        ),
    ),
    "manage_quarantine_none": ("Alles konnte gelesen werden.", "Everything could be read."),
    "manage_again": (
        "{n} Dateien werden noch einmal gelesen. Das dauert einige Sekunden; laden Sie die Seite dann neu.",
        "{n} files are read again. It takes some seconds; load the page again then.",
    ),
    "manage_again_one": (
        "Eine Datei wird noch einmal gelesen. Das dauert einige Sekunden; laden Sie die Seite dann neu.",
        "One file is read again. It takes some seconds; load the page again then.",
    ),
    "manage_again_none": (
        "Hier kann nichts noch einmal gelesen werden, bevor sich die Dateien selbst geändert haben.",
        "Nothing here can be read again before the files themselves have changed.",
    ),
    "manage_files": ("{n} Dateien", "{n} files"),
    "manage_files_one": ("eine Datei", "one file"),
    "manage_advice": ("Was zu tun ist", "What to do"),
    "manage_retry_all": ("Alle {n} noch einmal lesen", "Read all {n} again"),
    "manage_retry_all_one": ("Noch einmal lesen", "Read again"),
    "manage_retry": ("Noch einmal lesen", "Read again"),
    "manage_retry_not": (
        "Erst am Ursprung berichtigen; beim nächsten Lesen der Quelle werden sie von selbst wieder versucht.",
        "Mend them where they come from first; they are tried again by themselves when the source is read next.",
    ),
    "manage_file": ("Datei", "File"),
    "manage_since": ("Seit", "Since"),
    "manage_show_files": ("Die Dateien zeigen", "Show the files"),
    "manage_action": ("Aktion", "Action"),
    # reconciliation
    "manage_reconciliation_text": (
        (
            "Jede Nacht wird verglichen, ob die Suche genau das enthält, was im Hauptbuch steht: nach Anzahl und "
            "Prüfsumme, "
            "ohne die Texte zu lesen. Was fehlt oder veraltet ist, wird sofort neu geschrieben, was zu viel ist, "
            "entfernt."
        ),
        (
            "Each night it is compared whether the search holds exactly what the ledger says: by count and checksum, "
            "without reading the texts. What is missing or stale is written again at once, what is too much is "
            "taken out."
        ),
    ),
    "manage_compared_releases": ("Freigaben an andere Kommunen", "Shown to other towns"),
    "manage_compared_releases_text": (
        "{ledger} im Hauptbuch, {index} in der Suche: {missing} fehlend, {extra} zu viel, {stale} veraltet.",
        "{ledger} in the ledger, {index} in the search: {missing} missing, {extra} extra, {stale} stale.",
    ),
    "manage_compared_none": ("Es wurde noch nicht verglichen.", "Nothing was compared yet."),
    "manage_compared": ("Verglichen", "Compared"),
    "manage_agrees": ("stimmt überein", "agrees"),
    "manage_differs": ("Abweichungen gefunden", "differences found"),
    "manage_missing_count": ("fehlend", "missing"),
    "manage_extra_count": ("zu viel", "extra"),
    "manage_stale_count": ("veraltet", "stale"),
    "manage_in_ledger": ("Im Hauptbuch", "In the ledger"),
    "manage_in_index": ("In der Suche", "In the search"),
    "manage_flight": ("In Arbeit", "Being worked on"),
    "manage_checksum": ("Prüfsumme", "Checksum"),
    "manage_repair": ("Behoben", "Repaired"),
    "manage_repaired": (
        "{written} neu geschrieben, {taken} entfernt",
        "{written} written again, {taken} taken out",
    ),
    "manage_repair_left": (
        (
            "{n} Einträge kennt das Hauptbuch nicht. Das sind so viele, dass nichts entfernt wurde: "
            "Bitte die Systembetreuung prüfen lassen, ob es das richtige Hauptbuch ist."
        ),
        (
            "{n} entries are unknown to the ledger. They are so many that nothing was taken out: "
            "please have your IT check whether it is the right ledger."
        ),
    ),
    "manage_difference": ("Abweichung", "Difference"),
    "manage_difference_missing": ("fehlt in der Suche", "missing in the search"),
    "manage_difference_unknown": ("im Hauptbuch unbekannt", "unknown to the ledger"),
    "manage_difference_removed": ("war entfernt und ist noch da", "was removed and is still there"),
    "manage_difference_older": ("ältere Fassung", "an earlier version"),
    "manage_difference_newer": ("Fassung, die niemand geschrieben hat", "a version that nobody wrote"),
    "manage_difference_rights": ("andere Leserechte", "other rights"),
    "manage_record": ("Kennung", "Record id"),
    "manage_by": ("Veranlasst von", "Asked for by"),
    "manage_earlier": ("Frühere Abgleiche", "Earlier reconciliations"),
    # deletions
    "manage_deletions_text": (
        (
            "Für jede Unterlage, die ihre Quelle verlassen hat: wann das war, wann die Suche sie nicht mehr "
            "enthielt und wann Datei, "
            "Text und alle Angaben gelöscht waren. Angezeigt wird sie spätestens eine Sekunde nach dem Verlassen "
            "nicht mehr. "
            "Der Nachweis enthält kein Wort der Unterlage."
        ),
        (
            "For each record that left its source: when that was, when the search no longer held it, and when "
            "file, text and all "
            "details were erased. It is not shown any more one second after it left, at the latest. "
            "The receipt holds no word of the record."
        ),
    ),
    "manage_deletions_none": ("Es ist noch nichts gelöscht worden.", "Nothing has been deleted yet."),
    "manage_left_at": ("Quelle verlassen", "Left its source"),
    "manage_unindexed_at": ("Aus der Suche", "Out of the search"),
    "manage_erased_at": ("Alles gelöscht", "All erased"),
    "manage_to_gone": ("Dauer", "Took"),
    "manage_seconds": ("{n} s", "{n} s"),
    "manage_under_hold": ("durch eine Löschsperre bewahrt", "kept by a legal hold"),
    "manage_returned": ("ist zurückgekehrt", "has returned"),
    "manage_under_way": ("läuft", "under way"),
    "manage_older": ("Ältere", "Older"),
    # retention
    "manage_retention_text": (
        (
            "Bei diesen Unterlagen ist die Aufbewahrungsfrist abgelaufen, die die Quelle nennt. Sie sind dem "
            "zuständigen Archiv "
            "anzubieten, bevor sie vernichtet werden. Hier wird dadurch nichts entfernt: Das geschieht in der Quelle."
        ),
        (
            "The retention that the source names has ended for these records. They are to be offered to the "
            "archive before they are "
            "destroyed. Nothing is removed here by that: this is done in the source."
        ),
    ),
    "manage_retention_none": ("Zurzeit ist nichts anzubieten.", "There is nothing to offer at the moment."),
    "manage_due": ("{n} Unterlagen", "{n} records"),
    "manage_due_one": ("Eine Unterlage", "One record"),
    "manage_ended": ("Frist endete", "Retention ended"),
    "manage_closed_record": ("Unterlage, die Sie nicht lesen dürfen", "A record that you may not read"),
    "manage_held_too": ("Löschsperre", "legal hold"),
    "manage_next": ("Weitere", "More"),
    # holds
    "manage_holds_text": (
        (
            "Solange eine Löschsperre gilt, wird von einer Unterlage nichts gelöscht, auch wenn die Quelle sie "
            "verliert; gefunden wird "
            "sie dann trotzdem nicht mehr. Die Sperre gibt niemandem ein Leserecht."
        ),
        (
            "While a legal hold lasts, nothing of a record is erased, even when its source loses it; it is not "
            "found any more then all "
            "the same. A hold gives nobody a right to read."
        ),
    ),
    "manage_holds_none": ("Es gibt keine Löschsperre.", "There is no legal hold."),
    "manage_hold_place": ("Eine Unterlage sperren", "Put a record under a hold"),
    "manage_hold_record": ("Kennung der Unterlage", "Id of the record"),
    "manage_hold_record_hint": (
        "26 Zeichen; sie stehen in der Adresse der Seite der Unterlage.",
        "26 characters; they stand in the address of the record's page.",
    ),
    "manage_hold_reason": ("Grund", "Reason"),
    "manage_hold_reason_hint": (
        "Zum Beispiel das Aktenzeichen der Klage. Er bleibt in der Liste, auch nach dem Aufheben.",
        "For example the number of the lawsuit. It stays in the list, lifted or not.",
    ),
    "manage_hold": ("Sperren", "Hold"),
    "manage_no_record": (
        "Eine Unterlage mit dieser Kennung gibt es bei Ihnen nicht.",
        "Your municipality has no record with this id.",
    ),
    "manage_hold_unusable": (
        "Bitte geben Sie Kennung und Grund an (höchstens 500 Zeichen).",
        "Please give id and reason (at most 500 characters).",
    ),
    "manage_hold_since": ("Gesperrt", "Held"),
    "manage_hold_by": ("{day} von {who}", "{day} by {who}"),
    "manage_hold_at_source": ("in der Quelle vorhanden", "still in its source"),
    "manage_hold_alone": (
        "hat die Quelle verlassen; nur die Sperre bewahrt sie",
        "has left its source; the hold alone keeps it",
    ),
    "manage_hold_lifted": ("aufgehoben {day} von {who}", "lifted {day} by {who}"),
    "manage_lift": ("Aufheben", "Lift"),
    "manage_lift_heading": ("Löschsperre aufheben", "Lift the legal hold"),
    "manage_lift_text": (
        (
            "Hat die Quelle die Unterlage schon verloren, werden Datei, Text und alle Angaben in der nächsten Minute "
            "endgültig gelöscht."
        ),
        "If its source has lost the record already, file, text and all details are erased for good within a minute.",
    ),
    "manage_lift_yes": ("Ja, Sperre aufheben", "Yes, lift the hold"),
}
