"""To whom a release is shown, how partners are written, and what belongs to which form."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from records.access import Confidentiality, Principal, PrivacyClass, ReadAccess, Reader, Role
from records.errors import InvalidInputError
from records.record import Metadata, Original, Page, Passage, TextState
from records.refusals import Refusals
from records.release import (
    NO_END,
    Grounds,
    Redaction,
    ReleaseAccess,
    ReleasedRecord,
    ReleaseForm,
    RuleDraft,
    Shown,
    ShownField,
    day_of,
    end_of,
    parse_access,
    shows,
)
from tests.factories import access, principal

NOW = 1_700_000_000
TENANTS = ("erbach", "michelstadt", "oberzent")
GROUNDS = Grounds("Beispiel", "§ 22 HDSIG")


def released(*partners: str, until: int = NO_END) -> ReleaseAccess:
    made = parse_access("erbach", partners, None, TENANTS)
    return replace(made, until=until)


BAU = ("michelstadt/bauamt",)


@pytest.mark.parametrize(
    ("who", "partners", "seen"),
    [
        (principal("michelstadt", "bauamt"), BAU, True),
        (principal("michelstadt", "ordnungsamt"), BAU, False),
        (principal("michelstadt"), ("michelstadt",), True),
        (principal("michelstadt"), ("michelstadt/alle",), True),
        (principal("oberzent", "bauamt"), BAU, False),
        (principal("oberzent"), ("*",), True),
        (principal("oberzent"), ("michelstadt", "oberzent"), True),
        # the owner reads the record itself
        (principal("erbach", "bauamt"), ("*",), False),
        # each asking party must be named
        (principal("michelstadt", "bauamt", software=("bauamt",)), BAU, True),
        (principal("michelstadt", "bauamt", software=()), BAU, False),
        (principal("michelstadt", software=("bauamt",)), BAU, False),
        (principal("michelstadt", "bauamt", software=()), ("michelstadt",), True),
        (principal("michelstadt", software=()), ("*",), True),
        # two parties may be named by two of the partners
        (
            principal("michelstadt", "bauamt", software=("ordnungsamt",)),
            ("michelstadt/bauamt", "michelstadt/ordnungsamt"),
            True,
        ),
        # no role opens what others release
        (principal("michelstadt", roles=tuple(Role)), BAU, False),
    ],
)
def test_the_rule(who: Principal, partners: tuple[str, ...], *, seen: bool) -> None:
    assert shows(who, released(*partners), NOW) is seen


def test_the_last_second_still_shows_and_the_next_does_not() -> None:
    ended = released("*", until=NOW)
    assert shows(principal("michelstadt"), ended, NOW)
    assert not shows(principal("michelstadt"), ended, NOW + 1)


@pytest.mark.parametrize(
    "partners",
    [
        (),
        ("*", "michelstadt"),
        ("michel*",),
        ("michelstadt/*",),
        ("michelstadt/",),
        ("/bauamt",),
        ("darmstadt",),
        ("erbach",),
        ("erbach/bauamt",),
        ('michelstadt/bauamt","x',),
        ("michelstadt/${attr.jwt.r}",),
        ("michelstadt/bauamt/x",),
        ("MICHELSTADT",),
        tuple(f"michelstadt/gruppe-{n}" for n in range(101)),
    ],
)
def test_what_names_no_partner_is_refused(partners: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_access("erbach", partners, None, TENANTS)
    assert refused.value.field == "partners"


def test_nobody_in_particular_is_not_everybody() -> None:
    with pytest.raises(InvalidInputError):
        ReleaseAccess("erbach")
    with pytest.raises(InvalidInputError):
        ReleaseAccess("erbach", frozenset({Reader("michelstadt", "alle")}), to_all=True)


def test_a_day_ends_where_the_towns_are() -> None:
    day = dt.date(2026, 6, 30)
    assert dt.datetime.fromtimestamp(end_of(day), dt.UTC) == dt.datetime(2026, 6, 30, 21, 59, 59, tzinfo=dt.UTC)
    assert day_of(end_of(day)) == day
    assert day_of(NO_END) is None
    assert end_of(dt.date.max) == NO_END


def test_a_whole_town_is_the_reader_that_everybody_has() -> None:
    assert released("michelstadt").partner_names == ("michelstadt/alle",)
    assert released("*").partner_names == ("*",)


REDACTION = Redaction("Titel", ("Seite",))


@pytest.mark.parametrize(
    ("form", "redaction", "fields", "field"),
    [
        (ReleaseForm.WHOLE, REDACTION, (), "redacted"),
        (ReleaseForm.EXISTENCE, REDACTION, (ShownField.YEAR,), "redacted"),
        (ReleaseForm.REDACTED, None, (), "redacted"),
        (ReleaseForm.WHOLE, None, (ShownField.YEAR,), "shown_fields"),
        (ReleaseForm.EXISTENCE, None, (), "shown_fields"),
    ],
)
def test_what_does_not_belong_to_a_form_is_refused(
    form: ReleaseForm, redaction: Redaction | None, fields: tuple[ShownField, ...], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Shown(form, redaction, frozenset(fields))
    assert refused.value.field == field


@pytest.mark.parametrize("words", ["", "  ", "x" * 201, "zwei\nZeilen", "\x00", "\ud800"])
def test_grounds_are_readable_words(words: str) -> None:
    with pytest.raises(InvalidInputError):
        Grounds(words, "§ 22 HDSIG")
    with pytest.raises(InvalidInputError):
        Grounds("Beispiel", words)


def test_a_rule_that_names_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        RuleDraft(None, None, released("*"), GROUNDS)
    with pytest.raises(InvalidInputError):
        RuleDraft(" ", None, released("*"), GROUNDS)


@pytest.mark.parametrize(
    ("file_plan", "document_type", "meant"),
    [
        ("020", None, True),
        ("020-1", None, False),
        (None, "Satzung", True),
        (None, "satzung", False),
        ("020", "Satzung", True),
        ("030", "Satzung", False),
        ("020", "Bescheid", False),
    ],
)
def test_a_rule_means_what_it_names(file_plan: str | None, document_type: str | None, *, meant: bool) -> None:
    rule = RuleDraft(file_plan, document_type, released("*"), GROUNDS)
    assert rule.means(Metadata("x", file_plan="020-0", document_type="Satzung")) is meant
    assert not rule.means(Metadata("x"))


def released_record(form: ReleaseForm, **more: Any) -> ReleasedRecord:
    return ReleasedRecord("r", form, released("*"), Metadata(more.pop("title", "")), None, TextState.NONE, 2, **more)


def test_existence_holds_no_words_and_only_the_whole_holds_the_file() -> None:
    for more in ({"title": "Titel"}, {"pages": (Page(1, "Text"),)}, {"passages": (Passage(1, 0, 4, "Text"),)}):
        with pytest.raises(ValueError, match="no words"):
            released_record(ReleaseForm.EXISTENCE, **more)
    file = Original("a.pdf", "application/pdf", 1, "0" * 64)
    for form in (ReleaseForm.EXISTENCE, ReleaseForm.REDACTED):
        with pytest.raises(ValueError, match="file belongs"):
            released_record(form, original=file)


REFUSALS = Refusals(departments=("standesamt", "Steueramt"), file_plans=("11",))
OPEN = access("erbach", "bauamt")


@pytest.mark.parametrize(
    ("metadata", "read", "form", "field"),
    [
        *(
            (Metadata("x"), replace(OPEN, privacy_class=kind), form, "record_id")
            for kind in PrivacyClass
            if kind is not PrivacyClass.NORMAL
            for form in ReleaseForm
        ),
        (Metadata("x", department="Standesamt"), OPEN, ReleaseForm.EXISTENCE, "record_id"),
        (Metadata("x", department=" steueramt"), OPEN, ReleaseForm.REDACTED, "record_id"),
        (Metadata("x"), access("erbach", "standesamt"), ReleaseForm.EXISTENCE, "record_id"),
        (Metadata("x", file_plan="11-3"), OPEN, ReleaseForm.EXISTENCE, "record_id"),
        (Metadata("x"), replace(OPEN, confidentiality=Confidentiality.CONFIDENTIAL), ReleaseForm.WHOLE, "form"),
    ],
)
def test_what_the_law_protects_is_refused(metadata: Metadata, read: ReadAccess, form: ReleaseForm, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        REFUSALS.check(metadata, read, form)
    assert refused.value.field == field


def test_the_rest_may_be_shown() -> None:
    confidential = replace(OPEN, confidentiality=Confidentiality.CONFIDENTIAL)
    for read, form in (
        (OPEN, ReleaseForm.WHOLE),
        (access("erbach", "standesamt", "bauamt"), ReleaseForm.WHOLE),
        (access("erbach"), ReleaseForm.WHOLE),
        (confidential, ReleaseForm.REDACTED),
        (confidential, ReleaseForm.EXISTENCE),
    ):
        REFUSALS.check(Metadata("x", department="bauamt", file_plan="020"), read, form)
