"""Rulings of courts as they are cited in German letters: recognised by their numbers, and written in one way. Pure.

    BVerwG, Urteil vom 16.09.2010 - 4 C 7.10                    4 C 7/10
    BVerwG, Urt. v. 16.9.2010 - 4 C 7/10                        4 C 7/10
    VG Darmstadt, Beschluss vom 12.01.2022 - 4 K 1023/21.DA     4 K 1023/21
    BVerfG, 1 BvR 45/15, 46/15                                  one for each
    BSG, Urteil vom 1.2.2014 - B 6 KA 45/13 R                   B 6 KA 45/13 R
    EuGH, C-459/99                                              C-459/99
    ECLI:DE:BVerwG:2010:160910U4C7.10.0                         4 C 7/10

What is written like such a number is in the papers of a municipality mostly a measure ("14 D 118.41"). So it counts
only where a court, a ruling or "Az." stands near it. Two courts may give the same number; which one it was is said
where the text says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

#: how far before a number a court or a ruling is looked for: "Hessischer VGH, Beschluss vom ... in der Sache ... -"
_BEFORE = 90
_BEHIND = 40

#: signs of the registers of German courts; what else stands between two numbers is no ruling
_REGISTERS = (
    "AR|ARs|ARZ|AV|AnwZ|AY|AS|AL|AZR|ABR|BG|BN|BvE|BvF|BvL|BvQ|BvR|CE|CN|CS|Ca|Cs|Ds|EK|GE|IN|IK|Js|KA|KLs|KN|KR|KS"
    "|LA|LB|LC|LP|Ls|LwZR|MB|ME|MN|NB|NC|NE|Ns|NotZ|OB|OE|OA|OWi|PB|PKH|Qs|RA|RE|SB|SO|StB|StR|Sa|Ta|TaBV|TE|TG|TH|TJ|TM"
    "|TO|TP|TZ|UE|UF|UZ|UR|VR|VB|WB|WD|WF|WNB|XII|ZB|ZR|ZU|Z|[A-HK-PR-W]"
)
_CHAMBER = r"(?:\d{1,2}[a-z]?|[IVX]{1,4}[a-z]?)"
_NUMBER = re.compile(
    r"(?<![^\W_])(?<![.,/:-])"
    r"(?:(?P<social>[BLS] \d{1,2} (?:AL|AS|AY|EG|KA|KR|KS|P|R|SB|SO|U|V|VG) \d{1,5}/\d\d(?: (?:AR|BH?|ER|KL|RH?)\b)?)"
    rf"|(?P<before>{_CHAMBER}) ?(?P<register>{_REGISTERS}) "
    r"(?:(?P<number>\d{1,5}) ?[/.] ?(?P<year>\d\d)(?P<more>(?: ?, \d{1,5}[/.]\d\d(?!\d))*)"
    r"|(?P<year_first>\d\d)\.(?P<number_behind>\d{3,5}))"
    r"|(?P<union>[CT]-\d{1,4}/\d\d))"
    r"(?!\d|[.,/]\d)"
)
#: nothing but rulings is written like these
_UNMISTAKABLE = re.compile(r"\b(?:Bv[EFLQR]|AZR|StR)\b")
_MORE = re.compile(r"(\d{1,5})[/.](\d\d)")
_ECLI = re.compile(
    r"\bECLI:DE:([A-Za-z]{2,10}):\d{4}:\d{6}[UBGV]([0-9A-Z]{1,3}?)([A-Z][A-Za-z]{0,3})(\d{1,5})\.(\d\d)\.\d"
)

_COURT = (
    r"(?:BVerfG|BVerwG|BGH|BAG|BFH|BSG|EuGH|EuG|EGMR|RG"
    r"|Bundes(?:verfassungs|verwaltungs|arbeits|sozial)gericht|Bundesgerichtshof|Bundesfinanzhof"
    r"|(?:Hess(?:\.|ischer)? ?|HessI?|Bay(?:\.|er\.|erischer)? ?)?(?:VGH|Verwaltungsgerichtshof)"
    r"(?: (?:Kassel|Hessen|Mannheim|München|Baden-Württemberg|BW))?"
    r"|(?:OVG|OLG|VG|LG|AG|SG|LSG|LAG|ArbG|FG|Oberverwaltungsgericht|Oberlandesgericht|Verwaltungsgericht|Landgericht"
    r"|Amtsgericht|Sozialgericht|Landessozialgericht|Arbeitsgericht|Finanzgericht)s?"
    r"(?: (?:Frankfurt(?: am Main| a\. ?M\.)?|[A-ZÄÖÜ][a-zäöüß]{2,20}(?:-[A-ZÄÖÜ][a-zäöüß]{2,20})?))?)"
)
_NEAR = re.compile(
    rf"(?<![^\W_])(?:{_COURT}|Urteil(?:en?|s)?|Urt\.|Beschl(?:\.|uss|üsse[n]?|usses)|Entscheidung(?:en)?|Gerichtsbescheid"
    r"|Rechtsprechung|Az\.?:?|Aktenzeichen:?)(?![^\W_])"
)
_NAMED = re.compile(
    rf"(?<![^\W_])(?P<court>{_COURT})(?:,? (?:Urteil|Urt\.|Beschluss|Beschl\.|Gerichtsbescheid|Entscheidung))?"
    r"(?:,? (?:vom|v\.) ?\d{1,2}\. ?(?:\d{1,2}\.|[A-Z][a-zä]{2,8}) ?\d{2,4})?,? ?(?:[-\u2013(] ?)?(?:Az\.:? ?)?$"
)
_SHORT = {
    "Bundesverfassungsgericht": "BVerfG",
    "Bundesverwaltungsgericht": "BVerwG",
    "Bundesgerichtshof": "BGH",
    "Bundesarbeitsgericht": "BAG",
    "Bundesfinanzhof": "BFH",
    "Bundessozialgericht": "BSG",
    "Verwaltungsgerichtshof": "VGH",
    "Oberverwaltungsgericht": "OVG",
    "Oberlandesgericht": "OLG",
    "Landessozialgericht": "LSG",
    "Verwaltungsgericht": "VG",
    "Arbeitsgericht": "ArbG",
    "Finanzgericht": "FG",
    "Sozialgericht": "SG",
    "Landgericht": "LG",
    "Amtsgericht": "AG",
}


class Ruling(NamedTuple):
    """The number of a ruling, the court where it is named right before it, and where they stand."""

    number: str
    court: str | None
    start: int
    end: int

    @property
    def label(self) -> str:
        """The ruling as it is shown."""
        return f"{self.court} {self.number}" if self.court else self.number


def rulings(text: str, *, alone: bool = False) -> Iterator[Ruling]:
    """Yield the rulings that a text cites; runs of white space in it are single spaces.

    `alone` is a text that is nothing but such a number, as somebody asks for it.
    """
    for ecli in _ECLI.finditer(text):
        court, chamber, register, number, year = ecli.groups()
        if chamber[-1].isdigit() or chamber.strip("IVX") == "":
            yield Ruling(f"{chamber} {register} {number}/{year}", court, *ecli.span())
    for found in _NUMBER.finditer(text):
        before = text[max(0, found.start() - _BEFORE) : found.start()]
        behind = text[found.end() : found.end() + _BEHIND]
        if not (alone or _UNMISTAKABLE.search(found[0]) or _NEAR.search(before) or _NEAR.search(behind)):
            continue
        named = _NAMED.search(before)
        court = _short(named["court"]) if named is not None else None
        start = found.start() - len(before) + named.start() if named is not None else found.start()
        for number in _numbers(found):
            yield Ruling(number, court, start, found.end())


def _numbers(found: re.Match[str]) -> Iterator[str]:
    if found["social"] or found["union"]:
        yield found["social"] or found["union"]
        return
    chamber, register = found["before"], found["register"]
    if found["year_first"]:
        yield f"{chamber} {register} {found['year_first']}.{found['number_behind']}"
        return
    yield f"{chamber} {register} {found['number']}/{found['year']}"
    for number, year in _MORE.findall(found["more"]):
        yield f"{chamber} {register} {number}/{year}"


def _short(court: str) -> str:
    if "VGH" in court or "Verwaltungsgerichtshof" in court:
        return "VGH Kassel" if "Hess" in court or "Kassel" in court else court
    name, _, town = court.partition(" ")
    name = _SHORT.get(name, _SHORT.get(name.removesuffix("s"), name))
    return f"{name} {town}".strip()
