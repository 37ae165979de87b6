"""Judged queries: what is measured, in which town, and what a wrong line answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from local import evaluation
from local.evaluation import Judged, Score
from local.running import CommandError

#: what each town finds, best first, and what it was asked
FOUND = {"erbach": ["a", "b", "c"], "oberzent": ["x"]}


class Api:
    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...], dict[str, Any]]] = []

    def ask(self, tenant: str, groups: Sequence[str], body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((tenant, tuple(groups), body))
        return {"hits": [{"source_id": f"{tenant}/{value}", "fields": {"own": value}} for value in FOUND[tenant]]}


def evaluate(
    *queries: Judged, match: str = "own", tenants: Sequence[str] = ("erbach",), api: Api | None = None
) -> Score:
    results = evaluation.ask_all(
        queries,
        match=match,
        modes=["keyword"],
        tenants=tenants,
        groups=["bauamt"],
        ask=(api or Api()).ask,
        on_progress=lambda _done: None,
    )
    (score,) = evaluation.scores_of(results)
    return score


def judged(**values: Any) -> Judged:
    return Judged.model_validate({"query": "Zaun", **values})


@pytest.mark.parametrize(("answer", "hit1", "ndcg10", "mrr"), [("a", 1, 1, 1), ("b", 0, 0.6309, 0.5), ("q", 0, 0, 0)])
def test_a_place_is_worth_what_the_measures_say(answer: str, hit1: float, ndcg10: float, mrr: float) -> None:
    score = evaluate(judged(relevant=[answer]))
    assert (score.hit1, score.ndcg10, score.mrr) == (hit1, ndcg10, mrr)


def test_values_are_compared_with_a_field_or_a_member_of_fields() -> None:
    assert evaluate(judged(relevant=["erbach/a"]), match="source_id").hit1 == 1
    assert evaluate(judged(relevant=["a"]), match="own").hit1 == 1
    assert evaluate(judged(relevant=["a"]), match="nothing").hit1 == 0


def test_a_query_that_finds_nothing_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FOUND, "oberzent", [])
    score = evaluate(judged(relevant=["a"]), judged(relevant=["a"], tenant="oberzent"))
    assert (score.n, score.hit1) == (2, 0.5)


def test_several_files_of_one_answer_are_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FOUND, "erbach", ["b", "b", "b", "a"])
    assert evaluate(judged(relevant=["a"])).mrr == 0.5


def test_what_must_not_be_found_makes_a_query_wrong() -> None:
    assert evaluate(judged(unwanted=["q"])).right == 1
    score = evaluate(judged(unwanted=["c"]))
    assert (score.right, score.ndcg10) == (0, None)


def test_towns_take_turns_unless_the_query_names_one() -> None:
    assert evaluate(judged(relevant=["x"]), tenants=["erbach", "oberzent"]).mrr == 0.5
    api = Api()
    assert evaluate(judged(relevant=["x"], tenant="oberzent", groups=["hauptamt"]), api=api).hit1 == 1
    assert [(tenant, groups) for tenant, groups, _ in api.asked] == [("oberzent", ("hauptamt",))]


def test_candidates_end_before_a_day_and_leave_some_out() -> None:
    api = Api()
    score = evaluate(judged(relevant=["b"], candidates={"before": "2024-03-01", "exclude": ["a"]}), api=api)
    assert score.hit1 == 1
    assert api.asked[0][2]["filters"] == {"date_to": "2024-02-29"}


@pytest.mark.parametrize(
    ("line", "said"),
    [("{", "line 2: the line: Invalid JSON"), ('{"relevant": ["a"]}', "line 2: query: Field required")],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "queries.jsonl"
    file.write_text(json.dumps({"query": "Zaun"}) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(CommandError, match=said):
        evaluation.read(file)


def test_nothing_to_ask_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "queries.jsonl"
    for content in ("", "\n"):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(CommandError, match="holds no query"):
            evaluation.read(file)
    with pytest.raises(CommandError, match="cannot be read"):
        evaluation.read(tmp_path / "none.jsonl")


def test_a_query_without_an_answer_is_right_when_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert evaluate(judged(nothing=True)).right == 0
    monkeypatch.setitem(FOUND, "erbach", [])
    assert evaluate(judged(nothing=True)).right == 1


def test_more_pages_are_asked_until_there_are_enough_answers() -> None:
    bodies: list[dict[str, Any]] = []

    class Paged(Api):
        def ask(self, tenant: str, groups: Sequence[str], body: dict[str, Any]) -> dict[str, Any]:
            super().ask(tenant, groups, body)
            bodies.append(body)
            first = "cursor" not in body
            hits = [{"own": "a" if first else "b"}] * 100
            return {"hits": hits, "cursor": "more" if first else None}

    assert evaluate(judged(relevant=["b"]), api=Paged()).mrr == 0.5
    assert [body.get("cursor") for body in bodies] == [None, "more"]
