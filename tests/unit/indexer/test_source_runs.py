"""Configured sources: by name, when they are due, paused; what is public is released until a person objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.source_runs import SourceRuns
from indexer.sources.protocol import SourceUnavailableError
from indexer.sync import SyncSummary
from records.access import Principal, Role
from records.errors import InvalidInputError
from records.ledger_public_sources import CONFIGURATION, LedgerPublicSources
from records.ledger_release_work import LedgerReleaseWork
from records.ledger_releases import LedgerReleases
from records.ledger_reports import LedgerReports
from records.refusals import refusals_of
from records.release import Grounds
from records.settings import LedgerSettings, ReleaseSettings
from tests.unit.indexer.test_folder_import import Town

MANAGER = Principal(subject="chefin", tenant="erbach", groups=frozenset(), roles=frozenset({Role.RECORDS_MANAGER}))
GROUNDS = Grounds("Öffentliche Unterlagen", "§ 52 HGO")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.pipeline.close()
    made.ledger.close()


@pytest.fixture
def settings(town: Town) -> LedgerSettings:
    return LedgerSettings(url=f"sqlite:///{town.folder.parent}/ledger.sqlite")


@pytest.fixture
def runs(town: Town, settings: LedgerSettings) -> Iterator[SourceRuns]:
    file = town.folder.parent / "sources.toml"
    file.write_text(
        f'[sources.akten]\nkind = "folder"\ntenant = "erbach"\npath = "{town.folder}"\nevery = "1h"\nsettle = "0s"\n'
    )
    public = LedgerPublicSources(settings)
    yield SourceRuns(ledger=town.ledger, public=public, sync=town.sync(), file=file, tenants=("erbach", "oberzent"))
    public.close()


def test_a_source_is_run_by_its_name(town: Town, runs: SourceRuns) -> None:
    town.write("a.txt", "Text")
    assert runs.run("akten") == SyncSummary(files=1, indexed=1)
    with pytest.raises(InvalidInputError, match="configured are akten"):
        runs.run("aktne")
    # the same folder, imported by hand, is the same source
    assert town.bring() == SyncSummary(files=1, unchanged=1)


def test_what_was_put_down_a_moment_ago_does_not_wait_for_a_run_that_may_be_days_away(
    town: Town, runs: SourceRuns
) -> None:
    file = town.folder.parent / "sources.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('settle = "0s"', 'settle = "1s"'), encoding="utf-8")
    town.write("a.txt", "Text")
    assert runs.run("akten") == SyncSummary(files=1, indexed=1)


def test_a_source_is_due_once_in_its_time_and_never_while_it_is_paused(town: Town, runs: SourceRuns) -> None:
    sent: list[str] = []
    runs.send_due(sent.append)
    runs.send_due(sent.append)
    assert sent == ["akten"]
    _, source = runs.named("akten")
    assert not town.ledger.take_turn(source, 3600)
    assert town.ledger.take_turn(source, 0)
    town.ledger.pause(source, paused=True)
    assert not town.ledger.take_turn(source, 0)
    with pytest.raises(SourceUnavailableError, match="aktensuche resume"):
        runs.run("akten")
    town.ledger.pause(source, paused=False)
    town.write("a.txt", "Text")
    assert runs.run("akten").indexed == 1


def test_a_run_that_died_is_due_again_before_its_time(
    town: Town, runs: SourceRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.ledger_sources._DIED_AFTER", 0.0)
    _, source = runs.named("akten")
    assert town.ledger.take_turn(source, 3600)
    assert town.ledger.hold_source(source, "somebody", 60)
    assert not town.ledger.take_turn(source, 3600)
    town.ledger.leave_source(source, "somebody")
    assert town.ledger.take_turn(source, 3600)
    runs.run("akten")
    assert not town.ledger.take_turn(source, 3600)


def test_a_file_with_a_mistake_runs_nothing_and_says_so(
    town: Town, runs: SourceRuns, caplog: pytest.LogCaptureFixture
) -> None:
    (town.folder.parent / "sources.toml").write_text("[sources.akten")
    runs.send_due(lambda _: pytest.fail("nothing may run"))
    assert "sources.toml: Expected ']' at the end" in caplog.text


def test_a_share_that_is_away_removes_nothing_and_is_told(town: Town, runs: SourceRuns) -> None:
    town.write("a.txt", "Text")
    runs.run("akten")
    town.folder.rename(town.folder.with_name("weg"))
    runs.run_scheduled("akten")
    assert town.shelf.titles() == {"a"}
    (told,) = LedgerReports(town.ledger).sources_of("erbach")
    assert "cannot be listed" in (told.last_error or "")
    town.folder.with_name("weg").rename(town.folder)
    runs.run_scheduled("akten")
    (told,) = LedgerReports(town.ledger).sources_of("erbach")
    assert told.last_error is None


def test_what_is_public_is_released_to_all_until_a_person_objects(
    town: Town, runs: SourceRuns, settings: LedgerSettings
) -> None:
    town.write("a.txt", "Text", title="A", readers=["alle"])
    runs.run("akten")
    _, source = runs.named("akten")
    refusals = refusals_of(ReleaseSettings())
    public, given = LedgerPublicSources(settings), LedgerReleases(settings, refusals)
    work = LedgerReleaseWork(settings, refusals)
    try:
        # the same folder of another town, whose records are nobody's business
        other = town.ledger.source("oberzent", "folder", str(town.folder))
        for _ in range(2):
            public.keep(source, GROUNDS)
            public.keep(other, None)
            work.apply_rules()
        (rule,) = given.rules_of(MANAGER)
        assert (rule.draft.source, rule.draft.access.to_all, rule.created_by) == (source.name, True, CONFIGURATION)
        (release,) = given.of(MANAGER)
        assert (release.title, release.rule_id) == ("A", rule.rule_id)
        # the configuration takes it back, and gives it again
        public.keep(source, None)
        work.follow()
        assert [r.state for r in given.of(MANAGER)] == ["recalling"]
        public.keep(source, GROUNDS)
        work.apply_rules()
        assert len(given.rules_of(MANAGER)) == 2
        # a person's word stands
        live = next(r for r in given.rules_of(MANAGER) if r.recalled_at is None)
        given.recall_rule(MANAGER, live.rule_id)
        public.keep(source, GROUNDS)
        assert all(r.recalled_at is not None for r in given.rules_of(MANAGER))
    finally:
        for one in (public, given, work):
            one.close()


def test_a_rule_of_a_source_gives_nothing_of_another_one(
    town: Town, runs: SourceRuns, settings: LedgerSettings, tmp_path: Path
) -> None:
    town.write("a.txt", "Text", title="A", readers=["alle"])
    runs.run("akten")
    elsewhere = town.ledger.source("erbach", "folder", "/anderswo")
    refusals = refusals_of(ReleaseSettings())
    public, given = LedgerPublicSources(settings), LedgerReleases(settings, refusals)
    work = LedgerReleaseWork(settings, refusals)
    try:
        public.keep(elsewhere, GROUNDS)
        work.apply_rules()
        assert given.of(MANAGER) == ()
    finally:
        for one in (public, given, work):
            one.close()
