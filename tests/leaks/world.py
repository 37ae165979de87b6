"""Invented towns for the leak suite: who asks, what lies there, and the rule once more in plain sets.

Nothing here uses the product's own rule or its values: the oracle must not be wrong where the product is.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

TENANTS = ("erbach", "michelstadt", "oberzent", "brombachtal")
#: the same names in every town, and some that are beginnings of others
GROUPS = ("bauamt", "bau", "bauamt-ost", "ordnungsamt", "hauptamt", "kaemmerei", "standesamt", "leitung")
PROTECTED = ("art9", "steuer", "sozial", "personal", "register")
TYPES = ("Bescheid", "Vermerk", "Satzung", "Gutachten")
#: words of the texts, far from each other and from each other's stems
WORDS = ("Kastanie", "Brunnen", "Quittenweg", "Laternenmast", "Pflasterung", "Marktplatz", "Wegerecht", "Zaunhecke")

#: what every third record cites; as many others cite the number of a record of their town
LAW = "§ 34 BauGB"

_LETTERS = "bcdfghjklmnpqrstvwxz"
#: what marks a canary: 30 letters of 20 are 129 bits
CANARY = r"kn[bcdfghjklmnpqrstvwxz]{30}"


def canary(dice: random.Random) -> str:
    return "kn" + "".join(dice.choices(_LETTERS, k=30))


@dataclass(frozen=True)
class Paper:
    """One record as its town knows it; readers are bare names of groups of the same town."""

    tenant: str
    name: str
    title: str
    pages: tuple[str, ...]
    secret: str
    words: frozenset[str]
    readers: frozenset[str]
    deny: frozenset[str] = frozenset()
    confidential: bool = False
    #: the kind of protected personal data, or "normal"
    privacy: str = "normal"
    department: str = "bauamt"
    document_type: str = "Vermerk"
    date: dt.date = dt.date(2024, 3, 7)
    file_reference: str | None = None
    #: what it cites, on which page
    cited: str | None = None
    citing_page: int = 1


@dataclass(frozen=True)
class Asker:
    """Somebody with a token; `software` are the groups of the software that asks for them."""

    subject: str
    tenant: str
    groups: frozenset[str]
    roles: frozenset[str] = frozenset()
    software: frozenset[str] | None = None

    def __str__(self) -> str:
        by = f" by {'+'.join(sorted(self.software)) or 'nothing'}" if self.software is not None else ""
        roles = f" as {'+'.join(sorted(self.roles))}" if self.roles else ""
        return f"{self.tenant}:{'+'.join(sorted(self.groups)) or 'nobody'}{roles}{by}"


def may_read(asker: Asker, paper: Paper) -> bool:
    """The rule in plain words, written apart from the product's."""
    if asker.tenant != paper.tenant:
        return False
    parties = [asker.groups | {"alle"}]
    if asker.software is not None:
        parties.append(asker.software | {"alle"})
    if any(party & paper.deny for party in parties):
        return False
    if not paper.readers:
        return "records-manager" in asker.roles and asker.software is None
    if "alle" in paper.readers and not paper.confidential and paper.privacy == "normal":
        return True
    return all(party & (paper.readers - {"alle"}) for party in parties)


def is_manager(asker: Asker) -> bool:
    return "records-manager" in asker.roles and asker.software is None


def random_paper(dice: random.Random, tenant: str, number: int) -> Paper:
    secret = canary(dice)
    words = frozenset(w for w in WORDS if dice.random() < 0.3)
    pages = [f"Beispiel Deckblatt {number}", f"Lorem {' und '.join(sorted(words))} sowie {secret}"]
    if dice.random() < 0.4:
        pages.append("Beispiel Anhang")
    return Paper(
        tenant=tenant,
        name=f"{tenant}-{number:04}.txt",
        title=f"Beispiel {secret}",
        pages=tuple(pages),
        secret=secret,
        words=words,
        readers=frozenset(dice.sample((*GROUPS, "alle"), dice.choice((0, 1, 1, 1, 2, 3)))),
        deny=frozenset(dice.sample((*GROUPS, "alle"), dice.choice((0, 0, 0, 0, 1, 2)))),
        confidential=dice.random() < 0.2,
        privacy=dice.choice(("normal",) * 12 + PROTECTED),
        department=dice.choice(GROUPS),
        document_type=dice.choice(TYPES),
        date=dt.date(dice.randint(2018, 2025), dice.randint(1, 12), dice.randint(1, 28)),
        file_reference=f"632.{number}/{dice.randint(2018, 2025)}",
    )


def papers(seed: str, of_each: int, tenants: Iterable[str] = TENANTS) -> list[Paper]:
    dice = random.Random(seed)
    made: list[Paper] = []
    for tenant in tenants:
        for number in range(of_each):
            paper = random_paper(dice, tenant, number)
            cited = (LAW, made[-1].file_reference if number else None, None)[number % 3]
            made.append(_citing(paper, cited) if cited else paper)
    return made


def _citing(paper: Paper, cited: str) -> Paper:
    said = f"Beispiel nach {cited}." if cited == LAW else f"Beispiel zu Az. {cited}."
    return replace(paper, pages=(*paper.pages, said), cited=cited, citing_page=len(paper.pages) + 1)


def random_asker(dice: random.Random, tenant: str, number: int) -> Asker:
    groups = frozenset(dice.sample(GROUPS, dice.choice((0, 1, 1, 2, 3, 5))))
    roles = frozenset(r for r in ("records-manager", "reports", "privacy") if dice.random() < 0.25)
    roles |= {"cooperation"} if number % 3 == 0 else frozenset()
    software = frozenset(dice.sample(GROUPS, dice.choice((0, 1, 3, 6)))) if dice.random() < 0.3 else None
    return Asker(f"pruefung-{tenant}-{number}", tenant, groups, roles, software)


def askers(seed: str, of_each: int) -> list[Asker]:
    """The same kinds in every town: nobody's group, all groups and roles, the same by weak software, random ones."""
    dice = random.Random(seed)
    everything, roles = frozenset(GROUPS), frozenset({"records-manager", "reports"})
    made: list[Asker] = []
    for tenant in TENANTS:
        made += [
            Asker(f"niemand-{tenant}", tenant, frozenset()),
            Asker(f"alles-{tenant}", tenant, everything, roles),
            Asker(f"alles-{tenant}", tenant, everything, roles, frozenset()),
        ]
        made += [random_asker(dice, tenant, number) for number in range(of_each - 3)]
    return made


@dataclass
class Shelf:
    """Papers by the id the product gave them."""

    by_id: dict[str, Paper] = field(default_factory=dict)

    def open_to(self, asker: Asker) -> set[str]:
        return {record_id for record_id, paper in self.by_id.items() if may_read(asker, paper)}
