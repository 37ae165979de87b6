"""The invented clerks of the four towns. Nobody here exists."""

from __future__ import annotations

from dataclasses import dataclass

from local.layout import TENANTS

#: how a group is called on the page
DEPARTMENTS = {
    "bauamt": "Bauamt",
    "ordnungsamt": "Ordnungsamt",
    "hauptamt": "Hauptamt",
    "kaemmerei": "Kämmerei",
    "standesamt": "Standesamt",
    "schulamt": "Schulamt",
}
TOWNS = {
    "erbach": "Erbach",
    "michelstadt": "Michelstadt",
    "oberzent": "Oberzent",
    "brombachtal": "Brombachtal",
}
_FIRST_NAMES = {
    "erbach": ("Bea", "Olaf", "Hanna", "Kemal", "Stine", "Silke"),
    "michelstadt": ("Bruno", "Oda", "Hakan", "Katja", "Stefan", "Selma"),
    "oberzent": ("Birte", "Ole", "Hedda", "Konrad", "Swantje", "Simon"),
    "brombachtal": ("Bilge", "Ortrud", "Henrik", "Karla", "Sören", "Sanna"),
}


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in on this machine."""

    subject: str
    name: str
    tenant: str
    groups: tuple[str, ...]
    roles: tuple[str, ...]
    #: what stands beside the name
    post: str


def _accounts() -> dict[str, Account]:
    found: list[Account] = []
    for tenant in TENANTS:
        for first, (group, department) in zip(_FIRST_NAMES[tenant], DEPARTMENTS.items(), strict=True):
            subject = f"{group}.{tenant}"
            post = f"{department} {TOWNS[tenant]}"
            found.append(Account(subject, f"{first} Beispiel", tenant, (group,), (), post))
        found.append(
            Account(
                f"schriftgut.{tenant}",
                "Alex Beispiel",
                tenant,
                ("hauptamt",),
                # one person counts for all four
                ("records-manager", "reports", *(("cooperation",) if tenant == TENANTS[0] else ())),
                f"Schriftgutverwaltung {TOWNS[tenant]}",
            )
        )
        found.append(
            Account(f"datenschutz.{tenant}", "Dana Beispiel", tenant, (), ("privacy",), f"Datenschutz {TOWNS[tenant]}")
        )
        found.append(
            Account(f"leitung.{tenant}", "Lore Beispiel", tenant, ("leitung",), (), f"Leitung {TOWNS[tenant]}")
        )
    return {account.subject: account for account in found}


#: by subject, town by town
ACCOUNTS = _accounts()
