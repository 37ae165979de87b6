"""Several searches in one request: each as if it had come alone."""

from __future__ import annotations

from typing import Any

import pytest

from records.audit_chain import Kind
from records.usage import Use
from search_api.rates import Rates
from search_api.schemas import MAX_BATCH

KASTANIE = {"query": "Kastanie", "mode": "keyword", "size": 3}


def batch(town: Any, *searches: Any, groups: tuple[str, ...] = ("bauamt",), status: int = 200) -> Any:
    answer = town.ask("POST", "/v1/search/batch", *groups, json={"searches": list(searches)})
    assert answer.status_code == status, answer.text
    return answer.json()["answers"] if status == 200 else answer.json()


def test_each_is_answered_as_if_it_had_come_alone(town: Any) -> None:
    asked = [
        KASTANIE,
        {"query": "Marktplatz Kastanie", "facets": ["year"]},
        {"query": "gibtesnicht", "mode": "keyword"},
    ]
    answers = batch(town, *asked)
    assert [one["status"] for one in answers] == [200, 200, 200]
    for one, body in zip(answers, asked, strict=True):
        alone = town.search(**body)
        for told in (one["answer"], alone):
            told.pop("cursor")  # sealed anew each time
        assert one["answer"] == alone
        assert one["problem"] is None


def test_a_cursor_goes_on_alone_or_in_a_batch(town: Any) -> None:
    (first,) = batch(town, KASTANIE)
    (second,) = batch(town, KASTANIE | {"cursor": first["answer"]["cursor"]})
    assert second["answer"] == town.search(**KASTANIE, cursor=first["answer"]["cursor"]) | {
        "cursor": second["answer"]["cursor"]
    }


def test_one_that_cannot_be_used_spoils_no_other(town: Any) -> None:
    wrong: list[Any] = [
        {"query": 1},
        {"query": "Kastanie", "size": 201},
        {"query": "Kastanie", "aggs": {}},
        {"query": "Kastanie", "filters": {"readers": "alle"}},
        {"query": "Kastanie", "cursor": "x"},
        "Kastanie",
        None,
        [],
    ]
    answers = batch(town, KASTANIE, *wrong, KASTANIE)
    assert [one["status"] for one in answers] == [200, *[422] * len(wrong), 200]
    fields = [one["problem"]["errors"][0]["field"] for one in answers[1:-1]]
    assert fields == ["query", "size", "aggs", "filters.readers", "cursor", "body", "body", "body"]
    for one, body in zip(answers[1:6], wrong[:5], strict=True):
        assert one["problem"] == town.ask("POST", "/v1/search", json=body).json()
        assert one["answer"] is None


def test_nothing_but_problems_is_an_answer_too(town: Any) -> None:
    assert [one["status"] for one in batch(town, {"query": 1})] == [422]
    assert town.log.events == []


@pytest.mark.parametrize("searches", [[], [KASTANIE] * (MAX_BATCH + 1), "x", None])
def test_too_many_or_none_are_refused_as_a_whole(town: Any, searches: Any) -> None:
    answer = town.ask("POST", "/v1/search/batch", json={"searches": searches})
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["searches"]


def test_only_what_may_be_read_is_found(town: Any) -> None:
    (one, other) = batch(town, {"query": "Stundung", "mode": "keyword"}, {"query": "Fremdes", "mode": "keyword"})
    assert (one["answer"]["total"], other["answer"]["total"]) == (0, 0)
    (one,) = batch(town, {"query": "Stundung", "mode": "keyword"}, groups=("kaemmerei",))
    assert one["answer"]["total"] == 1


def test_each_counts_where_requests_are_limited(town: Any) -> None:
    client = town.with_parts(rates=Rates(3, 60))
    headers = {"authorization": f"Bearer {town.issuer.token('bauamt')}"}
    answer = client.post("/v1/search/batch", json={"searches": [KASTANIE] * 5}, headers=headers)
    assert answer.status_code == 200
    answers = answer.json()["answers"]
    assert [one["status"] for one in answers] == [200, 200, 200, 429, 429]
    assert 1 <= answers[3]["problem"]["retry_after"] <= 60
    assert client.post("/v1/search", json=KASTANIE, headers=headers).status_code == 429


def test_a_part_that_is_down_is_told_of_those_that_need_it(town: Any) -> None:
    town.embedder.down = True
    answers = batch(town, KASTANIE, {"query": "Kastanie", "mode": "semantic"}, KASTANIE)
    assert [one["status"] for one in answers] == [200, 503, 200]
    assert answers[1]["problem"]["retry_after"] > 0
    town.index.down = True
    batch(town, KASTANIE, {"query": 1}, status=503)


def test_what_each_shows_is_written_down(town: Any) -> None:
    batch(town, KASTANIE, {"query": "gibtesnicht", "mode": "keyword"}, KASTANIE | {"size": 1})
    assert [(event.kind, len(event.record_ids)) for event in town.log.events] == [(Kind.SEARCH, 3), (Kind.SEARCH, 1)]
    town.log.down = True
    assert "Baumfällung" not in str(batch(town, KASTANIE, status=503))


def test_uses_are_counted_one_by_one(town: Any) -> None:
    answers = batch(town, KASTANIE, KASTANIE, {"query": 1})
    town.usage.close()
    counted = {(count.use, count.mode): number for count, number in town.figures.counts.items()}
    assert counted.pop((Use.SEARCHES, "keyword")) == 2
    assert counted.pop((Use.SHOWN, "keyword")) == sum(len(one["answer"]["hits"]) for one in answers[:2]) > 0
    # how long each took, in whatever class
    assert {use for use, _ in counted} == {Use.ANSWERS}
    assert sum(counted.values()) == 2


def test_the_document_knows_what_a_search_is(town: Any) -> None:
    document = town.client.get("/openapi.json").json()
    items = document["components"]["schemas"]["BatchBody"]["properties"]["searches"]["items"]
    assert items == {"$ref": "#/components/schemas/SearchBody"}
    assert "SearchBody" in document["components"]["schemas"]
    (example,) = document["components"]["schemas"]["BatchBody"]["examples"]
    assert [one["status"] for one in batch(town, *example["searches"])] == [200, 200]
