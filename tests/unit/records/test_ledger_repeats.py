"""Writes with a key: done once a day for each principal, two at once are told apart, nothing readable is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import DataError

from records.errors import InvalidInputError
from records.ledger_connection import answering
from records.ledger_repeats import IN_HAND_SECONDS, KEPT_SECONDS, InHandError, KeyReusedError, LedgerRepeats
from records.ledger_tables import migrate
from records.repeat_tables import repeats
from records.settings import LedgerSettings
from tests.factories import principal

BEA = principal("erbach", "bauamt")
KEY, SENT = "8e03978e", "release\0{}"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[LedgerRepeats]:
    settings = LedgerSettings(url=f"sqlite:///{tmp_path}/ledger.sqlite")
    migrate(settings)
    made = LedgerRepeats(settings)
    yield made
    made.close()


def age(kept: LedgerRepeats, seconds: float) -> None:
    with kept.engine.begin() as connection:
        connection.execute(repeats.update().values(begun_at=repeats.c.begun_at - seconds))


def test_what_came_of_it_is_told_again(kept: LedgerRepeats) -> None:
    assert kept.begin(BEA, KEY, SENT) is None
    kept.done(BEA, KEY, "r-1")
    assert kept.begin(BEA, KEY, SENT) == "r-1"
    age(kept, KEPT_SECONDS - 60)
    assert kept.begin(BEA, KEY, SENT) == "r-1"
    age(kept, 120)
    assert kept.begin(BEA, KEY, SENT) is None


def test_a_key_with_something_else_is_refused(kept: LedgerRepeats) -> None:
    kept.begin(BEA, KEY, SENT)
    for done in (False, True):
        if done:
            kept.done(BEA, KEY, "r-1")
        with pytest.raises(KeyReusedError):
            kept.begin(BEA, KEY, SENT + " ")


def test_a_key_is_of_one_principal(kept: LedgerRepeats) -> None:
    kept.begin(BEA, KEY, SENT)
    kept.done(BEA, KEY, "r-1")
    assert kept.begin(replace(BEA, subject="kim"), KEY, SENT) is None
    assert kept.begin(principal("michelstadt", "bauamt"), KEY, SENT) is None
    assert kept.begin(principal("erbach", "bauamt", software=("bauamt",)), KEY, SENT) is None


def test_what_is_in_hand_is_not_done_twice(kept: LedgerRepeats) -> None:
    kept.begin(BEA, KEY, SENT)
    with pytest.raises(InHandError):
        kept.begin(BEA, KEY, SENT)
    # whoever had it has died
    age(kept, IN_HAND_SECONDS + 1)
    assert kept.begin(BEA, KEY, SENT) is None
    with pytest.raises(InHandError):
        kept.begin(BEA, KEY, SENT)


def test_of_many_at_once_one_does_it(kept: LedgerRepeats) -> None:
    came: list[str] = []

    def begin() -> None:
        try:
            came.append("mine" if kept.begin(BEA, KEY, SENT) is None else "done")
        except InHandError:
            came.append("in hand")

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["in hand"] * 7 + ["mine"]


def test_what_failed_is_tried_again(kept: LedgerRepeats) -> None:
    kept.begin(BEA, KEY, SENT)
    kept.failed(BEA, KEY)
    assert kept.begin(BEA, KEY, SENT) is None
    kept.done(BEA, KEY, "r-1")
    kept.failed(BEA, KEY)
    assert kept.begin(BEA, KEY, SENT) == "r-1"


def test_what_the_database_cannot_keep_is_a_fault_of_whoever_sent_it() -> None:
    with pytest.raises(InvalidInputError, match="cannot be kept"), answering():
        raise DataError("insert", {}, ValueError("PostgreSQL text fields cannot contain NUL (0x00) bytes"))


def test_nothing_that_can_be_read_is_kept(kept: LedgerRepeats) -> None:
    kept.begin(BEA, "mein-schlüssel", "hold\0geheimwort")
    with kept.engine.connect() as connection:
        said = str(connection.execute(repeats.select()).all())
    assert "schlüssel" not in said
    assert "geheimwort" not in said
