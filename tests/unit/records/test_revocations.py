"""What the ledger revoked and the index may still show: hidden at once, from nobody else, until it is surely gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from records.access import Principal, PrivacyClass, ReadAccess, Role
from records.errors import LedgerUnavailableError
from records.ledger import MAX_ATTEMPTS, Ledger
from records.ledger_releases import LedgerReleases
from records.ledger_tables import State, VectorState, entries, migrate
from records.ledger_values import Done, Fault, Seen, Source
from records.reasons import Reason
from records.record import Metadata, TextState
from records.refusals import Refusals
from records.release import Grounds, ReleaseDraft, ReleaseForm, ReleaseState, Shown, parse_access
from records.release_tables import releases
from records.revocations import LedgerRevocations
from records.settings import LedgerSettings
from tests.factories import access, principal

BAU, KASSE = principal("erbach", "bauamt"), principal("erbach", "kaemmerei")
MANAGER = principal("erbach", roles=(Role.RECORDS_MANAGER,))


class Town:
    """A ledger, somebody who works for the indexer, and what is hidden at a time of the test's choice."""

    def __init__(self, settings: LedgerSettings) -> None:
        migrate(settings)
        self.settings = settings
        self.ledger, self.now = Ledger(settings), 0.0
        self.revocations = LedgerRevocations(settings, clock=lambda: self.now)
        self.source: Source = self.ledger.source("erbach", "folder", "/srv/akten")

    def note(self, read: ReadAccess | None, name: str = "a", fault: Fault | None = None) -> tuple[int, ...]:
        seen = Seen(name, name, None, "0" * 64, 3, 1.0, Metadata(title=name), read, fault)
        return self.ledger.note(self.source, [seen])

    def write(self, ids: tuple[int, ...]) -> None:
        done = [Done(e, text_state=TextState.FULL) for e in self.ledger.claim(ids, "w", 30)]
        assert self.ledger.finish(done, "w") == ()

    def shown(self, read: ReadAccess, name: str = "a") -> tuple[int, ...]:
        ids = self.note(read, name)
        self.write(ids)
        return ids

    def record_id(self, entry_id: int) -> str:
        with self.ledger.engine.connect() as connection:
            return str(connection.execute(sa.select(entries.c.record_id).where(entries.c.id == entry_id)).scalar_one())

    def hides(self, who: Principal = BAU) -> int:
        """Return how many records are hidden, by what the ledger says now."""
        self.now += 1
        return len(self.revocations.hidden(who))

    def settle(self) -> None:
        """Let the time pass that the engine needs to show what was written."""
        with self.ledger.engine.begin() as connection:
            connection.execute(entries.update().values(shown_until=entries.c.shown_until - 3600))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def town(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    made = Town(LedgerSettings(url=url))
    yield made
    made.ledger.close()
    made.revocations.close()


def test_what_did_not_change_is_not_hidden(town: Town) -> None:
    ids = town.shown(access("erbach", "bauamt"))
    assert town.hides() == 0
    town.note(access("erbach", "bauamt"))  # new content, for instance
    assert town.hides() == 0
    town.write(ids)
    assert town.hides() == 0


def test_a_right_taken_away_hides_at_once_and_until_the_engine_shows_it(town: Town) -> None:
    ids = town.shown(access("erbach", "bauamt", "kaemmerei"))
    town.note(access("erbach", "kaemmerei"))
    assert (town.hides(BAU), town.hides(KASSE)) == (1, 0)
    town.write(ids)
    assert town.hides() == 1, "written, and perhaps not shown so by the engine yet"
    town.settle()
    assert town.hides() == 0


def test_a_right_given_back_is_there_at_once(town: Town) -> None:
    town.shown(access("erbach", "bauamt"))
    town.note(access("erbach", "leitung"))
    assert town.hides() == 1
    town.note(access("erbach", "bauamt"))
    assert town.hides() == 0


@pytest.mark.parametrize(
    "now",
    [
        access("erbach"),
        access("erbach", "bauamt", deny=("bauamt",)),
        access("erbach", "leitung"),
    ],
)
def test_each_way_of_taking_away(town: Town, now: ReadAccess) -> None:
    town.shown(access("erbach", "bauamt"))
    town.note(now)
    assert town.hides() == 1


def test_a_record_that_becomes_protected_is_hidden_from_those_who_came_by_alle(town: Town) -> None:
    town.shown(access("erbach", "alle", "leitung"))
    town.note(replace(access("erbach", "alle", "leitung"), privacy_class=PrivacyClass.PERSONNEL))
    assert (town.hides(BAU), town.hides(principal("erbach", "leitung"))) == (1, 0)


def test_who_never_saw_it_has_nothing_hidden(town: Town) -> None:
    town.shown(access("erbach", "bauamt"))
    town.note(access("erbach", "leitung"))
    assert town.hides(KASSE) == town.hides(MANAGER) == town.hides(principal("michelstadt", "bauamt")) == 0


def test_rights_that_the_index_may_have_had_in_between_count_too(town: Town) -> None:
    """A worker may have written the second rights without living to say so."""
    town.shown(access("erbach", "bauamt"))
    town.note(access("erbach", "kaemmerei"))
    town.note(access("erbach", "leitung"))
    assert (town.hides(BAU), town.hides(KASSE), town.hides(principal("erbach", "leitung"))) == (1, 1, 0)


def test_what_leaves_is_hidden_from_everybody_until_it_is_gone(town: Town) -> None:
    ids = town.shown(access("erbach", "bauamt"))
    town.ledger.leave(ids)
    assert (town.hides(BAU), town.hides(KASSE)) == (1, 0)
    (leaving,) = town.ledger.claim(ids, "w", 30)
    town.ledger.finish([Done(leaving, removed=True)], "w")
    assert town.hides() == 1, "removed, and perhaps not in what the engine shows"
    town.settle()
    assert town.hides() == 0


def test_what_comes_back_is_not_hidden(town: Town) -> None:
    ids = town.shown(access("erbach", "bauamt"))
    town.ledger.leave(ids)
    (leaving,) = town.ledger.claim(ids, "w", 30)
    town.ledger.finish([Done(leaving, removed=True)], "w")
    town.note(access("erbach", "kaemmerei"))
    assert town.hides() == 1
    town.note(access("erbach", "bauamt"))
    assert town.hides() == 0


def _released(town: Town, *partners: str) -> tuple[LedgerReleases, str]:
    ids = town.shown(access("erbach", "bauamt"))
    giver = LedgerReleases(town.settings, Refusals(departments=(), file_plans=()))
    record_id = town.record_id(ids[0])
    shown_to = parse_access("erbach", partners, None, ("erbach", "michelstadt", "oberzent"))
    draft = ReleaseDraft(record_id, Shown(ReleaseForm.WHOLE), shown_to, Grounds("Beispiel", "Beispiel"))
    return giver, giver.create(GIVER, draft).release_id


GIVER = principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER,))
PARTNER, STRANGER = principal("michelstadt", "bauamt"), principal("oberzent", "bauamt")


