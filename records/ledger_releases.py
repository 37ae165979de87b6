"""What records managers give to other municipalities, and take back: releases and standing rules in the ledger.

Everything here is about the principal's own tenant. An id that is unknown, foreign, or not for this principal gives the
same NotVisibleError. The indexer brings the index to what is written here (records.ledger_release_work).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from records.access import Principal, Reader, Role, admits
from records.errors import InvalidInputError, NotVisibleError
from records.ledger_connection import LedgerConnection
from records.ledger_tables import State, entries
from records.ledger_values import access_from_json, metadata_from_json
from records.refusals import Refusals
from records.release import (
    ALL_PARTNERS,
    Grounds,
    RecallReason,
    Redaction,
    Release,
    ReleaseAccess,
    ReleaseDraft,
    ReleaseForm,
    ReleaseRule,
    ReleaseState,
    RuleDraft,
    Shown,
    ShownField,
)
from records.release_tables import release_rules, releases
from records.settings import LedgerSettings

MAX_LISTED = 200

_ID = re.compile(r"[a-z2-7]{26}")

#: a release in one of these states is given
LIVE = (ReleaseState.PENDING, ReleaseState.SHOWN)


class LedgerReleases(LedgerConnection):
    """Gives, lists and recalls. Safe for threads and for several processes."""

    def __init__(self, settings: LedgerSettings, refusals: Refusals) -> None:
        super().__init__(settings)
        self._refusals = refusals

    # releases

    def create(self, principal: Principal, draft: ReleaseDraft) -> Release:
        """Give a release; the same again, as by two clicks at once, is the one that was given before.

        InvalidInputError with a sentence for the records manager where the record must not be shown like this.
        """
        owner = _managed(principal)
        _check_access(draft.access, owner)
        live_key = release_digest(
            owner, draft.record_id, _shown_to_json(draft.shown), *_common(draft.access, draft.grounds)
        )
        with self._reading() as connection:
            asked = sa.select(entries).where(entries.c.record_id == _possible(draft.record_id))
            entry = connection.execute(asked).first()
            if entry is None or not _may_release(principal, entry):
                raise NotVisibleError("no such record")
            metadata, access = metadata_from_json(entry.metadata), access_from_json(entry.access)
            self._refusals.check(metadata, access, draft.shown.form)
            values = release_values(
                entry, draft.shown, draft.access, draft.grounds, live_key=live_key, created_by=principal.subject
            )
        self._insert_once(releases, values)
        return self._release(principal, releases.c.live_key == live_key)

    def of(
        self, principal: Principal, *, record_id: str | None = None, size: int = MAX_LISTED, before: str | None = None
    ) -> tuple[Release, ...]:
        """Return what the principal's tenant has given, the newest first; `before` the one named goes on from there."""
        owner = _managed(principal)
        condition = releases.c.owner == owner
        if record_id is not None:
            if _ID.fullmatch(record_id) is None:
                return ()
            condition &= entries.c.record_id == record_id
        if before is not None:
            last = sa.select(releases.c.id).where(
                (releases.c.release_id == _possible(before)) & (releases.c.owner == owner)
            )
            condition &= releases.c.id < last.scalar_subquery()
        with self._reading() as connection:
            rows = connection.execute(_select().where(condition).order_by(releases.c.id.desc()).limit(size))
            found = tuple(release_of(principal, row._asdict()) for row in rows)
        # SECURITY: whoever may not read a record is not told by this question that it is released.
        return tuple(release for release in found if record_id is None or release.record_id == record_id)

    def release(self, principal: Principal, release_id: str) -> Release:
        """Return one release of the principal's tenant."""
        mine = (releases.c.release_id == _possible(release_id)) & (releases.c.owner == _managed(principal))
        return self._release(principal, mine)

    def recall(self, principal: Principal, release_id: str) -> Release:
        """Take a release back, at once and for good; recalling it again changes nothing."""
        mine = (releases.c.release_id == _possible(release_id)) & (releases.c.owner == _managed(principal))
        with self._writing() as connection:
            connection.execute(recalling(mine, RecallReason.RECALLED, by=principal.subject))
        return self._release(principal, mine)

    # rules

    def create_rule(self, principal: Principal, draft: RuleDraft) -> ReleaseRule:
        """Give a standing release; the same again is the one that was given before."""
        owner = _managed(principal)
        _check_access(draft.access, owner)
        live_key = release_digest(owner, draft.file_plan, draft.document_type, *_common(draft.access, draft.grounds))
        values = {
            "rule_id": new_id(),
            "owner": owner,
            "file_plan": draft.file_plan,
            "document_type": draft.document_type,
            **_common_values(draft.access, draft.grounds),
            "live_key": live_key,
            "created_by": principal.subject,
            "created_at": time.time(),
        }
        self._insert_once(release_rules, values)
        return self._rule(release_rules.c.live_key == live_key)

    def rules_of(self, principal: Principal) -> tuple[ReleaseRule, ...]:
        """Return the rules of the principal's tenant, the newest first, recalled ones too."""
        owner = _managed(principal)
        asked = _select_rules().where(release_rules.c.owner == owner).order_by(release_rules.c.id.desc())
        with self._reading() as connection:
            return tuple(rule_of(row._asdict()) for row in connection.execute(asked.limit(MAX_LISTED)))

    def rule(self, principal: Principal, rule_id: str) -> ReleaseRule:
        """Return one rule of the principal's tenant."""
        return self._rule(
            (release_rules.c.rule_id == _possible(rule_id)) & (release_rules.c.owner == _managed(principal))
        )

    def recall_rule(self, principal: Principal, rule_id: str) -> ReleaseRule:
        """Take a rule and all that it gave back; recalling it again changes nothing."""
        mine = (release_rules.c.rule_id == _possible(rule_id)) & (release_rules.c.owner == _managed(principal))
        with self._writing() as connection:
            recalled = connection.execute(
                release_rules.update()
                .where(mine & release_rules.c.recalled_at.is_(None))
                .values(live_key=None, recalled_by=principal.subject, recalled_at=time.time())
                .returning(release_rules.c.id)
            ).scalars()
            ids = list(recalled)
            connection.execute(recalling(releases.c.rule_id.in_(ids), RecallReason.RULE, by=principal.subject))
        return self._rule(mine)

    # inside

    def _insert_once(self, table: sa.Table, values: Mapping[str, Any]) -> None:
        try:
            with self._writing() as connection:
                connection.execute(table.insert().values(**values))
        except IntegrityError:
            # the same stands there already: given a moment ago, or by a second click at the same time
            with self._reading() as connection:
                asked = sa.select(table.c.id).where(table.c.live_key == values["live_key"])
                if connection.execute(asked).first() is None:
                    raise

    def _release(self, principal: Principal, condition: sa.ColumnElement[bool]) -> Release:
        with self._reading() as connection:
            row = connection.execute(_select().where(condition)).first()
        if row is None:
            raise NotVisibleError("no such release")
        return release_of(principal, row._asdict())

    def _rule(self, condition: sa.ColumnElement[bool]) -> ReleaseRule:
        with self._reading() as connection:
            row = connection.execute(_select_rules().where(condition)).first()
        if row is None:
            raise NotVisibleError("no such rule")
        return rule_of(row._asdict())


