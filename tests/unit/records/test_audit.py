"""The audit log: what is written stays, what is changed shows, and nobody reads it but the data protection officer."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from records import audit
from records.access import Role
from records.audit import AuditLog, Question
from records.audit_chain import Event, Kind, beginning, link
from records.audit_commit import GroupCommit
from records.audit_tables import entries, heads, migrate_audit
from records.errors import AuditUnavailableError, InvalidInputError, NotVisibleError
from records.settings import AuditSettings
from tests.factories import principal

DAY = 86_400_000_000


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> AuditSettings:
    url = f"sqlite:///{tmp_path}/audit.sqlite"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    made = AuditSettings(url=url, witness=tmp_path / "witness", retention_days=30)
    migrate_audit(made)
    migrate_audit(made)
    return made


@pytest.fixture
def log(settings: AuditSettings) -> Iterator[AuditLog]:
    made = AuditLog(settings)
    yield made
    made.close()


def shown(*ids: str, tenant: str = "erbach", kind: Kind = Kind.SEARCH, subject: str = "bea") -> Event:
    return Event(tenant, subject, None, kind, ids, "Prüfung")


def fill(log: AuditLog) -> None:
    log.append([shown("a", "b"), shown("c", tenant="michelstadt")])
    for number in range(4):
        log.append([shown(f"r{number}", kind=Kind.RECORD)])


def change(log: AuditLog, *statements: Any) -> None:
    with log._engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def at(sequence: int) -> Any:
    return (entries.c.tenant == "erbach") & (entries.c.sequence == sequence)


def fault(log: AuditLog) -> tuple[str, int]:
    (found,) = log.verify().faults
    return found.tenant, found.sequence


def test_a_whole_log_holds(log: AuditLog) -> None:
    assert log.verify() == audit.Verdict(0, 0, ())
    fill(log)
    assert log.verify() == audit.Verdict(2, 6, ())


def test_the_hash_is_what_the_docstring_says() -> None:
    """Computed here from the words of the documentation alone."""
    event = Event("erbach", "bea", "fachverfahren", Kind.PRECEDENTS, ("a", "b"), "Prüfung", None)
    first = hashlib.sha256(b'["aktensuche-audit-1","erbach"]').hexdigest()
    text = (
        '["aktensuche-audit-1","erbach",1,1700000000000000,"bea","fachverfahren","precedents",'
        f'"Pr\\u00fcfung",null,["a","b"],"{first}"]'
    )
    assert beginning("erbach") == first
    assert link(1, 1_700_000_000_000_000, event, first).hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("time", 1),
        ("subject", "bea2"),
        ("software", "x"),
        ("kind", "text"),
        ("kind", "unheard"),
        ("purpose", "Prufung"),
        ("detail", "x"),
        ("record_ids", '["a", "c"]'),
        ("record_ids", "["),
        ("previous", "0" * 64),
        ("hash", "0" * 64),
    ],
)
def test_a_changed_entry_is_named(log: AuditLog, column: str, value: Any) -> None:
    fill(log)
    change(log, entries.update().where(at(2)).values({column: value}))
    assert fault(log) == ("erbach", 2)


def test_a_removed_entry_is_named(log: AuditLog) -> None:
    fill(log)
    change(log, entries.delete().where(at(3)))
    assert fault(log) == ("erbach", 3)


def test_entries_in_another_order_are_named(log: AuditLog) -> None:
    fill(log)
    turned = [entries.update().where(at(a)).values(sequence=b) for a, b in ((2, 99), (3, 2), (99, 3))]
    change(log, *turned)
    assert fault(log) == ("erbach", 2)


def test_a_removed_beginning_is_named(log: AuditLog) -> None:
    fill(log)
    change(log, entries.delete().where((entries.c.tenant == "erbach") & (entries.c.sequence <= 2)))
    assert fault(log) == ("erbach", 1)


def test_a_cut_off_end_is_named(log: AuditLog) -> None:
    fill(log)
    change(log, entries.delete().where(at(5)))
    assert fault(log) == ("erbach", 5)


def _cut_off(log: AuditLog, first: int) -> list[Any]:
    """Take the end away, and put the head where it would be without it."""
    with log._engine.connect() as connection:
        last = connection.execute(sa.select(entries.c.hash).where(at(first - 1))).scalar_one()
    cut = (entries.c.tenant == "erbach") & (entries.c.sequence >= first)
    return [
        entries.delete().where(cut),
        heads.update().where(heads.c.tenant == "erbach").values(sequence=first - 1, hash=last),
    ]


def test_an_end_cut_off_with_its_head_is_named_by_the_witness(log: AuditLog, settings: AuditSettings) -> None:
    fill(log)
    again = AuditLog(settings)  # another process, whose witness notes at once
    again.append([shown("z")])
    again.close()
    change(log, *_cut_off(log, 5))
    assert fault(log) == ("erbach", 5)


def test_a_chain_written_anew_is_named_by_the_witness(log: AuditLog) -> None:
    fill(log)
    change(log, entries.delete().where(entries.c.tenant == "erbach"), heads.delete().where(heads.c.tenant == "erbach"))
    log.append([shown("harmlos")])
    assert fault(log) == ("erbach", 1)


def test_a_whole_town_taken_out_is_named_by_the_witness(log: AuditLog) -> None:
    fill(log)
    change(log, entries.delete(), heads.delete())
    assert {(f.tenant, f.sequence) for f in log.verify().faults} == {("erbach", 1), ("michelstadt", 1)}


def test_a_witness_that_was_altered_is_named(log: AuditLog, settings: AuditSettings) -> None:
    fill(log)
    (file,) = settings.witness.iterdir()
    file.write_text(file.read_text() + "x\n")
    assert "line 3" in log.verify().faults[0].reason


def test_a_flipped_byte_in_the_file_is_named(tmp_path: Path) -> None:
    settings = AuditSettings(url=f"sqlite:///{tmp_path}/audit.sqlite", witness=tmp_path / "witness")
    migrate_audit(settings)
    first = AuditLog(settings)
    first.append([shown("a")])
    first.append([shown("nadelimheuhaufen")])
    first.close()  # the last connection puts everything into the one file
    file = tmp_path / "audit.sqlite"
    content = bytearray(file.read_bytes())
    place = content.index(b"nadelimheuhaufen")
    for bit in (0x01, 0x80):  # another letter; no text any more
        content[place] ^= bit
        file.write_bytes(content)
        again = AuditLog(settings)
        assert fault(again) == ("erbach", 2)
        again.close()
        content[place] ^= bit


def test_what_is_too_old_goes_and_the_rest_still_holds(
    log: AuditLog, settings: AuditSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time_ns
    monkeypatch.setattr(audit.time, "time_ns", lambda: real() - 40 * DAY * 1000)
    fill(log)
    monkeypatch.undo()
    log.append([shown("neu")])
    monkeypatch.setattr(audit, "_AT_ONCE", 3)
    assert [log.prune() for _ in range(4)] == [4, 2, 0, 0]  # three of erbach and one of michelstadt, then two
    assert log.verify().faults == ()
    officer = principal("erbach", roles=(Role.PRIVACY,))
    kept = log.read(officer, question(), before=None, size=50)
    assert {i for entry in kept for i in entry.event.record_ids} == {"neu"}
    # the entry that stands for what is gone is as safe as any other
    first = min(entry.sequence for entry in kept)
    change(log, entries.delete().where(at(first)))
    assert fault(log) == ("erbach", 1)


def question(**more: Any) -> Question:
    now = dt.datetime.now(dt.UTC)
    return Question("Auskunft nach Art. 15", now - dt.timedelta(days=90), now + dt.timedelta(minutes=1), **more)


def test_reading_is_for_the_officer_of_the_town_and_is_written_down(log: AuditLog) -> None:
    fill(log)
    officer = principal("erbach", roles=(Role.PRIVACY,))
    found = log.read(officer, question(), before=None, size=50)
    assert [entry.event.kind for entry in found] == [Kind.AUDIT, *[Kind.RECORD] * 4, Kind.SEARCH]
    assert {entry.event.tenant for entry in found} == {"erbach"}
    assert (found[0].event.purpose, found[0].event.subject) == ("Auskunft nach Art. 15", "bea")
    assert [e.sequence for e in log.read(officer, question(record_id="r1"), before=None, size=50)] == [7, 3]
    assert log.read(officer, question(record_id="%"), before=None, size=50)[1:] == ()
    assert log.read(officer, question(subject="kim"), before=None, size=50) == ()
    assert [e.sequence for e in log.read(officer, question(), before=5, size=2)] == [4, 3]
    assert json.loads(log.read(officer, question(), before=None, size=1)[0].event.detail or "")["before"] is None
    before = log.verify().entries
    for other in (
        principal("erbach", roles=(Role.RECORDS_MANAGER, Role.REPORTS)),
        principal("erbach", roles=tuple(Role), software=("bauamt",)),
    ):
        with pytest.raises(NotVisibleError):
            log.read(other, question(), before=None, size=50)
    assert log.verify().entries == before


def test_several_processes_append_to_the_same_chains(settings: AuditSettings) -> None:
    logs = [AuditLog(settings) for _ in range(4)]
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(15):
                towns = ("erbach", "michelstadt") if (number + turn) % 2 else ("michelstadt", "erbach")
                logs[number].append([shown(f"{number}-{turn}", tenant=town) for town in towns])
        except BaseException as error:  # noqa: BLE001  told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert logs[0].verify() == audit.Verdict(2, 120, ())
    for one in logs:
        one.close()


class SlowLog:
    """Counts commits, each of which waits to be let go."""

    def __init__(self) -> None:
        self.commits: list[list[Event]] = []
        self.go = threading.Semaphore(0)
        self.broken = False

    def append(self, events: Any) -> None:
        self.commits.append(list(events))
        assert self.go.acquire(timeout=10)
        if self.broken:
            raise AuditUnavailableError("broken")

    def prune(self) -> int:
        return 0


def test_answers_that_go_out_together_share_a_commit() -> None:
    log = SlowLog()
    group = GroupCommit(log)
    done: list[int] = []

    def ask(number: int) -> None:
        group.commit(shown(str(number)))
        done.append(number)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
    threads[0].start()
    while not log.commits:
        time.sleep(0.001)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < 19:
        time.sleep(0.001)
    assert done == []  # nobody goes on before the commit
    log.go.release()
    log.go.release()
    for thread in threads:
        thread.join(10)
    assert sorted(done) == list(range(20))
    assert [len(events) for events in log.commits] == [1, 19]
    group.close()
    with pytest.raises(AuditUnavailableError):
        group.commit(shown("x"))


def test_whoever_waits_hears_that_it_failed_and_the_next_may_succeed() -> None:
    log = SlowLog()
    log.broken = True
    group = GroupCommit(log)
    log.go.release()
    with pytest.raises(AuditUnavailableError):
        group.commit(shown("a"))
    log.broken = False
    log.go.release()
    group.commit(shown("b"))
    group.close()


def test_a_log_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    lost = AuditLog(AuditSettings(url=f"sqlite:///{tmp_path}/missing/audit.sqlite", witness=tmp_path))
    with pytest.raises(AuditUnavailableError):
        lost.append([shown("a")])
    lost.close()


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_no_database_keeps_is_refused_before_it_meets_others(text: str) -> None:
    with pytest.raises(InvalidInputError):
        shown("a", subject=text)
