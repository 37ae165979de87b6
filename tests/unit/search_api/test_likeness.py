"""Records like a draft or like another record, under the rights of whoever asks: order, what is shared, how sure."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from records.errors import NotVisibleError
from records.query import FilterField, Narrowing
from records.record import Record
from records.release import ReleaseForm
from records.testing import FakeEmbedder, InMemoryRecordIndex
from search_api.likeness import LOOKED_AT, NEWEST, Alike, Answer, Likeness, newness
from search_api.shares import Confidence, Draft, Shared
from tests.factories import access, principal, record, release

TREE = "Die Kastanie am Friedhof ist gesund und wird nach § 2 der Baumschutzsatzung nicht gefällt"
DRAFT = "Fällung einer Kastanie\nDie Kastanie am Friedhof soll gefällt werden, § 2 Baumschutzsatzung"
CLERK = principal("erbach", "bauamt")
ALL = Narrowing()


class Town:
    """A town in memory, and what is asked of it."""

    def __init__(self) -> None:
        self.index, self.embedder = InMemoryRecordIndex(), FakeEmbedder()
        self.likeness = Likeness(self.index, self.embedder)

    def put(self, record_id: str, text: str, **more: Any) -> Record:
        made = record(record_id, text, **({"title": "Vermerk"} | more), vectors=self.embedder.embed_passages([text]))
        self.index.put([made])
        return made

    def like(self, text: str, *, who: Any = CLERK, size: int = 10, narrowing: Narrowing = ALL, **given: Any) -> Answer:
        return self.likeness.precedents(who, Draft.written(text, **given), narrowing=narrowing, size=size)

    def similar(self, record_id: str, *, who: Any = CLERK, size: int = 10) -> Answer:
        return self.likeness.similar(who, self.index.record(who, record_id), narrowing=ALL, size=size)


def ids(answer: Answer) -> list[str]:
    return [one.hit.found.record_id for one in answer.alike]


def one(answer: Answer, record_id: str) -> Alike:
    return next(a for a in answer.alike if a.hit.found.record_id == record_id)


def shared(alike: Alike) -> dict[Shared, tuple[str, ...]]:
    return {share.what: share.values for share in alike.shares}


@pytest.fixture
def town() -> Town:
    town = Town()
    town.put("baum-1", TREE)
    town.put("baum-2", f"{TREE}, sagt das Gutachten")
    town.put("hund", "Anmeldung eines Hundes zur Steuer")
    town.put("geheim", TREE, read=access("erbach", "standesamt"))
    return town


def test_what_is_most_like_a_text_comes_first(town: Town) -> None:
    answer = town.like(DRAFT)
    assert set(ids(answer)[:2]) == {"baum-1", "baum-2"}
    assert all(a.hit.matched_by for a in answer.alike)


def test_a_record_is_not_like_itself(town: Town) -> None:
    assert ids(town.similar("baum-1", size=1)) == ["baum-2"]


def test_what_may_not_be_read_is_not_alike_and_nothing_is_like_it(town: Town) -> None:
    for answer in (town.like(DRAFT), town.similar("baum-1")):
        assert "geheim" not in ids(answer)
        assert "geheim" not in repr(answer)
    with pytest.raises(NotVisibleError):
        town.similar("geheim")


def test_software_gets_the_intersection(town: Town) -> None:
    assert ids(town.like(DRAFT, who=principal("erbach", "bauamt", software=("standesamt",)))) == []


def test_what_was_taken_away_a_moment_ago_is_not_alike(town: Town) -> None:
    town.index.revocations.record_ids = {"baum-2"}
    assert "baum-2" not in ids(town.like(DRAFT)) + ids(town.similar("baum-1"))


def test_filters_hold(town: Town) -> None:
    nothing = Narrowing(fields=((FilterField.DEPARTMENT, ("ordnungsamt",)),))
    assert ids(town.like(DRAFT, narrowing=nothing)) == []
    town.put("akte", "Nichts davon", file_plan="632.6")
    assert ids(town.like("", facts={Shared.FILE_PLAN: "632.6"}, narrowing=nothing)) == []
    assert ids(town.like("")) == []


def test_the_same_state_gives_the_same_answer_and_ties_go_by_id(town: Town) -> None:
    for n in range(6):
        town.put(f"gleich-{n}", "Ein Zaun an der Hecke")
    first = town.like("Zaun Hecke", size=3)
    assert ids(first) == ["gleich-0", "gleich-1", "gleich-2"]
    assert first == town.like("Zaun Hecke", size=3)


# --- fields of the case -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "other"),
    [
        ("file_plan", "632.6", "632.7"),
        ("case_type", "baumfällung", "Zaunbau"),
        ("document_type", "BESCHEID", "Vermerk"),
        ("file_reference", "632.6 14 2024", "632.6-15/2024"),
        ("case_reference", "V-2024-17", "V-2024-18"),
    ],
)
def test_the_same_field_decides_between_equals_and_is_named(field: str, value: str, other: str) -> None:
    town = Town()
    written = {"case_type": "Baumfällung", "document_type": "Bescheid", "file_reference": "632.6-14/2024"}
    town.put("a-anderes", TREE, **{field: other})
    town.put("b-gleich", TREE, **{field: written.get(field, value)})
    answer = town.like(DRAFT, facts={Shared(field): value})
    assert ids(answer) == ["b-gleich", "a-anderes"]
    assert shared(one(answer, "b-gleich"))[Shared(field)] == (written.get(field, value),)
    assert Shared(field) not in shared(one(answer, "a-anderes"))


def test_fields_filter_nothing_and_lift_nothing_foreign_above_the_matter(town: Town) -> None:
    town.put("fremde-sache", "Kanalbau in der Hauptstraße", file_plan="632.6", document_type="Bescheid")
    answer = town.like(DRAFT, facts={Shared.FILE_PLAN: "632.6", Shared.DOCUMENT_TYPE: "Bescheid"})
    assert set(ids(answer)) == {"baum-1", "baum-2", "hund", "fremde-sache"}
    assert ids(answer).index("fremde-sache") > 1


def test_a_case_without_any_text_is_found_by_its_fields(town: Town) -> None:
    town.put("akte", "Nichts davon", file_plan="632.6")
    town.put("anderer", "Nichts davon", file_plan="632.61")
    answer = town.like("", facts={Shared.FILE_PLAN: "632.6"})
    assert ids(answer) == ["akte"]
    assert shared(one(answer, "akte")) == {Shared.FILE_PLAN: ("632.6",)}


def test_a_longer_number_is_another_one(town: Town) -> None:
    """The index finds a number by its parts too."""
    town.put("akte", "Nichts davon", file_reference="632.6-14/2024")
    assert ids(town.like("", facts={Shared.FILE_REFERENCE: "632.6-14"})) == []


def test_keywords_and_paragraphs_are_looked_for(town: Town) -> None:
    assert ids(town.like("", keywords=["Kastanie"]))[0] == "baum-1"
    named = one(town.like("Etwas anderes", laws="§ 2 der Baumschutzsatzung"), "baum-1")
    assert shared(named)[Shared.LEGAL_BASIS] == ("§ 2 Baumschutzsatzung",)


def test_a_record_shares_its_own_fields_and_paragraphs(town: Town) -> None:
    town.put("baum-3", TREE, file_plan="632.6", case_type="Baumfällung")
    town.put("baum-4", TREE, file_plan="632.6", case_type="Zaunbau")
    alike = one(town.similar("baum-3"), "baum-4")
    assert shared(alike)[Shared.FILE_PLAN] == ("632.6",)
    assert Shared.CASE_TYPE not in shared(alike)
    assert shared(alike)[Shared.LEGAL_BASIS] == ("§ 2 Baumschutzsatzung",)


# --- closed cases -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        {"fields": {"closed_at": "2023-04-01"}},
        {"fields": {"period_end": "2023"}},
        {"retention_end": dt.date(2033, 12, 31)},
    ],
)
def test_a_closed_case_comes_before_an_open_one_that_is_as_much_alike(state: dict[str, Any]) -> None:
    town = Town()
    town.put("a-offen", TREE)
    town.put("b-zu", TREE, **state)
    answer = town.like(DRAFT)
    assert ids(answer) == ["b-zu", "a-offen"]
    assert [a.closed for a in answer.alike] == [True, False]
    # whoever looks at one record asks for what is like it, not for decisions
    town.put("c-mein", TREE)
    assert ids(town.similar("c-mein")) == ["a-offen", "b-zu"]


def test_a_closed_case_does_not_come_before_what_is_more_alike(town: Town) -> None:
    town.put("a-zu", "Anmeldung eines Hundes zur Steuer", fields={"closed_at": "2023-04-01"})
    assert ids(town.like(DRAFT)).index("a-zu") > 1


# --- dates --------------------------------------------------------------------------------------------------------


def test_of_two_precedents_that_are_as_much_alike_the_newer_comes_first() -> None:
    town = Town()
    for record_id, date in {"a-alt": "2019-05-02", "b-neu": "2024-05-02", "c-ohne": None}.items():
        town.put(record_id, TREE, date=None if date is None else dt.date.fromisoformat(date))
    assert ids(town.like(DRAFT)) == ["b-neu", "a-alt", "c-ohne"]
    # what is like a record is like it, however old
    town.put("d-mein", TREE, date=dt.date(2024, 5, 2))
    assert ids(town.similar("d-mein")) == ["a-alt", "b-neu", "c-ohne"]


def test_a_new_record_does_not_come_before_what_is_more_alike(town: Town) -> None:
    town.put("a-neu", "Anmeldung eines Hundes zur Steuer", date=dt.datetime.now(dt.UTC).date())
    assert ids(town.like(DRAFT)).index("a-neu") > 1


def test_a_date_to_come_takes_nothing_from_the_others() -> None:
    today = dt.date(2026, 1, 1)
    dates = {"heute": today, "2019": dt.date(2019, 1, 1), "2062": dt.date(2062, 1, 1), "ohne": None}
    given = newness(dates, today=today)
    assert given["2062"] == given["heute"] == NEWEST
    assert 0 < given["2019"] < NEWEST / 4
    assert "ohne" not in given
    assert newness({"ohne": None}, today=today) == {}


# --- releases -----------------------------------------------------------------------------------------------------


def test_partners_releases_are_precedents(town: Town) -> None:
    town.index.put_releases([release("ganz", TREE, embedder=town.embedder, file_plan="632.6")])
    answer = town.like(DRAFT, facts={Shared.FILE_PLAN: "632.6"})
    assert "ganz" in ids(answer)
    assert shared(one(answer, "ganz"))[Shared.FILE_PLAN] == ("632.6",)


def test_existence_is_found_by_ticked_fields_and_by_no_word(town: Town) -> None:
    hint = release("hinweis", form=ReleaseForm.EXISTENCE, case_type="Baumfällung", department="bauamt")
    town.index.put_releases([hint])
    assert "hinweis" not in ids(town.like(f"{DRAFT} Baumfällung bauamt 2024"))
    answer = town.like(DRAFT, facts={Shared.CASE_TYPE: "Baumfällung"})
    assert shared(one(answer, "hinweis")) == {Shared.CASE_TYPE: ("Baumfällung",)}
    assert one(answer, "hinweis").hit.matched_by == ()
    assert one(answer, "hinweis").confidence is Confidence.LOW
    town.put("eigener", "Ganz anders", case_type="Baumfällung")
    assert ids(town.similar("hinweis")) == ["eigener"]


# --- what is taken away meanwhile ---------------------------------------------------------------------------------


def test_what_is_taken_away_while_it_is_compared_is_not_shown(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    read = town.index.beginnings

    def then_taken_away(*asked: Any) -> dict[str, str]:
        texts = read(*asked)
        town.index.revocations.record_ids = {"baum-1"}
        return texts

    monkeypatch.setattr(town.index, "beginnings", then_taken_away)
    assert "baum-1" not in ids(town.like(DRAFT))


# --- what is said -------------------------------------------------------------------------------------------------


def test_without_the_embedder_words_are_left_and_it_is_said(town: Town) -> None:
    town.embedder.down = True
    answer = town.like(DRAFT)
    assert [notice.code for notice in answer.notices] == ["semantic_unavailable"]
    assert set(ids(answer)) == {"baum-1", "baum-2"}
    assert Shared.MEANING not in shared(answer.alike[0])


def test_how_far_meaning_has_come_is_said(town: Town) -> None:
    town.index.put([record("neu", TREE)])
    assert [notice.code for notice in town.like(DRAFT).notices] == ["semantic_incomplete"]


def test_only_the_nearer_half_is_near_in_meaning(town: Town) -> None:
    answer = town.like(DRAFT)
    assert Shared.MEANING in shared(one(answer, "baum-1"))
    assert Shared.MEANING not in shared(one(answer, "hund"))


def test_never_more_than_are_held_against_the_draft() -> None:
    town = Town()
    for n in range(LOOKED_AT + 5):
        town.put(f"baum-{n:02}", TREE)
    assert len(town.like(DRAFT, size=LOOKED_AT).alike) == LOOKED_AT
