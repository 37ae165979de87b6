"""One ranking out of those of several passages."""

from __future__ import annotations

from records.opensearch.reader import near_to_all


def test_what_is_near_to_all_passages_is_nearer_than_what_is_near_to_one() -> None:
    ranked = near_to_all([[("a", 0.9), ("b", 0.88), ("c", 0.8)], [("b", 0.9), ("c", 0.85), ("d", 0.8)]])
    assert [record_id for record_id, _ in ranked] == ["b", "a", "c", "d"]


def test_what_a_list_does_not_reach_counts_as_its_last_one_does() -> None:
    assert dict(near_to_all([[("a", 0.9), ("b", 0.7)], [("b", 0.8)]]))["a"] == (0.9 + 0.8) / 2


def test_one_list_and_none_stay_as_they_are() -> None:
    assert near_to_all([[("b", 0.9), ("a", 0.8)], []]) == [("b", 0.9), ("a", 0.8)]
    assert near_to_all([]) == []