def _managed(principal: Principal) -> str:
    # SECURITY: only people who answer for the files of their tenant show them to others; software never does.
    if Role.RECORDS_MANAGER not in principal.roles or principal.software is not None:
        raise NotVisibleError("only records managers of the tenant give releases")
    return principal.tenant


def _possible(name: str) -> str:
    # an id that cannot exist is answered like one that does not, and no database stumbles over it
    if _ID.fullmatch(name) is None:
        raise NotVisibleError("no such id")
    return name


def _may_release(principal: Principal, entry: Any) -> bool:
    # SECURITY: nobody shows to others what they may not read themselves, and no id tells whether there is a record.
    there = entry.state in {State.INDEXED, State.PENDING} and entry.indexed_version is not None
    return there and admits(principal, access_from_json(entry.access))


def _check_access(access: ReleaseAccess, owner: str) -> None:
    # SECURITY: the owner of a release is the tenant of whoever gives it, never what somebody wrote.
    if access.owner != owner:
        raise NotVisibleError("no such record")
    if access.until < time.time():
        raise InvalidInputError("until", "das Ende liegt in der Vergangenheit")


def new_id() -> str:
    """Return a name for a release or rule: 26 letters and digits (130 bits of chance) that tell nothing."""
    return base64.b32encode(secrets.token_bytes(17))[:26].decode("ascii").lower()


def recalling(condition: sa.ColumnElement[bool], reason: RecallReason, *, by: str | None = None) -> sa.Update:
    """Return the change that takes given releases back; whoever works on them loses the lease."""
    return (
        releases.update()
        .where(condition & releases.c.state.in_(LIVE))
        .values(
            state=ReleaseState.RECALLING,
            reason=reason,
            sequence=releases.c.sequence + 1,
            live_key=None,
            lease_owner=None,
            lease_until=None,
            recalled_by=by,
            recalled_at=time.time(),
            changed_at=time.time(),
        )
    )


