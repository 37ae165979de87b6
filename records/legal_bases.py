"""Paragraphs of laws as they are cited in German letters: recognised, and written in one way. Pure.

    § 34 Abs. 1 Satz 1 BauGB                § 34 BauGB          the paragraph counts, not the sentence of it
    §§ 34, 35 und 36a BauGB                 one for each
    §§ 29 bis 38 BauGB                      one for each from the first to the last
    § 30 i. V. m. § 34 BauGB                both of the same law
    §§ 5 und 51 der Hessischen Gemeindeordnung (HGO)            the short name where one stands behind, or is known
    § 2 der Baumschutzsatzung der Stadt     § 2 Baumschutzsatzung
    Art. 6 Abs. 1 Buchst. e DS-GVO          Art. 6 DSGVO

A paragraph without a law ("§ 3 gilt entsprechend") says nothing outside of its own text and is left out. What is
recognised is a name, and says nothing of whether there is such a law.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from records.law_names import law_named

#: more are those of a collection of laws, which is like everything
MOST = 50
#: "§§ 1 bis 200" names a law, and none of its paragraphs
_LONGEST_RANGE = 30

#: 36a, 36 a; the f of "34 f." and the i of "30 i.V.m." belong to what follows
_NUMBER = r"\d{1,4}(?:(?:[a-z]| [a-eg-z])(?![^\W_]|\.))?(?:(?![^\W\d_])|(?=ff?\.))"
_UNTIL = r" ?(?:bis|[-\u2010\u2011\u2013]) ?"
_JOINED = rf"(?: ?, ?| ?; ?| ?und ?| ?u\. ?| ?sowie ?| ?/ ?|{_UNTIL})"
_PART = (
    r"(?:Abs(?:atz|ätzen?|\.)?|Unterabsatz|UAbs\.?|Satz|S\.|Nummer|Nrn?\.?|Buchstabe|Buchst\.?|lit\."
    r"|Halbsatz|Halbs\.|Hs\.?|HS|Alternative|Alt\.|Variante|Var\.)"
)
#: "Satz 1, 2. Halbsatz": the 2 is no second Satz
_ITEM = r"(?>[0-9a-z]{1,4}\b\)?)(?!\. ?[AHV])"
_DETAIL = (
    rf"(?: ?,? ?(?:{_PART} ?{_ITEM}(?:{_JOINED}{_ITEM})*"
    rf"|\d\. ?{_PART}"
    r"|\([0-9a-z]{1,3}\)|[a-z]{1,2}\)"
    # § 34 II 1 BauGB
    r"|(?<= )[IVX]{1,5}\b(?: \d{1,2}\b)?(?= [A-Zdi])))"
)
_SIGN = r"(?:§{1,2}|Artikel[ns]?|Art\.?|Paragra(?:ph|f)(?:en)?)"
_ONE = rf"{_NUMBER}(?: ?ff?\.)?{_DETAIL}{{0,6}}"
# what was read once is not read in another way: so hostile text takes no time
_LIST = rf"(?>{_ONE}(?:{_JOINED}{_ONE}){{0,19}})"
_ALONG = r"(?: ?,? ?(?:i\. ?V\. ?m\.|in Verbindung mit|iVm\.?|und|u\.|sowie|,|;) ?)"
#: BauGB, TierSchHuV, SGB VIII, DS-GVO: at least two capitals, and no number in Roman figures
_SHORT = (
    r"(?![IVX]+\b|[A-ZÄÖÜ]{8})[A-ZÄÖÜ][a-zäöüß]{0,8}-?[A-ZÄÖÜ][A-Za-zÄÖÜäöüß]{0,12}(?:-[A-ZÄÖÜ]{1,6})?"
    r"(?: [IVX]{1,4}\b| \d{1,2}\b)?"
)
_KIND = r"(?:[Gg]esetzbuch|[Gg]esetz|[Oo]rdnung|[Ss]atzung)"
_LONG = rf"(?:[A-ZÄÖÜ][A-Za-zäöüß-]{{2,40}}{_KIND}|Gesetzbuch)(?:e?s)?"
_LAW = (
    r" ?(?:(?:der|des|dem|den) )?"
    rf"(?:(?P<long>(?:[A-ZÄÖÜ][a-zäöüß]{{2,30}} ){{0,3}}{_LONG})(?: \((?P<behind>{_SHORT})\))?|(?P<short>{_SHORT}))"
)
_CITED = re.compile(rf"(?P<all>(?>{_SIGN} ?{_LIST}(?:{_ALONG}{_SIGN} ?{_LIST}){{0,5}})){_LAW}(?![^\W\d_])")
_SIGNED = re.compile(rf"(?P<sign>{_SIGN}) ?(?P<list>{_LIST})")
_DETAILS = re.compile(_DETAIL)
_NUMBERS = re.compile(rf"(?P<until>{_UNTIL})?(?P<number>{_NUMBER})")
_SPACE = re.compile(r"[\s\u00a0\u202f]+")
_BOOK = re.compile(r"^(SGB) (\d{1,2})$")
_ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV")


class Placed(NamedTuple):
    """A paragraph and where it is cited, in the text without runs of white space."""

    basis: str
    start: int
    end: int


def legal_bases(text: str) -> tuple[str, ...]:
    """Return the paragraphs that a text cites, each once, in the order in which they stand there; at most MOST."""
    found: dict[str, None] = {}
    for placed in placed_bases(_SPACE.sub(" ", text)):
        found.setdefault(placed.basis)
        if len(found) == MOST:
            break
    return tuple(found)


def placed_bases(text: str) -> Iterator[Placed]:
    """Yield the paragraphs that a text cites, wherever it does; runs of white space in it are single spaces."""
    for cited in _CITED.finditer(text):
        law = _law(cited)
        for signed in _SIGNED.finditer(cited["all"]):
            sign = "Art." if signed["sign"].startswith("Art") else "§"
            for number in _numbers(_DETAILS.sub("", signed["list"])):
                yield Placed(f"{sign} {number} {law}", cited.start(), cited.end())


def _numbers(listed: str) -> Iterator[str]:
    before = ""
    for found in _NUMBERS.finditer(listed):
        number = found["number"].replace(" ", "")
        if found["until"] and before.isdigit() and number.isdigit() and int(number) - int(before) <= _LONGEST_RANGE:
            yield from (str(between) for between in range(int(before) + 1, int(number)))
        yield number
        before = number


def _law(cited: re.Match[str]) -> str:
    short = cited["behind"] or cited["short"]
    if short:
        book = _BOOK.match(short)
        if book is not None and int(book[2]) < len(_ROMAN):
            return f"{book[1]} {_ROMAN[int(book[2])]}"
        # BauGB 2017: the year of a version is no part of the name
        return re.sub(r" \d{1,2}$", "", short).replace("-", "")
    return law_named(cited["long"])
