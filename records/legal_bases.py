"""Paragraphs of laws as they are cited in German letters: recognised, and written in one way. Pure.

    § 34 Abs. 1 Satz 1 BauGB                § 34 BauGB          the paragraph counts, not the sentence of it
    §§ 34, 35 und 36a BauGB                 one for each
    § 30 i. V. m. § 34 BauGB                both of the same law
    §§ 5 und 51 der Hessischen Gemeindeordnung (HGO)            the short name where one stands behind
    § 2 der Baumschutzsatzung der Stadt     § 2 Baumschutzsatzung
    Art. 6 Abs. 1 Buchst. e DS-GVO          Art. 6 DSGVO

A paragraph without a law ("§ 3 gilt entsprechend") says nothing outside of its own text and is left out. What is
recognised is a name, and says nothing of whether there is such a law.
"""

from __future__ import annotations

import re

#: more are those of a collection of laws, which is like everything
MOST = 50

_NUMBER = r"\d{1,4} ?[a-z]?(?![^\W\d_])"
_JOINED = r"(?: ?, ?| ?und ?| ?u\. ?| ?bis ?| ?/ ?| ?[-\u2013] ?)"
_DETAIL = (
    r"(?: ?,? ?(?:Absatz|Abs\.?|Satz|S\.|Nummer|Nr\.?|Buchstabe|Buchst\.?|lit\."
    r"|Halbsatz|Halbs\.|Hs\.|Alternative|Alt\.)"
    rf" ?[0-9a-z]{{1,4}}(?:{_JOINED}[0-9a-z]{{1,4}}\b)*)"
)
_SIGN = r"(?:§{1,2}|Artikel|Art\.)"
_ONE = rf"{_NUMBER}(?: ?ff?\.)?{_DETAIL}{{0,6}}"
_LIST = rf"{_ONE}(?:{_JOINED}{_ONE}){{0,9}}"
_ALONG = r"(?: ?,? ?(?:i\. ?V\. ?m\.|in Verbindung mit|iVm|und|sowie|,) ?)"
#: BauGB, TierSchHuV, SGB VIII, DS-GVO: at least two capitals
_SHORT = r"[A-ZÄÖÜ][a-zäöüß]{0,8}-?[A-ZÄÖÜ][A-Za-zÄÖÜäöüß]{0,12}(?:-[A-ZÄÖÜ]{1,6})?(?: [IVX]{1,4}\b)?"
_LONG = r"[A-ZÄÖÜ][a-zäöüß]{2,40}(?:gesetzbuch|gesetz|ordnung|satzung)(?:e?s)?"
_LAW = (
    r" ?(?:(?:der|des|dem) )?"
    rf"(?:(?P<long>(?:[A-ZÄÖÜ][a-zäöüß]{{2,30}} ){{0,3}}{_LONG})(?: \((?P<behind>{_SHORT})\))?|(?P<short>{_SHORT}))"
)
_CITED = re.compile(rf"(?P<all>{_SIGN} ?{_LIST}(?:{_ALONG}{_SIGN} ?{_LIST}){{0,3}}){_LAW}(?![^\W\d_])")
_SIGNED = re.compile(rf"(?P<sign>{_SIGN}) ?(?P<list>{_LIST})")
_DETAILS = re.compile(_DETAIL)
_NUMBERS = re.compile(_NUMBER)
_SPACE = re.compile(r"[\s\u00a0\u202f]+")
_CASE_ENDING = re.compile(r"(?<=gesetz)es$|(?<=gesetz)s$|(?<=buch)e?s$")


def legal_bases(text: str) -> tuple[str, ...]:
    """Return the paragraphs that a text cites, each once, in the order in which they stand there; at most MOST."""
    found: dict[str, None] = {}
    for cited in _CITED.finditer(_SPACE.sub(" ", text)):
        law = _law(cited)
        for signed in _SIGNED.finditer(cited["all"]):
            sign = "§" if signed["sign"].startswith("§") else "Art."
            for number in _NUMBERS.findall(_DETAILS.sub("", signed["list"])):
                found.setdefault(f"{sign} {number.replace(' ', '')} {law}")
                if len(found) == MOST:
                    return tuple(found)
    return tuple(found)


def _law(cited: re.Match[str]) -> str:
    short = cited["behind"] or cited["short"]
    if short:
        return str(short).replace("-", "")
    # the adjectives before it bend with the sentence; the last word is the name
    return _CASE_ENDING.sub("", cited["long"].rsplit(" ", 1)[-1])
