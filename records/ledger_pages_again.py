"""Pages that records managers want read anew: asked for by a person, done by a worker, and what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import sqlalchemy as sa

from records.access import Principal, admits
from records.errors import NotVisibleError
from records.ledger_connection import LedgerConnection
from records.ledger_managed import managed_tenant
from records.ledger_tables import Again, State, entries, pages_again, recognised_pages
from records.ledger_values import access_from_json

#: so long a page stays with whoever took it up; then he is thought dead
_IN_HAND_SECONDS = 300.0
#: a page that brought its reader down so often is left alone
_TRIES = 3


@dataclass(frozen=True)
class PageAgain:
    """A page that is to be read anew."""

    entry_id: int
    record_id: str
    page: int


class LedgerPagesAgain(LedgerConnection):
    """Safe for threads and for several processes."""

    def ask(self, principal: Principal, record_id: str, page: int) -> None:
        """Have a recognised page read anew; NotVisibleError unless it is of a record that the manager may read."""
        tenant = managed_tenant(principal)
        asked = (
            sa.select(entries.c.id, entries.c.access)
            .join(recognised_pages, recognised_pages.c.entry_id == entries.c.id)
            .where(
                (entries.c.tenant == tenant)
                & (entries.c.record_id == record_id)
                & (entries.c.state == State.INDEXED)
                & (recognised_pages.c.page == page)
            )
        )
        with self._writing() as connection:
            row = connection.execute(asked).first()
            # SECURITY: managing records opens none: a page of a record that is closed, or of another town, looks like
            # one that is nowhere.
            if row is None or not admits(principal, access_from_json(row.access)):
                raise NotVisibleError("no such page")
            mine = (pages_again.c.entry_id == row.id) & (pages_again.c.page == page)
            connection.execute(pages_again.delete().where(mine))
            connection.execute(
                pages_again.insert().values(
                    entry_id=row.id, page=page, state=Again.ASKED, asked_at=time.time(), due_at=self._clock
                )
            )

    def take(self) -> PageAgain | None:
        """Take up the page that waits longest; None if none does. It is another's again after some minutes."""
        due = (pages_again.c.state == Again.ASKED) & (pages_again.c.due_at <= self._clock)
        asked = (
            sa.select(pages_again, entries.c.record_id)
            .join(entries, entries.c.id == pages_again.c.entry_id)
            .where(due & (entries.c.state == State.INDEXED))
            .order_by(pages_again.c.asked_at)
            .limit(1)
        )
        with self._writing() as connection:
            connection.execute(
                pages_again.update().where(due & (pages_again.c.tries >= _TRIES)).values(state=Again.FAILED)
            )
            row = connection.execute(asked).first()
            if row is None:
                return None
            mine = (pages_again.c.entry_id == row.entry_id) & (pages_again.c.page == row.page)
            taken = connection.execute(
                pages_again.update()
                .where(mine & due)
                .values(due_at=self._clock + _IN_HAND_SECONDS, tries=pages_again.c.tries + 1)
            )
            return PageAgain(row.entry_id, row.record_id, row.page) if taken.rowcount else None

    def came_of(self, page: PageAgain, state: Again) -> None:
        """Note what came of a page."""
        mine = (pages_again.c.entry_id == page.entry_id) & (pages_again.c.page == page.page)
        with self._writing() as connection:
            connection.execute(pages_again.update().where(mine).values(state=state))