def release_values(
    entry: Any,
    shown: Shown,
    access: ReleaseAccess,
    grounds: Grounds,
    *,
    live_key: str,
    created_by: str,
    rule: int | None = None,
) -> dict[str, Any]:
    """Return the row of a new release of an entry (a row of its table)."""
    now = time.time()
    redaction = shown.redaction
    return {
        "release_id": new_id(),
        "owner": entry.tenant,
        "entry_id": entry.id,
        "rule_id": rule,
        "form": shown.form,
        **_common_values(access, grounds),
        "redacted": {"title": redaction.title, "pages": list(redaction.pages)} if redaction else None,
        "shown_fields": sorted(shown.fields),
        "live_key": live_key,
        "state": ReleaseState.PENDING,
        "sequence": 1,
        "entry_sequence": entry.sequence,
        "created_by": created_by,
        "created_at": now,
        "changed_at": now,
    }


def access_of(row: Mapping[str, Any]) -> ReleaseAccess:
    """Make the access of a release, or of a rule, of its row."""
    if row["partners"] == [ALL_PARTNERS]:
        return ReleaseAccess(row["owner"], to_all=True, until=row["until"])
    readers = frozenset(Reader(*name.split("/")) for name in row["partners"])
    return ReleaseAccess(row["owner"], readers, until=row["until"])


def shown_of(row: Mapping[str, Any]) -> Shown:
    """Make what a release shows of its row."""
    redacted = row["redacted"]
    return Shown(
        ReleaseForm(row["form"]),
        Redaction(redacted["title"], tuple(redacted["pages"])) if redacted else None,
        frozenset(ShownField(name) for name in row["shown_fields"]),
    )


def release_of(principal: Principal, row: Mapping[str, Any]) -> Release:
    """Make a release of its row, joined with its record's, as far as this principal may see it."""
    # SECURITY: to answer for what a town shows opens no record that the rule keeps closed.
    readable = admits(principal, access_from_json(row["access"]))
    return Release(
        release_id=row["release_id"],
        record_id=row["record_id"] if readable else None,
        title=(metadata_from_json(row["metadata"]).title or row["file_name"]) if readable else None,
        shown=shown_of(row),
        access=access_of(row),
        grounds=Grounds(row["purpose"], row["legal_basis"]),
        state=ReleaseState(row["state"]),
        reason=RecallReason(row["reason"]) if row["reason"] else None,
        rule_id=row["named_rule"],
        created_by=row["created_by"],
        created_at=_moment(row["created_at"]),
        recalled_by=row["recalled_by"],
        recalled_at=_moment(row["recalled_at"]) if row["recalled_at"] else None,
    )


def rule_draft_of(row: Mapping[str, Any]) -> RuleDraft:
    """Make what a rule says of its row."""
    return RuleDraft(
        row["file_plan"],
        row["document_type"],
        access_of(row),
        Grounds(row["purpose"], row["legal_basis"]),
        row["source"],
    )


def rule_of(row: Mapping[str, Any]) -> ReleaseRule:
    """Make a rule of its row, with its count."""
    return ReleaseRule(
        rule_id=row["rule_id"],
        draft=rule_draft_of(row),
        created_by=row["created_by"],
        created_at=_moment(row["created_at"]),
        recalled_by=row["recalled_by"],
        recalled_at=_moment(row["recalled_at"]) if row["recalled_at"] else None,
        releases=row["number"],
    )


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _select() -> sa.Select[Any]:
    joined = releases.join(entries, entries.c.id == releases.c.entry_id).outerjoin(
        release_rules, release_rules.c.id == releases.c.rule_id
    )
    return sa.select(
        releases,
        entries.c.record_id,
        entries.c.metadata,
        entries.c.access,
        entries.c.file_name,
        release_rules.c.rule_id.label("named_rule"),
    ).select_from(joined)


def _select_rules() -> sa.Select[Any]:
    given = (releases.c.rule_id == release_rules.c.id) & releases.c.state.in_(LIVE)
    counted = sa.select(sa.func.count()).select_from(releases).where(given).scalar_subquery()
    return sa.select(release_rules, counted.label("number"))


def _shown_to_json(shown: Shown) -> Sequence[Any]:
    redaction = shown.redaction
    return (
        shown.form,
        [redaction.title, *redaction.pages] if redaction else None,
        sorted(shown.fields),
    )


def _common(access: ReleaseAccess, grounds: Grounds) -> Sequence[Any]:
    return (list(access.partner_names), access.until, grounds.purpose, grounds.legal_basis)


def _common_values(access: ReleaseAccess, grounds: Grounds) -> dict[str, Any]:
    names = ("partners", "until", "purpose", "legal_basis")
    return dict(zip(names, _common(access, grounds), strict=True))


def release_digest(*said: Any) -> str:
    """Return the name of what a release or rule says: the same says the same."""
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
