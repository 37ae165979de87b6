"""The sentences of the pages for those who make reports, German and English; a part of ui.texts.TEXTS."""

from __future__ import annotations

REPORT_TEXTS: dict[str, tuple[str, str]] = {
    "reports": ("Berichte", "Reports"),
    "reports_text": (
        "Zahlen nach ganzen Monaten. Was weniger als fünf zählt, wird nicht gezeigt.",
        "Figures by whole months. What counts fewer than five is not shown.",
    ),
    "reports_back": ("Alle Berichte", "All reports"),
    "report_from": ("Erster Monat", "First month"),
    "report_to": ("Letzter Monat", "Last month"),
    "report_month_hint": ("Jahr und Monat, zum Beispiel 2026-03", "Year and month, for example 2026-03"),
    "report_show": ("Zeitraum anzeigen", "Show these months"),
    "report_months_unusable": (
        "Diese Monate ergeben keinen Zeitraum. Gezeigt werden die letzten zwölf.",
        "These months are no range. The last twelve are shown.",
    ),
    "report_made": ("Erstellt am {when}", "Made on {when}"),
    "report_towns": ("Gemeinsam gezählt werden: {names}", "Counted together: {names}"),
    "report_files": ("Als Datei", "As a file"),
    "report_pdf": ("PDF zum Drucken und Ablegen", "PDF to print and keep (German)"),
    "report_csv": ("CSV-Tabelle", "CSV table"),
    "report_xlsx": ("Excel-Arbeitsmappe", "Excel workbook"),
    "report_empty": ("Hierzu gibt es noch keine Zahlen.", "There are no figures about this yet."),
    "report_chart": (
        "Diagramm: {title}. Die Zahlen stehen in der Tabelle darunter.",
        "Chart: {title}. The numbers stand in the table below.",
    ),
    "ready_reports": ("Fertige Berichte", "Ready-made reports"),
    "ready_reports_text": (
        "Texte mit Zahlen aus mehreren Berichten. Ihre Vorlagen können angepasst werden.",
        "Texts with figures of several reports. Their templates can be changed.",
    ),
    "ready_problem": (
        "Diese Vorlage kann so nicht verwendet werden.",
        "This template, or these months, cannot be used.",
    ),
    "report_small": ("<5", "<5"),
    "report_covered": ("verdeckt", "covered"),
    "report_at_least": ("mindestens {n}", "at least {n}"),
    "report_marks": (
        "„<5“: weniger als fünf, mehr als null. „verdeckt“: verriete eine kleine Zahl. „mindestens“: vielleicht mehr.",
        "“<5”: fewer than five, more than none. “covered”: would give a small number away. “at least”: perhaps more.",
    ),
}
