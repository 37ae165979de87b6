"""What a public source brings is shown to all partners: a standing release, given on behalf of the configuration.

It is a rule like those that records managers give: they see it and can recall it. What a person has recalled is not
given again, whatever the configuration says.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from records.ledger_connection import LedgerConnection
from records.ledger_releases import new_id, recalling, release_digest
from records.ledger_values import Source
from records.release import ALL_PARTNERS, NO_END, Grounds, RecallReason
from records.release_tables import release_rules, releases

#: who gave a rule that nobody gave by hand
CONFIGURATION = "configuration"


class LedgerPublicSources(LedgerConnection):
    """Keeps the rules of public sources as the configuration wants them."""

    def keep(self, source: Source, public: Grounds | None) -> None:
        """Give the rule of a source, or take back the one that was given for it; safe to repeat."""
        mine = (release_rules.c.owner == source.tenant) & (release_rules.c.source == source.name)
        with self._writing() as connection:
            rules = connection.execute(sa.select(release_rules).where(mine)).all()
            live = [rule for rule in rules if rule.recalled_at is None]
            if public is None:
                self._recall(connection, [rule.id for rule in live])
                return
            # SECURITY: a person said that this is not to be shown; a file does not overrule that.
            if live or any(rule.recalled_by != CONFIGURATION for rule in rules):
                return
            said = ([ALL_PARTNERS], NO_END, public.purpose, public.legal_basis)
            connection.execute(
                release_rules.insert().values(
                    rule_id=new_id(),
                    owner=source.tenant,
                    source=source.name,
                    partners=said[0],
                    until=said[1],
                    purpose=said[2],
                    legal_basis=said[3],
                    live_key=release_digest(source.tenant, source.name, *said),
                    created_by=CONFIGURATION,
                    created_at=time.time(),
                )
            )

    @staticmethod
    def _recall(connection: sa.Connection, ids: list[int]) -> None:
        gone = {"live_key": None, "recalled_by": CONFIGURATION, "recalled_at": time.time()}
        connection.execute(release_rules.update().where(release_rules.c.id.in_(ids)).values(**gone))
        connection.execute(recalling(releases.c.rule_id.in_(ids), RecallReason.RULE, by=CONFIGURATION))
