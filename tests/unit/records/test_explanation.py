"""An explanation never says otherwise than the rule, and names nobody else's readers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from records.access import Principal, PrivacyClass, ReadAccess, Role, admits
from records.explanation import Effect, Ground, Party, explain
from records.ledger import Ledger
from records.ledger_access import LedgerAccess
from records.ledger_tables import AccessSource, State, migrate
from records.ledger_values import Done, Seen
from records.record import Metadata, TextState
from records.settings import LedgerSettings
from tests.factories import access, principal
from tests.unit.records.test_access import accesses, principals

OPENING = {Ground.READER, Ground.EVERYBODY, Ground.UNASSIGNED}


@given(principals(), accesses())
def test_it_says_what_the_rule_says(who: Principal, record: ReadAccess) -> None:
    told = explain(who, record)
    assert told.readable == admits(who, record) == (told.ground in OPENING)


@given(principals(), accesses())
def test_it_names_the_askers_own_readers_only(who: Principal, record: ReadAccess) -> None:
    own = {Party.PERSON: who.groups, Party.SOFTWARE: who.software.groups if who.software else frozenset()}
    for step in explain(who, record).path:
        assert step.reader in own[step.party]
        assert step.reader in (record.deny if step.effect is Effect.DENIES else record.readers)


@pytest.mark.parametrize(
    ("who", "record", "ground", "party"),
    [
        (principal("erbach", "bauamt"), access("erbach", "bauamt"), Ground.READER, Party.PERSON),
        (principal("erbach"), access("erbach", "alle"), Ground.EVERYBODY, Party.PERSON),
        (principal("erbach"), access("erbach", "alle", privacy_class=PrivacyClass.TAX), Ground.HELD_BACK, Party.PERSON),
        (principal("erbach", "bauamt"), access("erbach", "bauamt", deny=("bauamt",)), Ground.DENIED, Party.PERSON),
        (principal("erbach", "bauamt"), access("erbach", "kasse"), Ground.NO_READER, Party.PERSON),
        (principal("erbach"), access("erbach"), Ground.NOBODY_NAMED, Party.PERSON),
        (principal("erbach", roles=(Role.RECORDS_MANAGER,)), access("erbach"), Ground.UNASSIGNED, Party.PERSON),
        (principal("oberzent"), access("erbach", "alle"), Ground.OTHER_TENANT, Party.PERSON),
        (principal("erbach", "bauamt", software=()), access("erbach", "bauamt"), Ground.NO_READER, Party.SOFTWARE),
    ],
)
def test_the_sentence_that_decides(who: Principal, record: ReadAccess, ground: Ground, party: Party) -> None:
    told = explain(who, record)
    assert (told.ground, told.party) == (ground, party)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[tuple[Ledger, LedgerAccess]]:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite")
    migrate(settings)
    made = Ledger(settings), LedgerAccess(settings)
    yield made
    for one in made:
        one.close()


def test_the_ledger_tells_rights_source_and_change_to_the_own_tenant(ledger: tuple[Ledger, LedgerAccess]) -> None:
    writing, reading = ledger
    source = writing.source("erbach", "folder", "/srv/akten")

    def note(read: ReadAccess) -> tuple[int, ...]:
        metadata = Metadata(title="a", case_reference="V 12")
        return writing.note(source, [Seen("a", "a", None, "0" * 64, 3, 1.0, metadata, read)])

    (entry,) = writing.claim(note(access("erbach", "bauamt")), "w", 30)
    writing.finish([Done(entry, text_state=TextState.FULL)], "w")
    known = reading.rights(principal("erbach"), entry.record_id)
    assert known is not None
    assert (known.access, known.source, known.version) == (entry.access, AccessSource.SIDECAR, 1)
    assert (known.state, known.indexed, known.behind, known.case_reference) == (State.INDEXED, True, False, "V 12")
    note(access("erbach", "leitung"))
    changed = reading.rights(principal("erbach"), entry.record_id)
    assert changed is not None
    assert (changed.version, changed.behind) == (2, True)
    assert changed.changed_at > known.changed_at  # type: ignore[operator]
    assert reading.rights(principal("michelstadt"), entry.record_id) is None
    assert reading.rights(principal("erbach"), "gibt-es-nicht") is None
