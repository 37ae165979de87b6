"""The access rule: its two faces agree with each other and with the sentences it was written from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from records.access import (
    Confidentiality,
    Principal,
    PrivacyClass,
    ReadAccess,
    Reader,
    ReadFilter,
    Role,
    admits,
    groups_of,
    read_filter,
)
from records.errors import InvalidInputError
from tests.factories import access, principal
from tests.unit.records.askers import accesses, principals


def as_a_filter_reads_it(rule: ReadFilter, record: ReadAccess) -> bool:
    """What an engine makes of the condition: clauses over sets of words, one for each party."""
    readers, deny = {str(r) for r in record.readers}, {str(r) for r in record.deny}
    if record.tenant != rule.tenant or deny & {str(r) for r in rule.denied_by}:
        return False
    for party in rule.parties:
        named = bool(readers & {str(r) for r in party})
        open_to_all = record.confidentiality == "offen" and record.privacy_class == "normal"
        everybody = str(rule.everybody) in readers and open_to_all
        unassigned = rule.opens_unassigned and not readers
        if not (named or everybody or unassigned):
            return False
    return True


def as_written(who: Principal, record: ReadAccess) -> bool:
    """The sentences of the rule, said once more without its code."""
    if who.tenant != record.tenant:
        return False
    asked = [{g.group for g in who.groups}] + ([{g.group for g in who.software.groups}] if who.software else [])
    readers, deny = {r.group for r in record.readers}, {r.group for r in record.deny}
    if not readers:
        denied = any(groups & deny for groups in asked)
        return who.software is None and Role.RECORDS_MANAGER in who.roles and not denied
    secret = record.confidentiality is Confidentiality.CONFIDENTIAL or record.privacy_class is not PrivacyClass.NORMAL
    counted = readers - ({"alle"} if secret else set())
    return all(groups & counted and not groups & deny for groups in asked)


@settings(deadline=None)  # a busy machine is no fault of the rule
@given(principals(), accesses())
def test_both_faces_and_the_sentences_agree(who: Principal, record: ReadAccess) -> None:
    assert admits(who, record) == as_a_filter_reads_it(read_filter(who), record) == as_written(who, record)


@pytest.mark.parametrize(
    ("who", "record", "opened"),
    [
        (principal("erbach", "bauamt"), access("erbach", "bauamt"), True),
        (principal("erbach"), access("erbach", "alle"), True),
        (principal("erbach"), access("erbach", "alle", confidentiality=Confidentiality.CONFIDENTIAL), False),
        *((principal("erbach"), access("erbach", "alle", privacy_class=p), p == "normal") for p in PrivacyClass),
        *((principal("erbach", "bauamt"), access("erbach", "bauamt", privacy_class=p), True) for p in PrivacyClass),
        (principal("michelstadt", "bauamt"), access("erbach", "bauamt"), False),
        (principal("erbach", "bauamt", "x"), access("erbach", "bauamt", deny=("x",)), False),
        (principal("erbach"), access("erbach"), False),
        (principal("erbach", roles=(Role.RECORDS_MANAGER,)), access("erbach"), True),
        (principal("michelstadt", roles=(Role.RECORDS_MANAGER,)), access("erbach"), False),
        (principal("erbach", roles=(Role.RECORDS_MANAGER,)), access("erbach", "bauamt"), False),
        (principal("erbach", roles=(Role.RECORDS_MANAGER,), software=("x",)), access("erbach"), False),
        (principal("erbach", "bauamt", software=("x",)), access("erbach", "bauamt"), False),
        (principal("erbach", "bauamt", software=("x",)), access("erbach", "bauamt", "x"), True),
        (principal("erbach", "bauamt", software=("bauamt", "x")), access("erbach", "bauamt", deny=("x",)), False),
    ],
)
def test_cases(who: Principal, record: ReadAccess, opened: bool) -> None:  # noqa: FBT001
    assert admits(who, record) is opened


@pytest.mark.parametrize("group", ["", "Bauamt", "a/b", 'x","y', "${x}", "a b", "a\n", "x" * 65, "ä"])
def test_no_other_group_name_exists(group: str) -> None:
    with pytest.raises(InvalidInputError):
        Reader("erbach", group)


@pytest.mark.parametrize("tenant", ["", "Erbach", "er-bach", "er_bach", "er*", "a,b", "erbach\n", "x" * 41, "ä"])
def test_no_other_tenant_name_exists(tenant: str) -> None:
    for make in (lambda: Reader(tenant, "bauamt"), lambda: ReadAccess(tenant)):
        with pytest.raises(InvalidInputError) as refused:
            make()
        assert refused.value.field == "tenant"


def test_a_reader_of_another_tenant_is_refused() -> None:
    assert Reader.parse("bauamt", own_tenant="erbach") == Reader.parse("erbach/bauamt", own_tenant="erbach")
    for refused in ("michelstadt/bauamt", "/bauamt", "a/b/c"):
        with pytest.raises(InvalidInputError):
            Reader.parse(refused, own_tenant="erbach")
    with pytest.raises(InvalidInputError):
        ReadAccess("erbach", groups_of("michelstadt", ["bauamt"]))
    with pytest.raises(InvalidInputError):
        Principal("x", "erbach", groups_of("michelstadt", ["bauamt"]))


def test_more_than_five_hundred_groups_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="at most 500"):
        principal("erbach", *(f"g{n}" for n in range(501)))