def test_a_recalled_release_is_hidden_from_its_partners_until_it_is_surely_gone(town: Town) -> None:
    giver, release_id = _released(town, "michelstadt/bauamt")
    assert town.hides(PARTNER) == 0
    giver.recall(GIVER, release_id)
    assert town.hides(PARTNER) == 1
    assert town.revocations.hidden(PARTNER) == {release_id}
    assert town.hides(STRANGER) == town.hides(GIVER) == town.hides(principal("michelstadt", "kasse")) == 0
    with town.ledger.engine.begin() as connection:
        connection.execute(releases.update().values(state=ReleaseState.RECALLED, changed_at=time.time()))
    assert town.hides(PARTNER) == 1, "taken out, and perhaps not in what the engine shows"
    with town.ledger.engine.begin() as connection:
        connection.execute(releases.update().values(changed_at=time.time() - 3600))
    assert town.hides(PARTNER) == 0
    giver.close()


@pytest.mark.parametrize("how", ["leaves", "becomes unreadable"])
def test_what_was_released_is_hidden_with_its_record(town: Town, how: str) -> None:
    giver, release_id = _released(town, "*")
    if how == "leaves":
        town.ledger.leave([town.ledger.known(town.source)["a"].id])
    else:
        town.note(None, fault=Fault(Reason.CLASSIFIED))
    assert town.hides(PARTNER) == town.hides(STRANGER) == 1
    assert town.revocations.hidden(PARTNER) == {release_id}
    giver.close()


