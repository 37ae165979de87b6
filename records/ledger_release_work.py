"""What the indexer asks and tells the ledger about releases: what to show, what to take back, what rules give.

The ledger decides, the index follows: a release is written again whenever its record changed, and taken back when the
record is gone or has become one that must not be shown. Leases and sequences work as for entries (records.ledger).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from records.errors import InvalidInputError
from records.ledger_connection import LedgerConnection, pieces
from records.ledger_releases import (
    LIVE,
    access_of,
    recalling,
    release_digest,
    release_values,
    rule_draft_of,
    shown_of,
)
from records.ledger_tables import State, VectorState, entries
from records.ledger_values import Entry, access_from_json, metadata_from_json
from records.refusals import Refusals
from records.release import RecallReason, ReleaseAccess, ReleaseForm, ReleaseState, RuleDraft, Shown
from records.release_tables import release_rules, releases
from records.settings import LedgerSettings

_MANY = 500
#: a rule looks at what changed since it last looked, a little more, and now and then at everything
_OVERLAP_SECONDS = 300.0
_ALL_EVERY_SECONDS = 900.0

#: what is left of a redaction that was recalled: the fact, not the words
_NO_WORDS = {"title": "-", "pages": ["-"]}


@dataclass(frozen=True)
class ReleaseWork:
    """A release as a worker holds it under a lease, with its record as it stood at the same moment."""

    id: int
    release_id: str
    state: ReleaseState
    sequence: int
    shown: Shown
    access: ReleaseAccess
    entry: Entry
    record_year: str | None

    @property
    def version(self) -> int:
        """The engine's version of this release without vectors; one more is the same with vectors."""
        return self.sequence * 2


@dataclass(frozen=True)
class ReleaseDone:
    """What became of a piece of work: shown, with or without vectors, or taken out of the index."""

    work: ReleaseWork
    vectors: VectorState = VectorState.NONE


