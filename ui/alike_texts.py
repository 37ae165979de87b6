"""The sentences of similar records and precedents, German and English; a part of ui.texts.TEXTS."""

from __future__ import annotations

ALIKE_TEXTS: dict[str, tuple[str, str]] = {
    "similar": ("Ähnliche Unterlagen", "Similar records"),
    "similar_back": ("Zurück zur Unterlage", "Back to the record"),
    "similar_none": (
        "Es gibt keine ähnliche Unterlage, die Sie lesen dürfen.",
        "There is no similar record that you may read.",
    ),
    "precedents": ("Vergleichsfälle", "Precedents"),
    "precedents_text": (
        (
            "Fügen Sie Ihren Entwurf ein. Sie sehen, wie in ähnlichen Fällen entschieden wurde: aus Ihrer Kommune und "
            "aus dem, was andere freigegeben haben. Bei gleicher Ähnlichkeit stehen abgeschlossene Vorgänge oben."
        ),
        (
            "Paste your draft. You see how similar cases were decided: in your municipality and in what others "
            "released. Among equally similar cases the closed ones come first."
        ),
    ),
    "precedents_draft": ("Ihr Entwurf", "Your draft"),
    "precedents_draft_hint": (
        "Bis zu 50.000 Zeichen. Die erste Zeile gilt als Überschrift.",
        "Up to 50,000 characters. The first line counts as its heading.",
    ),
    "precedents_purpose": ("Wofür Sie die Vergleichsfälle brauchen", "What you need the precedents for"),
    "precedents_purpose_hint": (
        "Pflichtfeld, zum Beispiel das Aktenzeichen. Es wird protokolliert.",
        "Required, for example the file reference. It is logged.",
    ),
    "precedents_fields_hint": (
        "Kann leer bleiben. Gleiches steht weiter oben; ausgeschlossen wird nichts.",
        "May stay empty. What is the same comes first; nothing is left out.",
    ),
    "precedents_find": ("Vergleichsfälle suchen", "Find precedents"),
    "precedents_found": ("Gefundene Vergleichsfälle", "Precedents found"),
    "precedents_none": (
        "Es gibt keinen Vergleichsfall, den Sie lesen dürfen. Beschreiben Sie den Fall ausführlicher.",
        "There is no precedent that you may read. Describe the case in more detail.",
    ),
    "precedents_no_draft": (
        "Bitte fügen Sie einen Entwurf mit höchstens 50.000 Zeichen ein, oder nennen Sie Aktenplan oder Vorgangsart.",
        "Please paste a draft of at most 50,000 characters, or name the file plan or the kind of case.",
    ),
    "precedents_no_purpose": (
        "Bitte nennen Sie in höchstens 200 Zeichen, wofür Sie die Vergleichsfälle brauchen.",
        "Please say in at most 200 characters what you need the precedents for.",
    ),
    "precedents_no_fields": (
        "Bitte prüfen Sie Aktenplan und Vorgangsart: höchstens 300 Zeichen.",
        "Please check file plan and kind of case: at most 300 characters.",
    ),
    "precedents_refused": ("So kann nicht gesucht werden", "It cannot be searched like this"),
    "precedents_kept": ("Ihre Eingabe steht noch im Formular.", "Your input is still in the form."),
    # what a hit says
    "alike_shares": ("Gemeinsam", "In common"),
    "alike_high": ("sehr ähnlich", "very similar"),
    "alike_medium": ("ähnlich", "similar"),
    "alike_low": ("entfernt ähnlich", "remotely similar"),
    "alike_near_copy": ("fast wortgleich", "nearly word for word"),
    "alike_closed": ("abgeschlossener Vorgang", "closed case"),
    "alike_citation": ("Zum Zitieren", "To cite"),
    "share_file_reference": ("gleiches Aktenzeichen: {values}", "same file reference: {values}"),
    "share_case_reference": ("gleiches Vorgangszeichen: {values}", "same case reference: {values}"),
    "share_file_plan": ("gleicher Aktenplan: {values}", "same file plan: {values}"),
    "share_case_type": ("gleiche Vorgangsart: {values}", "same kind of case: {values}"),
    "share_document_type": ("gleiche Art der Unterlage: {values}", "same type of record: {values}"),
    "share_legal_basis": ("gleiche Rechtsgrundlage: {values}", "same legal basis: {values}"),
    "share_words": ("gemeinsame seltene Wörter: {values}", "rare words in common: {values}"),
    "share_meaning": ("ähnlicher Sinn", "similar meaning"),
}