@pytest.mark.parametrize("known", [None, access("erbach", "bauamt")])
def test_what_becomes_unreadable_is_hidden(town: Town, known: ReadAccess | None) -> None:
    town.shown(access("erbach", "bauamt"))
    town.note(known, fault=Fault(Reason.CLASSIFIED))
    assert town.hides() == 1


def test_what_the_pipeline_condemns_is_hidden(town: Town) -> None:
    ids = town.shown(access("erbach", "bauamt"))
    town.note(access("erbach", "bauamt"))
    (entry,) = town.ledger.claim(ids, "w", 30)
    town.ledger.finish([Done(entry, fault=Fault(Reason.DAMAGED))], "w")
    assert town.hides() == 1


def test_what_brings_workers_down_leaves_the_index_and_is_hidden(town: Town) -> None:
    ids = town.shown(access("erbach", "bauamt"))
    town.note(access("erbach", "bauamt"))
    for _ in range(MAX_ATTEMPTS):
        assert len(town.ledger.claim(ids, "w", -1)) == 1
    (leaving,) = town.ledger.claim(ids, "w", 30)
    assert leaving.state is State.REMOVING
    assert town.hides() == 1
    town.ledger.finish([Done(leaving, removed=True)], "w")
    assert town.ledger.states(ids) == {ids[0]: State.QUARANTINED}


def test_members_are_hidden_with_their_archive(town: Town) -> None:
    ids = town.note(access("erbach", "bauamt"))
    (archive,) = town.ledger.claim(ids, "w", 30)
    member = Seen("a!/b", "b", None, "1" * 64, 3, 1.0, Metadata(title="b"), access("erbach", "bauamt"))
    inner = town.ledger.note(town.source, [member], parent=archive)
    town.ledger.finish([Done(archive, text_state=TextState.FULL)], "w")
    town.write(inner)
    town.note(access("erbach", "leitung"))
    assert town.hides() == 2


def test_software_is_judged_as_what_it_is(town: Town) -> None:
    town.shown(access("erbach", "bauamt", "kaemmerei"))
    town.note(access("erbach", "bauamt"))
    both = principal("erbach", "bauamt", software=("bauamt", "kaemmerei"))
    assert town.hides(both) == 0
    assert town.hides(principal("erbach", "bauamt", software=("kaemmerei",))) == 1


def test_the_picture_is_at_most_a_second_old(town: Town) -> None:
    town.shown(access("erbach", "bauamt"))
    assert town.hides() == 0
    town.note(access("erbach", "leitung"))
    town.now += 0.999
    assert town.revocations.hidden(BAU) == frozenset()
    town.now += 0.001
    assert len(town.revocations.hidden(BAU)) == 1


def test_without_the_ledger_nobody_knows_and_nothing_is_guessed(tmp_path: Path) -> None:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite")
    town = Town(settings)
    assert town.hides() == 0
    for name in tmp_path.glob("ledger.sqlite*"):
        name.unlink()
    tmp_path.joinpath("ledger.sqlite").mkdir()
    town.revocations.engine.dispose()
    with pytest.raises(LedgerUnavailableError):
        town.hides()
    town.ledger.close()


def test_ten_thousand_changes_are_judged_by_what_they_have_in_common(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = town.shown(access("erbach", "bauamt"))
    town.note(access("erbach", "leitung"))
    with town.ledger.engine.begin() as connection:
        row = connection.execute(sa.select(entries).where(entries.c.id == one)).one()._asdict()
        copies = [
            {**row, "id": one + n, "record_id": f"r{n}", "path": f"p{n}", "vectors": VectorState.NONE}
            for n in range(1, 10_000)
        ]
        connection.execute(entries.insert(), copies)
    judged = _counted(monkeypatch)
    assert town.hides() == 10_000
    assert town.revocations.hidden(BAU) is town.revocations.hidden(replace(BAU, subject="anton"))
    assert judged() <= 4


def _counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    from records import access as rule  # noqa: PLC0415

    calls = 0
    really = rule.ReadFilter.admits

    def admits(self: rule.ReadFilter, read: ReadAccess) -> bool:
        nonlocal calls
        calls += 1
        return really(self, read)

    monkeypatch.setattr(rule.ReadFilter, "admits", admits)
    return lambda: calls
