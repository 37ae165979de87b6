"""When the engine counts as silent, and when it does not any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from opensearchpy import exceptions as engine  # noqa: TID251  what the engine's client raises

from records.errors import EngineUnavailableError
from records.opensearch.silence import PAUSE_SECONDS, Silence


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def silence(clock: Clock) -> Silence:
    return Silence(8, clock=clock)


def ask(silence: Silence, work: Callable[[], object] = lambda: None) -> None:
    with silence.asked():
        work()


def wait_in_vain(silence: Silence, clock: Clock, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Ask, and get no answer in as long as anybody waits; the rest happens halfway."""

    def nothing_comes() -> None:
        clock.now += 4
        meanwhile()
        clock.now += 4
        raise engine.ConnectionTimeout("N/A", "no answer", None)

    with pytest.raises(engine.ConnectionTimeout):
        ask(silence, nothing_comes)


def assert_closed(silence: Silence) -> None:
    with pytest.raises(EngineUnavailableError):
        ask(silence, lambda: pytest.fail("asked"))


def assert_open(silence: Silence) -> None:
    ask(silence, lambda: ask(silence))


@pytest.fixture
def silent(silence: Silence, clock: Clock) -> Silence:
    clock.now += 1
    wait_in_vain(silence, clock)
    return silence


def test_one_at_a_time_tries_a_silent_engine(silent: Silence, clock: Clock) -> None:
    # those who stood in the queue are told now, and do not wait themselves
    assert_closed(silent)
    clock.now += PAUSE_SECONDS
    wait_in_vain(silent, clock, lambda: assert_closed(silent))
    assert_closed(silent)
    clock.now += PAUSE_SECONDS
    # whoever comes next tries it again, and finds that it is back
    ask(silent)
    assert_open(silent)


def test_all_who_waited_together_are_told_by_the_first(silence: Silence, clock: Clock) -> None:
    wait_in_vain(silence, clock, lambda: wait_in_vain(silence, clock, lambda: None))
    assert_closed(silence)


def test_a_question_that_is_too_much_closes_nothing_while_others_are_answered(silence: Silence, clock: Clock) -> None:
    wait_in_vain(silence, clock, lambda: ask(silence))
    assert_open(silence)


def test_a_connection_that_is_refused_at_once_makes_nobody_wait(silence: Silence, clock: Clock) -> None:
    def refused() -> None:
        raise engine.ConnectionError("N/A", "refused", None)

    clock.now += 1
    with pytest.raises(engine.ConnectionError):
        ask(silence, refused)
    assert_open(silence)


def test_a_refusal_is_an_answer(silent: Silence, clock: Clock) -> None:
    def not_now() -> None:
        raise engine.TransportError(503, "not now", None)

    clock.now += PAUSE_SECONDS
    with pytest.raises(engine.TransportError):
        ask(silent, not_now)
    assert_open(silent)


def test_a_fault_of_ours_is_no_answer_and_the_next_one_tries(silent: Silence, clock: Clock) -> None:
    def fault() -> None:
        raise KeyError

    clock.now += PAUSE_SECONDS
    with pytest.raises(KeyError):
        ask(silent, fault)
    ask(silent, lambda: assert_closed(silent))
