"""How values read in German, where they are not already words. Pure."""

from __future__ import annotations

from records.query import FilterField

_KNOWN: dict[FilterField, dict[str, str]] = {
    FilterField.TEXT: {
        "full": "vollständig lesbar",
        "partial": "teilweise lesbar",
        "none": "ohne lesbaren Text",
    },
    FilterField.DEPARTMENT: {"kaemmerei": "Kämmerei", "buergerbuero": "Bürgerbüro"},
    FilterField.MEDIA_TYPE: {
        "application/pdf": "PDF",
        "image/tiff": "TIFF-Bild",
        "image/png": "PNG-Bild",
        "image/jpeg": "JPEG-Bild",
        "message/rfc822": "E-Mail",
        "text/html": "HTML-Seite",
        "text/plain": "Textdatei",
        "text/csv": "CSV-Tabelle",
        "application/zip": "ZIP-Archiv",
        "application/rtf": "RTF-Text",
        "application/msword": "Word (alt)",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
        "application/vnd.oasis.opendocument.text": "ODT-Text",
        "application/vnd.oasis.opendocument.spreadsheet": "ODS-Tabelle",
    },
}

_NAMES = {FilterField.DEPARTMENT, FilterField.TENANT, FilterField.DOCUMENT_TYPE, FilterField.CONFIDENTIALITY}


def label(field: FilterField, value: str) -> str:
    """Return how this value reads; the value itself where nothing better is known."""
    known = _KNOWN.get(field, {}).get(value)
    if known is not None:
        return known
    return value[:1].upper() + value[1:] if field in _NAMES and value.islower() else value