class LedgerReleaseWork(LedgerConnection):
    """Safe for threads and for several processes."""

    def __init__(self, settings: LedgerSettings, refusals: Refusals) -> None:
        super().__init__(settings)
        self._refusals = refusals

    # what records and time do to releases

    def follow(self) -> int:
        """Note what became of the records of releases, and of their time; returns how many releases that touched."""
        gone = sa.select(entries.c.id).where(
            entries.c.id.in_(sa.select(releases.c.entry_id).where(releases.c.state.in_(LIVE)))
            & entries.c.state.in_((State.REMOVING, State.REMOVED, State.QUARANTINED))
        )
        with self._writing() as connection:
            ended = connection.execute(recalling(releases.c.until < self._clock, RecallReason.ENDED)).rowcount
            # SECURITY: no release outlives its record.
            left = connection.execute(recalling(releases.c.entry_id.in_(gone), RecallReason.RECORD_GONE)).rowcount
        changed = 0
        while some := self._follow_changes():
            changed += some
        return ended + left + changed

    def _follow_changes(self) -> int:
        rules = release_rules.c.id == releases.c.rule_id
        asked = (
            sa.select(
                *(releases.c[name] for name in ("id", "sequence", "form")),
                *(entries.c[name].label(f"entry_{name}") for name in ("sequence", "metadata", "access")),
                *(release_rules.c[name] for name in ("file_plan", "document_type")),
                release_rules.c.id.label("rule"),
            )
            .join(entries, entries.c.id == releases.c.entry_id)
            .outerjoin(release_rules, rules)
            .where(releases.c.state.in_(LIVE) & (releases.c.entry_sequence != entries.c.sequence))
            .limit(_MANY)
        )
        with self._writing() as connection:
            rows = connection.execute(asked).all()
            for row in rows:
                mine = (releases.c.id == row.id) & (releases.c.sequence == row.sequence)
                reason = self._must_go(row)
                if reason is not None:
                    connection.execute(recalling(mine, reason))
                else:
                    again = {
                        "state": ReleaseState.PENDING,
                        "sequence": releases.c.sequence + 1,
                        "entry_sequence": row.entry_sequence,
                        "lease_owner": None,
                        "lease_until": None,
                        "changed_at": time.time(),
                    }
                    connection.execute(releases.update().where(mine & releases.c.state.in_(LIVE)).values(**again))
        return len(rows)

    def _must_go(self, row: Any) -> RecallReason | None:
        metadata = metadata_from_json(row.entry_metadata)
        try:
            self._refusals.check(metadata, access_from_json(row.entry_access), ReleaseForm(row.form))
        except InvalidInputError:
            # SECURITY: what has become protected is taken back, whoever released it before.
            return RecallReason.REFUSED
        if row.rule is not None and not _means(row.file_plan, row.document_type, metadata):
            return RecallReason.RULE
        return None

    # what rules give

    def apply_rules(self) -> int:
        """Give what the standing rules give, to records that have come since they were last applied."""
        live = release_rules.c.recalled_at.is_(None) & (release_rules.c.until >= self._clock)
        with self._reading() as connection:
            rules = [row._asdict() for row in connection.execute(sa.select(release_rules).where(live))]
        return sum(self._apply(rule) for rule in rules)

    def _apply(self, rule: Mapping[str, Any]) -> int:
        draft, began = rule_draft_of(rule), time.time()
        whole = rule["applied_at"] < began - _ALL_EVERY_SECONDS
        since = 0.0 if whole else rule["applied_until"] - _OVERLAP_SECONDS
        given, last = 0, 0
        while rows := self._meant(rule, draft, since, last):
            last = rows[-1].id
            wanted = [self._given_by(rule, draft, row) for row in rows if self._may_be_given(draft, row)]
            given += self._give(rule["id"], wanted)
        noted = {"applied_until": began} | ({"applied_at": began} if whole else {})
        with self._writing() as connection:
            connection.execute(release_rules.update().where(release_rules.c.id == rule["id"]).values(**noted))
        return given

    def _meant(self, rule: Mapping[str, Any], draft: RuleDraft, since: float, last: int) -> Sequence[Any]:
        # what somebody recalled by hand, or what is given already, is not given again
        settled = sa.exists().where(
            (releases.c.rule_id == rule["id"])
            & (releases.c.entry_id == entries.c.id)
            & (releases.c.state.in_(LIVE) | (releases.c.reason == RecallReason.RECALLED))
        )
        condition = (
            (entries.c.tenant == rule["owner"])
            & (entries.c.state == State.INDEXED)
            & (entries.c.changed_at >= since)
            & (entries.c.id > last)
            & ~settled
        )
        if draft.source is not None:
            condition &= entries.c.source_id == int(draft.source.rpartition("-")[2])
        if draft.document_type is not None:
            condition &= entries.c.metadata["document_type"].as_string() == draft.document_type
        if draft.file_plan is not None:
            plan = entries.c.metadata["file_plan"].as_string()
            condition &= plan.startswith(draft.file_plan, autoescape=True)
        with self._reading() as connection:
            return connection.execute(sa.select(entries).where(condition).order_by(entries.c.id).limit(_MANY)).all()

    def _may_be_given(self, draft: RuleDraft, row: Any) -> bool:
        metadata = metadata_from_json(row.metadata)
        try:
            self._refusals.check(metadata, access_from_json(row.access), ReleaseForm.WHOLE)
        except InvalidInputError:
            return False
        return draft.means(metadata)

    @staticmethod
    def _given_by(rule: Mapping[str, Any], draft: RuleDraft, row: Any) -> dict[str, Any]:
        key = release_digest("rule", rule["rule_id"], row.record_id)
        shown = Shown(ReleaseForm.WHOLE)
        return release_values(
            row, shown, draft.access, draft.grounds, live_key=key, created_by=rule["created_by"], rule=rule["id"]
        )

    def _give(self, rule: int, wanted: Sequence[Mapping[str, Any]]) -> int:
        if not wanted:
            return 0
        with self._writing() as connection:
            # SECURITY: a rule that was recalled while it was applied gives nothing more.
            still = sa.select(release_rules.c.id).where(
                (release_rules.c.id == rule) & release_rules.c.recalled_at.is_(None)
            )
            if connection.execute(still.with_for_update()).first() is None:
                return 0
            insert = insert_sqlite if self.engine.dialect.name == "sqlite" else insert_postgresql
            # somebody else may have given the same at the same time
            adding = insert(releases).on_conflict_do_nothing(index_elements=["live_key"]).returning(releases.c.id)
            return sum(connection.execute(adding.values(**values)).first() is not None for values in wanted)

    # work under leases

    def claim(self, owner: str, count: int, seconds: float) -> tuple[ReleaseWork, ...]:
        """Take releases that are to be shown or taken out of the index and that nobody holds; recalls come first."""
        showable = (
            (releases.c.state == ReleaseState.PENDING)
            & (entries.c.state == State.INDEXED)
            & (entries.c.sequence == releases.c.entry_sequence)
        )
        wanted = (releases.c.state == ReleaseState.RECALLING) | showable
        order = sa.case((releases.c.state == ReleaseState.RECALLING, 0), else_=1)
        states = (ReleaseState.RECALLING, ReleaseState.PENDING)
        return self._claim(wanted, states, order=(order, releases.c.id), owner=owner, count=count, seconds=seconds)

    def claim_vectors(self, owner: str, count: int, seconds: float) -> tuple[ReleaseWork, ...]:
        """Take releases that meaning search does not know yet; of a whole one the record's own come first."""
        its_own = (releases.c.form == ReleaseForm.REDACTED) | (entries.c.vectors == VectorState.DONE)
        same = entries.c.sequence == releases.c.entry_sequence
        wanted = (releases.c.state == ReleaseState.SHOWN) & (releases.c.vectors == VectorState.PENDING) & its_own & same
        shown = (ReleaseState.SHOWN,)
        return self._claim(wanted, shown, order=(releases.c.id,), owner=owner, count=count, seconds=seconds)

    def _claim(
        self,
        wanted: sa.ColumnElement[bool],
        states: Sequence[ReleaseState],
        *,
        order: Sequence[Any],
        owner: str,
        count: int,
        seconds: float,
    ) -> tuple[ReleaseWork, ...]:
        free = releases.c.lease_until.is_(None) | (releases.c.lease_until < self._clock)
        joined = releases.join(entries, entries.c.id == releases.c.entry_id)
        first = sa.select(releases.c.id).select_from(joined).where(wanted & free).order_by(*order).limit(count)
        with self._writing() as connection:
            ids = list(connection.execute(first).scalars())
            taken = connection.execute(
                releases.update()
                # SECURITY: a release that was recalled since is not written as one that is given.
                .where(releases.c.id.in_(ids) & free & releases.c.state.in_(states))
                .values(lease_owner=owner, lease_until=self._clock + seconds)
                .returning(releases)
            )
            rows = [row._asdict() for row in taken]
            held = {row["entry_id"] for row in rows}
            found = {entry.id: entry for entry in self._load(connection, sorted(held))}
            asked = sa.select(entries.c.id, entries.c.record_date).where(entries.c.id.in_(held))
            years = {row.id: (row.record_date or "")[:4] or None for row in connection.execute(asked)}
        place = {release: number for number, release in enumerate(ids)}
        made = (_work_of(row, found[row["entry_id"]], years[row["entry_id"]]) for row in rows)
        return tuple(sorted(made, key=lambda work: place[work.id]))

    def renew(self, held: Sequence[ReleaseWork], owner: str, seconds: float) -> None:
        """Prolong leases that are still held."""
        self._leases(held, owner, {"lease_until": self._clock + seconds})

    def give_back(self, held: Sequence[ReleaseWork], owner: str) -> None:
        """Give leases back that are still held."""
        self._leases(held, owner, {"lease_owner": None, "lease_until": None})

    def _leases(self, held: Sequence[ReleaseWork], owner: str, values: Mapping[str, Any]) -> None:
        with self._writing() as connection:
            for some in pieces([work.id for work in held]):
                mine = releases.c.id.in_(some) & (releases.c.lease_owner == owner)
                connection.execute(releases.update().where(mine).values(**values))

    def finish(self, done: Sequence[ReleaseDone], owner: str) -> None:
        """Note what became of releases; one that changed meanwhile keeps its new work."""
        with self._writing() as connection:
            for item in done:
                work = item.work
                mine = (
                    (releases.c.id == work.id)
                    & (releases.c.sequence == work.sequence)
                    & (releases.c.lease_owner == owner)
                )
                values: dict[str, Any] = {"state": ReleaseState.SHOWN, "vectors": item.vectors}
                if work.state is ReleaseState.RECALLING:
                    values = {"state": ReleaseState.RECALLED, "vectors": VectorState.NONE}
                    if work.shown.redaction is not None:
                        values["redacted"] = _NO_WORDS
                free = {"lease_owner": None, "lease_until": None, "changed_at": time.time()}
                connection.execute(releases.update().where(mine).values(**values, **free))


def _work_of(row: Mapping[str, Any], entry: Entry, year: str | None) -> ReleaseWork:
    return ReleaseWork(
        id=row["id"],
        release_id=row["release_id"],
        state=ReleaseState(row["state"]),
        sequence=row["sequence"],
        shown=shown_of(row),
        access=access_of(row),
        entry=entry,
        record_year=year,
    )


def _means(file_plan: str | None, document_type: str | None, metadata: Any) -> bool:
    return (file_plan is None or (metadata.file_plan or "").startswith(file_plan)) and (
        document_type is None or metadata.document_type == document_type
    )
