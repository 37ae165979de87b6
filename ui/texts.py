"""Every sentence of the pages, German and English side by side, so that neither can be missing; no markup in them."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from ui.alike_texts import ALIKE_TEXTS
from ui.citation_texts import CITATION_TEXTS
from ui.management_texts import MANAGEMENT_TEXTS
from ui.report_texts import REPORT_TEXTS

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = ("de", "en")

#: key: (German, English). A key ending in `_one` is the singular of the key without it.
TEXTS: dict[str, tuple[str, str]] = {
    # frame
    "product": ("Aktensuche", "Record search"),
    "product_line": ("Die gemeinsame Suche über die E-Akten", "One search over the electronic files"),
    "skip_content": ("Zum Inhalt springen", "Skip to content"),
    "skip_hits": ("Zu den Treffern springen", "Skip to the results"),
    "home": ("Zur Startseite der Suche", "To the start of the search"),
    "areas": ("Bereiche der Aktensuche", "Parts of the record search"),
    "signed_in_as": ("Angemeldet:", "Signed in:"),
    "sign_out": ("Abmelden", "Sign out"),
    "language_other": ("English", "Deutsch"),
    "language_label": ("Switch to English", "Auf Deutsch umschalten"),
    "footer": (
        "Sie sehen nur, was Sie lesen dürfen. Jede Anzeige einer Akte wird protokolliert.",
        "You see only what you may read. Every display of a record is logged.",
    ),
    # sign-in
    "sign_in": ("Anmelden", "Sign in"),
    "sign_in_heading": ("Willkommen bei der Aktensuche", "Welcome to the record search"),
    "sign_in_text": (
        (
            "Finden Sie Vorgänge nach Nummer, Wort oder Sinn, und öffnen Sie gleich die richtige Seite. "
            "Melden Sie sich dazu mit Ihrem Dienstkonto an."
        ),
        (
            "Find records by number, word or meaning, and open the right page at once. "
            "Sign in with your work account to begin."
        ),
    ),
    "sign_in_again": ("Bitte melden Sie sich erneut an", "Please sign in again"),
    "sign_in_again_text": (
        "Ihre Anmeldung ist abgelaufen. Danach geht es dort weiter, wo Sie waren.",
        "Your sign-in has ended. After signing in you return to where you were.",
    ),
    "sign_in_failed": ("Die Anmeldung hat nicht geklappt", "The sign-in did not work"),
    "sign_in_failed_text": (
        (
            "Die Anmeldung wurde abgebrochen, hat zu lange gedauert oder lief in einem anderen Fenster. "
            "Bitte versuchen Sie es noch einmal."
        ),
        "The sign-in was cancelled, took too long or happened in another window. Please try again.",
    ),
    "sign_in_down": ("Der Anmeldedienst antwortet nicht", "The sign-in service does not answer"),
    "sign_in_down_text": (
        ("Bitte versuchen Sie es in ein paar Minuten noch einmal. Bleibt es dabei, sagen Sie Ihrer IT Bescheid."),
        "Please try again in a few minutes. If it stays like this, tell your IT.",
    ),
    # search form
    "search": ("Suchen", "Search"),
    "search_heading": ("Akten suchen", "Search records"),
    "search_label": ("Wonach suchen Sie?", "What are you looking for?"),
    "search_hint": (
        "Wörter, ein Aktenzeichen, „genauer Wortlaut“ oder ein ganzer Absatz",
        "Words, a file reference, “exact wording” or a whole paragraph",
    ),
    "mode": ("Suchen nach", "Search by"),
    "mode_hybrid": ("Wörtern und Sinn", "Words and meaning"),
    "mode_keyword": ("nur Wörtern", "Words only"),
    "mode_semantic": ("nur Sinn", "Meaning only"),
    # before the first search
    "help_heading": ("Das können Sie eingeben", "What you can type"),
    "help_number": ("Ein Aktenzeichen oder eine Nummer", "A file reference or a number"),
    "help_number_example": ("632.10-2024/17", "632.10-2024/17"),
    "help_words": ("Ein paar Wörter", "A few words"),
    "help_words_example": ("Baumfällung Friedhof", "Baumfällung Friedhof"),
    "help_phrase": ("Einen genauen Wortlaut in Anführungszeichen", "An exact wording in quotation marks"),
    "help_phrase_example": ("„Antrag auf Sondernutzung“", "“Antrag auf Sondernutzung”"),
    "help_question": ("Eine Frage in eigenen Worten", "A question in your own words"),
    "help_question_example": (
        "Wer bezahlt den Zaun zwischen zwei Grundstücken?",
        "Wer bezahlt den Zaun zwischen zwei Grundstücken?",
    ),
    "help_draft": ("Einen Absatz aus Ihrem Entwurf", "A paragraph from your draft"),
    "help_draft_example": (
        "Einfügen und ähnliche Vorgänge finden, bis zu 8.000 Zeichen",
        "Paste it and find similar cases, up to 8,000 characters",
    ),
    # signs in a question
    "syntax_heading": ("Suchhilfe", "Search help"),
    "syntax_typed": ("Sie tippen", "You type"),
    "syntax_finds": ("Gefunden wird", "It finds"),
    "syntax_words_example": ("Hundesteuer Befreiung", "Hundesteuer Befreiung"),
    "syntax_words": (
        "Unterlagen mit diesen Wörtern in jeder Form; die mit allen Wörtern stehen oben",
        "Records with these words in any form; those with all of them come first",
    ),
    "syntax_quotes_example": ("„Antrag auf Sondernutzung“", "“Antrag auf Sondernutzung”"),
    "syntax_quotes": ("genau diese Wörter in dieser Reihenfolge", "Exactly these words in this order"),
    "syntax_exclusion_example": ("Hund -Katze", "Hund -Katze"),
    "syntax_exclusion": (
        "Hund, aber nicht Katze; auch: Hund NICHT Katze. „Hunde und -katzen“ schließt nichts aus",
        "Hund but not Katze; also: Hund NOT Katze. “Hunde und -katzen” excludes nothing",
    ),
    "syntax_or_example": ("(Hund ODER Katze) Steuer", "(Hund OR Katze) Steuer"),
    "syntax_or": ("eines von beiden, und dazu Steuer", "One of the two, and Steuer as well"),
    "syntax_and_example": ("Hund UND Katze", "Hund AND Katze"),
    "syntax_and": ("nur Unterlagen mit beidem", "Only records with both"),
    "syntax_near_example": ("Kanal nahe Beitrag", "Kanal NEAR Beitrag"),
    "syntax_near": (
        "beide Wörter auf einer Seite, höchstens etwa zehn Wörter auseinander",
        "Both words on one page, at most about ten words apart",
    ),
    "syntax_wildcard_example": ("Bauantr*", "Bauantr*"),
    "syntax_wildcard": (
        "alle Wörter, die so beginnen; mindestens drei Zeichen vor dem Sternchen",
        "All words that begin like this; at least three characters before the asterisk",
    ),
    "syntax_number_example": ("Az: 632.1-12/2024", "Az: 632.1-12/2024"),
    "syntax_number": (
        "die Unterlage mit diesem Aktenzeichen; ein Teil davon genügt",
        "The record with this file reference; a part of it is enough",
    ),
    "syntax_title_example": ("Titel:Friedhof", "title:Friedhof"),
    "syntax_title": ("Wörter im Titel", "Words in the title"),
    "syntax_fields_example": (
        "Amt:Bauamt Jahr:2020-2024 Typ:Bescheid",
        "department:Bauamt year:2020-2024 type:Bescheid",
    ),
    "syntax_fields": (
        "nur dieses Amt, diese Jahre, diese Art; auch Kommune:, Aktenplan:, Vorgangsart:, Vorgangszeichen:",
        "Only this department, these years, this type; also municipality:, file_plan:, case_type:, case_reference:",
    ),
    "syntax_long": (
        "Text von mehr als 300 Zeichen wird als Ganzes gelesen; Suchzeichen gelten darin nicht.",
        "Text of more than 300 characters is read as a whole; signs have no meaning in it.",
    ),
    # how the question was read
    "read_as": ("So wurde gesucht", "How this was read"),
    "read_off": ("nicht so lesen", "do not read it like this"),
    "read_on": ("wieder einschalten", "switch on again"),
    "read_is_off": ("Ausgeschaltet: {name}.", "Switched off: {name}."),
    "read_written_only": ("Nur so suchen, wie die Wörter dastehen", "Search only for the words as they are written"),
    "reading_quotes": ("Anführungszeichen", "quotation marks"),
    "reading_heading": ("Überschrift mit Anführungszeichen", "heading with quotation marks"),
    "reading_exclusion": ("Ausschluss", "exclusion"),
    "reading_hyphens": ("Bindestriche", "hyphens"),
    "reading_or": ("ODER", "OR"),
    "reading_and": ("UND", "AND"),
    "reading_near": ("Nähe", "nearness"),
    "reading_fields": ("Felder", "fields"),
    "reading_wildcard": ("Sternchen", "asterisk"),
    "reading_numbers": ("Nummern", "numbers"),
    "reading_parts": ("Wortteile", "parts of words"),
    "reading_synonyms": ("andere Wörter dafür", "other words for it"),
    "reading_correction": ("Berichtigung von Tippfehlern", "correction of typing errors"),
    # results
    "total": ("{n} Treffer", "{n} results"),
    "total_one": ("{n} Treffer", "{n} result"),
    "total_at_least": ("mindestens {n} Treffer", "at least {n} results"),
    "from_hit": ("ab Treffer {n}", "from result {n}"),
    "results": ("Treffer", "Results"),
    "sort": ("Sortieren nach", "Sort by"),
    "sort_relevance": ("Passgenauigkeit", "Relevance"),
    "sort_newest": ("Neueste zuerst", "Newest first"),
    "sort_oldest": ("Älteste zuerst", "Oldest first"),
    "sort_title": ("Titel von A bis Z", "Title from A to Z"),
    "sort_apply": ("Sortieren", "Sort"),
    "matched_by": ("Gefunden durch", "Found by"),
    "matched_word": ("Wort", "Word"),
    "matched_meaning": ("Sinn", "Meaning"),
    "released_whole": ("Von {town} freigegeben", "Released by {town}"),
    "released_redacted": ("Von {town} geschwärzt freigegeben", "Released by {town} with redactions"),
    "released_existence": ("{town}: nur Hinweis, dass es sie gibt", "{town}: existence only"),
    "page_n": ("Seite {n}", "Page {n}"),
    "recognised": ("gelesen mit Texterkennung, {n} %", "read by text recognition, {n} %"),
    "recognised_page": (
        "Ein Bild, gelesen mit Texterkennung. Sie ist sich zu {n} % sicher; einzelne Wörter können falsch sein.",
        "A picture, read by text recognition. It is {n} % sure; some words may be wrong.",
    ),
    "doubtful": ("Schlecht lesbare Seiten", "Pages that are hard to read"),
    "doubtful_text": (
        "Hier ist die Texterkennung unsicher, die unsichersten Seiten zuerst. Ein besserer Scan hilft am meisten.",
        "Text recognition is unsure of these pages, the least sure ones first. A better scan helps most.",
    ),
    "doubtful_none": (
        "Die Texterkennung ist sich bei allen Seiten sicher, die Sie lesen dürfen.",
        "Text recognition is sure of all the pages you may read.",
    ),
    "doubtful_sure": ("{n} % sicher", "{n} % sure"),
    "language": ("Sprache", "Language"),
    "has_macros": ("Enthält Makros oder Skripte", "Holds macros or scripts"),
    "signed": ("Elektronisch signiert", "Signed electronically"),
    "encrypted": ("Verschlüsselt, ohne Kennwort lesbar", "Encrypted, readable without a password"),
    "again_read": ("Schärfer neu lesen", "Read again, sharper"),
    "again_asked": ("wird neu gelesen", "is being read again"),
    "again_kept": ("neu gelesen, jetzt sicherer", "read again, surer now"),
    "again_unsurer": ("neu gelesen, nicht sicherer", "read again, no surer"),
    "again_failed": ("ließ sich nicht neu lesen", "could not be read again"),
    "ocr_pages": ("Seiten mit Texterkennung", "Pages read by text recognition"),
    "ocr_confidence": ("Sicherheit der Texterkennung in %", "Confidence of text recognition in %"),
    "yes": ("ja", "yes"),
    "download": ("Original herunterladen", "Download original"),
    "untitled": ("Ohne Titel", "Untitled"),
    "more": ("Weitere Treffer", "More results"),
    "more_loaded": ("Weitere Treffer sind angefügt.", "More results were added."),
    "first_hits": ("Zurück zu den ersten Treffern", "Back to the first results"),
    # narrowing
    "narrow": ("Treffer eingrenzen", "Narrow the results"),
    "narrowed_to": ("Eingegrenzt auf", "Narrowed to"),
    "remove_filter": ("Filter entfernen: {name}", "Remove filter: {name}"),
    "remove_all": ("Alle Filter entfernen", "Remove all filters"),
    "document_type": ("Art", "Type"),
    "department": ("Amt", "Department"),
    "year": ("Jahr", "Year"),
    "case_type": ("Vorgangsart", "Kind of case"),
    "file_plan": ("Aktenplan", "File plan"),
    "tenant": ("Kommune", "Municipality"),
    "date": ("Datum", "Date"),
    "date_from": ("Datum von", "Date from"),
    "date_to": ("Datum bis", "Date to"),
    "date_apply": ("Zeitraum anwenden", "Apply dates"),
    "dates_from_to": ("{a} bis {b}", "{a} to {b}"),
    "dates_from": ("ab {a}", "from {a}"),
    "dates_to": ("bis {b}", "until {b}"),
    "more_values": ("Weitere {n} anzeigen", "Show {n} more"),
    # export
    "export": ("Alle Treffer mitnehmen", "Take all results along"),
    "export_hint": (
        "Liste aller Treffer dieser Suche, mit Aktenzeichen, Art und Datum",
        "List of all results of this search, with reference, type and date",
    ),
    "export_csv": ("CSV", "CSV"),
    "export_xlsx": ("Excel", "Excel"),
    "export_jsonl": ("JSON Lines", "JSON Lines"),
    # nothing found
    "none_heading": ("Keine Treffer", "No results"),
    "none_text": (
        "Zu dieser Suche gibt es nichts, was Sie lesen dürfen.",
        "For this search there is nothing you may read.",
    ),
    "none_spelling": ("Prüfen Sie die Schreibweise.", "Check the spelling."),
    "none_fewer": ("Nehmen Sie weniger oder allgemeinere Wörter.", "Use fewer or more general words."),
    "none_filters": ("Entfernen Sie Filter oder den Zeitraum.", "Remove filters or the dates."),
    "none_quotes": ("Lassen Sie Anführungszeichen weg.", "Leave out quotation marks."),
    "none_mode": (
        "Suchen Sie nach „Wörtern und Sinn“, wenn Sie nur nach einem von beiden gesucht haben.",
        "Search by “Words and meaning” if you searched by only one of them.",
    ),
    "none_owner": (
        "Gehört die Akte einem anderen Amt, fragen Sie dort nach.",
        "If the record belongs to another department, ask there.",
    ),
    "meant": ("Meinten Sie:", "Did you mean:"),
    # record
    "back": ("Zurück zu den Treffern", "Back to the results"),
    "back_search": ("Zur Suche", "To the search"),
    "about": ("Angaben", "Details"),
    "file_reference": ("Aktenzeichen", "File reference"),
    "case_reference": ("Vorgangszeichen", "Case reference"),
    "retention_end": ("Aufbewahren bis", "Keep until"),
    "confidentiality": ("Schutzstufe", "Confidentiality"),
    "privacy_class": ("Datenschutzklasse", "Privacy class"),
    "source_id": ("Kennung im Quellsystem", "Id at the source"),
    "file_name": ("Dateiname", "File name"),
    "size": ("Größe", "Size"),
    "page_count": ("Seiten", "Pages"),
    "pages": ("Seiten", "Pages"),
    "go_to_page": ("Zu Seite", "Go to page"),
    "go": ("Öffnen", "Open"),
    "text_none": (
        (
            "Aus dieser Datei ließ sich kein Text lesen. Sie ist nur über ihre Angaben zu finden; "
            "öffnen Sie das Original."
        ),
        "No text could be read from this file. It is found by its details only; open the original.",
    ),
    "text_partial": (
        "Nicht alle Seiten ließen sich lesen. Was fehlt, steht nur im Original.",
        "Not all pages could be read. What is missing stands in the original only.",
    ),
    "existence_only": (
        "Sie sehen nur, dass es diese Akte gibt. Fragen Sie bei der Kommune nach.",
        "You see only that this record exists. Ask the municipality.",
    ),
    # page view
    "page_x_of_y": ("Seite {n} von {of}", "Page {n} of {of}"),
    "page_text": ("Text der Seite", "Text of the page"),
    "page_picture": ("Bild der Seite", "Picture of the page"),
    "page_picture_alt": (
        "Bild von Seite {n}; der Text steht daneben",
        "Picture of page {n}; its text stands beside it",
    ),
    "page_empty": (
        "Auf dieser Seite ließ sich kein Text lesen. Sehen Sie im Original nach.",
        "No text could be read on this page. See the original.",
    ),
    "page_previous": ("Vorige Seite", "Previous page"),
    "page_next": ("Nächste Seite", "Next page"),
    "page_navigation": ("Blättern", "Turn pages"),
    "to_place": ("Zur Fundstelle", "To the place found"),
    "record_details": ("Alle Angaben zur Akte", "All details of the record"),
    # errors
    "error_403": ("Das geht von hier aus nicht", "This does not work from here"),
    "error_403_text": (
        (
            "Die Seite war veraltet oder der Aufruf kam von anderswo. "
            "Öffnen Sie die Suche neu und versuchen Sie es noch einmal."
        ),
        "The page was out of date or the call came from elsewhere. Open the search again and retry.",
    ),
    "error_404": ("Nicht gefunden", "Not found"),
    "error_404_text": (
        "Diese Seite oder Akte gibt es nicht, oder sie ist nicht für Sie freigegeben.",
        "This page or record does not exist, or it is not open to you.",
    ),
    "error_413": ("Das ist zu viel auf einmal", "That is too much at once"),
    "error_413_text": (
        "Bitte suchen Sie mit höchstens 8.000 Zeichen.",
        "Please search with at most 8,000 characters.",
    ),
    "error_422": ("Diese Eingabe versteht die Suche nicht", "The search does not understand this input"),
    "error_422_text": (
        "Bitte prüfen Sie Ihre Eingabe: höchstens 8.000 Zeichen, Datum „von“ nicht nach „bis“.",
        "Please check your input: at most 8,000 characters, date “from” not after “to”.",
    ),
    "error_429": ("Gerade zu viele Anfragen", "Too many requests right now"),
    "error_429_text": (
        "Bitte warten Sie {n} Sekunden und versuchen Sie es noch einmal.",
        "Please wait {n} seconds and try again.",
    ),
    "error_429_text_one": (
        "Bitte warten Sie eine Sekunde und versuchen Sie es noch einmal.",
        "Please wait one second and try again.",
    ),
    "error_503": ("Die Suche ist gerade nicht erreichbar", "The search cannot be reached right now"),
    "error_503_text": (
        ("Bitte versuchen Sie es in ein paar Minuten noch einmal. Bleibt es dabei, sagen Sie Ihrer IT Bescheid."),
        "Please try again in a few minutes. If it stays like this, tell your IT.",
    ),
    # releases
    "releases": ("Freigaben", "Releases"),
    "releases_text": (
        "Was Ihre Kommune anderen zeigt. Ein Rückruf gilt sofort und endgültig.",
        "What your municipality shows to others. A recall is in force at once and for good.",
    ),
    "releases_none": ("Es ist nichts freigegeben.", "Nothing is released."),
    "releases_older": ("Ältere Freigaben", "Older releases"),
    "release_give": ("Für andere freigeben", "Release to others"),
    "release_back": ("Zurück zur Unterlage", "Back to the record"),
    "release_closed": ("Unterlage, die Sie nicht lesen dürfen", "A record that you may not read"),
    "release_refused": ("So kann nicht freigegeben werden", "It cannot be released like this"),
    "release_recall": ("Zurückrufen", "Recall"),
    "release_form": ("Was gezeigt wird", "What is shown"),
    "release_form_whole": ("Die ganze Unterlage mit Datei", "The whole record with its file"),
    "release_form_redacted": ("Eine geschwärzte Fassung", "A redacted version"),
    "release_form_existence": ("Nur der Hinweis, dass es sie gibt", "Only that it exists"),
    "release_partners": ("Für wen", "For whom"),
    "release_partners_hint": (
        "Kommunen oder Ämter, durch Komma getrennt: michelstadt, oberzent/bauamt. Ein Stern (*) steht für alle.",
        "Municipalities or offices, divided by commas: michelstadt, oberzent/bauamt. An asterisk (*) means all.",
    ),
    "release_all": ("alle Kommunen", "all municipalities"),
    "release_purpose": ("Zweck", "Purpose"),
    "release_legal_basis": ("Rechtsgrundlage", "Legal basis"),
    "release_until": ("Gezeigt bis", "Shown until"),
    "release_until_hint": ("Leer heißt: ohne Ende.", "Empty means without end."),
    "release_no_end": ("ohne Ende", "without end"),
    "release_fields": (
        "Diese Angaben zeigen (bei geschwärzter Fassung und bloßem Hinweis)",
        "Show these details (with a redacted version and with mere existence)",
    ),
    "release_title": ("Titel der geschwärzten Fassung", "Title of the redacted version"),
    "release_title_hint": (
        "Nur bei geschwärzter Fassung. Er darf nicht verraten, was geschwärzt ist.",
        "Only with a redacted version. It must not tell what was redacted.",
    ),
    "release_pages": ("Text der geschwärzten Fassung", "Text of the redacted version"),
    "release_pages_hint": (
        "Andere lesen genau diesen Text und nichts sonst. Eine Zeile aus drei Bindestrichen beginnt eine neue Seite.",
        "Others read exactly this text and nothing else. A line of three hyphens begins a new page.",
    ),
    "release_state": ("Stand", "State"),
    "release_state_pending": ("wird gerade bereitgestellt", "being made ready"),
    "release_state_shown": ("wird gezeigt", "shown"),
    "release_state_recalling": ("zurückgerufen, wird gerade entfernt", "recalled, being removed"),
    "release_state_recalled": ("wird nicht mehr gezeigt", "no longer shown"),
    "release_reason_recalled": ("zurückgerufen", "recalled"),
    "release_reason_ended": ("Frist abgelaufen", "its time has ended"),
    "release_reason_record_gone": ("die Unterlage ist nicht mehr da", "the record is gone"),
    "release_reason_refused": ("die Unterlage darf nicht mehr gezeigt werden", "the record must not be shown any more"),
    "release_reason_rule": ("die Freigaberegel gilt nicht mehr", "the rule no longer holds"),
    "input_kept": ("Ihre Eingabe steht noch im Suchfeld.", "Your input is still in the search field."),
    "error_500": ("Da ist etwas schiefgegangen", "Something went wrong"),
    "error_500_text": (
        ("Das liegt nicht an Ihnen. Bitte versuchen Sie es noch einmal; bleibt es dabei, sagen Sie Ihrer IT Bescheid."),
        "This is not your fault. Please try again; if it stays like this, tell your IT.",
    ),
    "error_old_address": (
        "Diese Adresse gehört zu einer früheren Anmeldung oder zu jemand anderem. Bitte suchen Sie neu.",
        "This address belongs to an earlier sign-in or to somebody else. Please search again.",
    ),
    "retry": ("Noch einmal versuchen", "Try again"),
    **MANAGEMENT_TEXTS,
    **ALIKE_TEXTS,
    **CITATION_TEXTS,
    **REPORT_TEXTS,
}


def say(language: Language, key: str, **values: object) -> str:
    """Return the sentence `key`; with `n` of 1 its singular, numbers as the language writes them."""
    if values.get("n") == 1 and f"{key}_one" in TEXTS:
        key = f"{key}_one"
    shown = {k: say_number(language, v) if isinstance(v, int) else v for k, v in values.items()}
    return TEXTS[key][LANGUAGES.index(language)].format(**shown)


def say_moment(language: Language, moment: dt.datetime) -> str:
    """Return a moment to the minute, in the time of this machine."""
    here = moment.astimezone()
    return f"{say_date(language, here.date())}, {here:%H:%M}" + (" Uhr" if language == "de" else "")


def say_number(language: Language, number: int) -> str:
    """Return a whole number with the language's separator of thousands."""
    text = f"{number:,}"
    return text.replace(",", ".") if language == "de" else text


def say_date(language: Language, day: dt.date) -> str:
    """Return a date as clerks write it."""
    return f"{day:%d.%m.%Y}" if language == "de" else f"{day.day} {day:%b %Y}"


def say_size(language: Language, size: int) -> str:
    """Return a file size with a unit people know."""
    amount, unit = float(size), "Byte"
    for unit in ("Byte", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":  # noqa: PLR2004
            break
        amount /= 1000
    text = f"{amount:.0f}" if unit in {"Byte", "KB"} else f"{amount:.1f}"
    return f"{text.replace('.', ',') if language == 'de' else text} {unit}"
