"""Who may give a release and who may not, what two clicks at once give, and what is taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from records.access import Principal, PrivacyClass, Role
from records.errors import InvalidInputError, NotVisibleError
from records.ledger import Ledger
from records.ledger_releases import LedgerReleases
from records.ledger_tables import VectorState, migrate
from records.ledger_values import Done, Seen
from records.record import Metadata, TextState
from records.refusals import Refusals
from records.release import (
    Grounds,
    RecallReason,
    Redaction,
    ReleaseAccess,
    ReleaseDraft,
    ReleaseForm,
    ReleaseState,
    RuleDraft,
    Shown,
    ShownField,
    parse_access,
)
from records.settings import LedgerSettings
from tests.factories import access, principal

TENANTS = ("erbach", "michelstadt", "oberzent")
MANAGER = principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER,))
GROUNDS = Grounds("Beispiel: Vergleichsfälle", "§ 22 HDSIG")
WHOLE = Shown(ReleaseForm.WHOLE)


@dataclass(frozen=True)
class House:
    ledger: Ledger
    releases: LedgerReleases

    def record(self, path: str = "brief.txt", seen: Seen | None = None, *, indexed: bool = True) -> str:
        """Note a file and return the id of its record."""
        made = seen or Seen(
            path=path,
            file_name=path,
            fingerprint="1",
            sha256="0" * 64,
            size=3,
            modified_at=1.0,
            metadata=Metadata(title="Brief"),
            access=access("erbach", "bauamt"),
        )
        source = self.ledger.source(made.access.tenant, "folder", "/srv/akten")
        (entry,) = self.ledger.claim(self.ledger.note(source, [replace(made, path=path)]), "w", 30)
        if indexed:
            self.ledger.finish([Done(entry, text_state=TextState.FULL, vectors=VectorState.PENDING)], "w")
        return entry.record_id


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite")
    if request.param == "postgres":
        settings = LedgerSettings(url=request.getfixturevalue("postgres").new_database())
    migrate(settings)
    made = House(Ledger(settings), LedgerReleases(settings, Refusals(departments=("standesamt",), file_plans=())))
    yield made
    made.releases.close()
    made.ledger.close()


def to(*partners: str, owner: str = "erbach", until: dt.date | None = None) -> ReleaseAccess:
    return parse_access(owner, partners, until, TENANTS)


def draft(record_id: str, shown: Shown = WHOLE, given: ReleaseAccess | None = None) -> ReleaseDraft:
    return ReleaseDraft(record_id, shown, given or to("michelstadt"), GROUNDS)


def test_what_was_given_comes_out_and_keeps_an_id_of_its_own(house: House) -> None:
    record_id = house.record()
    shown = Shown(ReleaseForm.REDACTED, Redaction("Titel", ("eins", "zwei")), frozenset({ShownField.YEAR}))
    given = to("michelstadt/bauamt", "oberzent", until=dt.date(2099, 12, 31))
    made = house.releases.create(MANAGER, draft(record_id, shown, given))
    assert (made.shown, made.access, made.grounds) == (shown, given, GROUNDS)
    assert (made.record_id, made.title, made.created_by) == (record_id, "Brief", MANAGER.subject)
    assert (made.state, made.reason, made.rule_id) == (ReleaseState.PENDING, None, None)
    assert made.release_id != record_id
    assert len(made.release_id) == 26
    assert house.releases.of(MANAGER) == (made,)
    assert house.releases.release(MANAGER, made.release_id) == made


def test_two_clicks_at_once_give_one_release(house: House) -> None:
    wanted = draft(house.record())
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: house.releases.create(MANAGER, wanted), range(16)))
    assert len({release.release_id for release in made}) == 1
    assert len(house.releases.of(MANAGER)) == 1
    house.releases.recall(MANAGER, made[0].release_id)
    again = house.releases.create(MANAGER, wanted)
    assert again.release_id != made[0].release_id, "what was recalled stays recalled"


STRANGERS = [
    principal("erbach", "bauamt"),
    principal("erbach", "bauamt", roles=(Role.PRIVACY, Role.REPORTS)),
    principal("erbach", "bauamt", roles=(Role.RECORDS_MANAGER,), software=("bauamt",)),
    principal("michelstadt", "bauamt", roles=(Role.RECORDS_MANAGER,)),
]


@pytest.mark.parametrize("who", STRANGERS)
def test_only_records_managers_of_the_owner_give_and_take(house: House, who: Principal) -> None:
    record_id = house.record()
    release = house.releases.create(MANAGER, draft(record_id))
    rule = house.releases.create_rule(MANAGER, RuleDraft(None, "Satzung", to("*"), GROUNDS))
    partner = "michelstadt" if who.tenant == "erbach" else "oberzent"
    for forbidden in (
        lambda: house.releases.create(who, draft(record_id, given=to(partner, owner=who.tenant))),
        lambda: house.releases.create(who, draft(record_id)),
        lambda: house.releases.release(who, release.release_id),
        lambda: house.releases.recall(who, release.release_id),
        lambda: house.releases.rule(who, rule.rule_id),
        lambda: house.releases.recall_rule(who, rule.rule_id),
    ):
        with pytest.raises(NotVisibleError):
            forbidden()
    if who.tenant != "erbach":
        assert house.releases.of(who) == house.releases.rules_of(who) == ()
        assert house.releases.of(who, before=release.release_id) == ()
    assert house.releases.release(MANAGER, release.release_id).state is ReleaseState.PENDING
    assert house.releases.rule(MANAGER, rule.rule_id).recalled_at is None


def test_nobody_releases_what_they_may_not_read_or_what_is_not_there(house: House) -> None:
    seen = Seen("a", "a", "1", "0" * 64, 3, 1.0, Metadata("A"), access("erbach", "kaemmerei"))
    unread = house.record("unread.txt", seen)
    unfinished = house.record("unfinished.txt", indexed=False)
    for record_id in (unread, unfinished, "a" * 26, "", "x" * 5000, "\x00", "../.."):
        with pytest.raises(NotVisibleError):
            house.releases.create(MANAGER, draft(record_id))
    assert house.releases.of(MANAGER) == ()


def test_who_may_not_read_a_record_is_not_told_that_it_is_released(house: House) -> None:
    record_id = house.record()
    made = house.releases.create(MANAGER, draft(record_id))
    other = principal("erbach", "kaemmerei", roles=(Role.RECORDS_MANAGER,))
    assert [(r.release_id, r.record_id, r.title) for r in house.releases.of(other)] == [(made.release_id, None, None)]
    assert house.releases.of(other, record_id=record_id) == ()


def test_protected_records_are_refused_with_a_sentence(house: House) -> None:
    protected = replace(access("erbach", "bauamt"), privacy_class=PrivacyClass.SOCIAL)
    record_id = house.record("s.txt", Seen("a", "a", "1", "0" * 64, 3, 1.0, Metadata("A"), protected))
    with pytest.raises(InvalidInputError, match="Sozialgeheimnis"):
        house.releases.create(MANAGER, draft(record_id))
    office = Metadata("A", department="Standesamt")
    record_id = house.record("o.txt", Seen("a", "a", "1", "0" * 64, 3, 1.0, office, access("erbach", "bauamt")))
    with pytest.raises(InvalidInputError, match="dieses Amts"):
        house.releases.create(MANAGER, draft(record_id))


def test_nobody_gives_in_the_name_of_another_town(house: House) -> None:
    record_id = house.record()
    foreign = to("*", owner="michelstadt")
    with pytest.raises(NotVisibleError):
        house.releases.create(MANAGER, draft(record_id, given=foreign))
    with pytest.raises(NotVisibleError):
        house.releases.create_rule(MANAGER, RuleDraft("020", "Satzung", foreign, GROUNDS))


def test_an_end_that_has_passed_is_refused(house: House) -> None:
    with pytest.raises(InvalidInputError) as refused:
        house.releases.create(MANAGER, draft(house.record(), given=to("*", until=dt.date(2020, 1, 1))))
    assert refused.value.field == "until"


def test_recalling_is_for_good_and_can_be_repeated(house: House) -> None:
    release = house.releases.create(MANAGER, draft(house.record()))
    taken = house.releases.recall(MANAGER, release.release_id)
    assert (taken.state, taken.reason, taken.recalled_by) == (
        ReleaseState.RECALLING,
        RecallReason.RECALLED,
        MANAGER.subject,
    )
    assert house.releases.recall(MANAGER, release.release_id) == taken


def test_a_list_goes_on_where_it_stopped(house: House) -> None:
    ids = [house.record(f"{n}.txt") for n in range(5)]
    made = [house.releases.create(MANAGER, draft(i)).release_id for i in ids]
    listed = [r.release_id for r in house.releases.of(MANAGER, size=2)]
    while more := house.releases.of(MANAGER, size=2, before=listed[-1]):
        listed += [r.release_id for r in more]
    assert listed == made[::-1]
    assert [r.record_id for r in house.releases.of(MANAGER, record_id=ids[3])] == [ids[3]]


def test_a_rule_is_given_once_and_recalled_with_what_it_gave(house: House) -> None:
    wanted = RuleDraft("020", "Satzung", to("*"), GROUNDS)
    rule = house.releases.create_rule(MANAGER, wanted)
    assert house.releases.create_rule(MANAGER, wanted) == rule
    assert (rule.draft, rule.releases, rule.recalled_at) == (wanted, 0, None)
    taken = house.releases.recall_rule(MANAGER, rule.rule_id)
    assert taken.recalled_by == MANAGER.subject
    assert house.releases.recall_rule(MANAGER, rule.rule_id) == taken
    assert house.releases.create_rule(MANAGER, wanted).rule_id != rule.rule_id
    assert len(house.releases.rules_of(MANAGER)) == 2
