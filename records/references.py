"""Numbers of files and papers as they are cited in German letters: with the word before them, or alone. Pure.

    Az. 632.1-12/2024, Aktenzeichen: 632.1 - 12/2024, Gz. 63/17      a file
    Drucksache 2021/1198, Vorlage Nr. 2021/1198, VL-45/2023          a paper of a council
    BT-Drs. 18/1234                                                  a paper of the Bundestag
    632.1-12/2024, 2021/1198                                         alone, where nothing else is written like this

Dates, times, amounts, telephone numbers, plots of land, seasons (2023/2024), and acts of the European Union (2016/679)
are no such numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from records.identifiers import plain

_PIECE = r"[^\W_]{1,12}"
_NUMBER = (
    rf"(?:[A-ZÄÖÜ]{{1,4}} )?(?:{_PIECE}[./_:-])*{_PIECE}"
    rf"(?: ?[/\u2013-] ?(?=\d){_PIECE}(?:[./_:-]{_PIECE})*){{0,4}}"
)
_BETWEEN = r"(?:[-. ]?(?:Nr\.?|Nummer))? ?:? ?"
_MARKED = re.compile(
    r"(?<![^\W_])(?:"
    r"(?P<file>Az\.?|AZ\.?|Aktenzeichen|Aktenz\.|Gz\.?|GZ\.?|Gesch(?:äfts)?(?:zeichen|z\.)"
    r"|(?:[Uu]nser|[Mm]ein|[Ii]hr)e?m? Zeichen)"
    r"|(?P<parliament>BT|LT|BR|Bundestags|Landtags|Bundesrats)-(?:Drucksachen?|Drucks\.|Drs\.?)"
    r"|(?P<paper>Drucksachen?|Drucks\.|Drs\.|DS"
    r"|(?:Beschluss|Sitzungs|Ratss?|Magistrats|Mitteilungs|Informations)?[Vv]orlagen?"
    r"|(?:Vorlage|Drucksache)nnummer|Vorl\.)"
    rf"){_BETWEEN}(?P<number>{_NUMBER})"
)
#: VL-45/2023, as the papers of Hessian councils are numbered
_OF_A_COUNCIL = re.compile(r"(?<![^\W_])(?P<number>(?:VL|BV|MV|IV|AN|AF)-\d{1,4}/(?:19|20)\d\d)(?![\w/])")
_ALONE = re.compile(
    r"(?<![\w./,\u2013-])(?:[A-ZÄÖÜ]{2,4}/)?(?P<number>"
    # a number that begins with the file plan, 632.1-12/2024 or 632-12/2024; not the months 10-12/2024
    r"(?P<file>(?:[1-9]\d{0,3}(?:\.\d{1,3}){1,3}|[1-9]\d{2,3})-\d{1,5}/(?:19|20)\d\d)"
    r"|(?P<paper>(?:19|20)\d\d/\d{3,5}(?:/\d{1,2})?))(?![\w/]|[.,-]\d)"
)
_SOMETHING_ELSE = re.compile(
    r"(?:\((?:EU|EG|EWG|Euratom)\)|Verordnung|Richtlinie|VO|RL|Entscheidung der Kommission"
    r"|BGBl\.?(?: I{1,2})?|GVBl\.?(?: I{1,2})?|ABl\.?(?: [A-Z])?"
    r"|Flurst(?:ück|\.|ücke)|Flst\.?|FlSt\.?|Flur|Gemarkung|Tel(?:\.|efon)?|Fax|IBAN|Konto)"
    r"(?:[-. ]?Nr\.?)?:? ?$"
)
#: Vorlage GR 2021/1198: for which body it is, which others leave out
_FOR = re.compile(r"^[A-ZÄÖÜ]{1,4}[ /](?=(?:19|20)\d\d/)")
_HOUSES = {"Bundestags": "BT", "Landtags": "LT", "Bundesrats": "BR"}
_LOOKED_BACK = 40
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d\d|\d{4})|\d{1,2}[:.]\d\d|(?:19|20)\d\d")
#: 2023/2024, 2023-2024
_YEARS = re.compile(r"(?:19|20)\d\d[/-](?:19|20)\d\d")
_FEWEST_DIGITS = 2
_LONG = 5


class Reference(NamedTuple):
    """A number as it is cited, whether it is that of a paper, and where it stands."""

    number: str
    of_paper: bool
    start: int
    end: int


def references(text: str) -> Iterator[Reference]:
    """Yield the numbers of files and papers that a text cites; runs of white space in it are single spaces."""
    taken = 0
    for found in sorted((*_marked(text), *_unmarked(text)), key=lambda one: (one.start, -one.end)):
        if found.end > taken:
            taken = found.end
            yield found


def _marked(text: str) -> Iterator[Reference]:
    for found in _MARKED.finditer(text):
        number = _FOR.sub("", found["number"].strip())
        of_paper = found["file"] is None
        if is_number(number) or (of_paper and _YEARS.fullmatch(number)):
            house = found["parliament"]
            named = f"{_HOUSES.get(house, house)} {number}" if house else number
            yield Reference(named, of_paper, found.start(), found.end())


def _unmarked(text: str) -> Iterator[Reference]:
    for found in _OF_A_COUNCIL.finditer(text):
        yield Reference(found["number"], True, found.start(), found.end())
    for found in _ALONE.finditer(text):
        before = text[max(0, found.start() - _LOOKED_BACK) : found.start()]
        if not _YEARS.fullmatch(found["number"]) and not _SOMETHING_ELSE.search(before):
            yield Reference(found["number"], found["paper"] is not None, found.start(), found.end())


def is_number(text: str) -> bool:
    """Say whether this can be the number of a file or paper: several pieces with digits, or one long one; no date."""
    digits = sum(c.isdigit() for c in text)
    if digits < _FEWEST_DIGITS or _DATE.fullmatch(text) or _YEARS.fullmatch(text):
        return False
    return len(re.findall(r"[^\W_]+", text)) > 1 or (len(plain(text)) >= _LONG and digits >= _LONG)
