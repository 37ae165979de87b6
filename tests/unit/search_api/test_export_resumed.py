"""An export that broke off is gone on with behind the last line that came."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from aktensuche_client import Aktensuche, IncompleteError, ProblemError
from search_api.export import ExportCaps
from tests.factories import access, record

BODY = {"query": "Kastanie", "mode": "keyword", "format": "jsonl"}


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line)["record_id"] for line in answer.text.splitlines()]


@pytest.mark.parametrize("mode", ["keyword", "semantic", "hybrid"])
@pytest.mark.parametrize("sort", ["relevance", "title"])
def test_the_rest_is_what_stands_behind(town: Any, mode: str, sort: str) -> None:
    body = BODY | {"mode": mode, "sort": sort}
    whole = ids(town.ask("POST", "/v1/export", json=body))
    assert len(whole) > 5
    town.log.events.clear()
    rest = ids(town.ask("POST", "/v1/export", json=body | {"after": whole[3]}))
    assert rest == whole[4:]
    # what was not shown again is not written down again
    assert {i for event in town.log.events for i in event.record_ids} == set(rest)
    assert ids(town.ask("POST", "/v1/export", json=body | {"after": whole[-1]})) == []


def test_a_table_has_its_heading_again(town: Any) -> None:
    whole = town.ask("POST", "/v1/export", json=BODY | {"format": "csv"}).text.splitlines()
    rest = town.ask("POST", "/v1/export", json=BODY | {"format": "csv", "after": whole[4].split(",")[0]})
    assert rest.text.splitlines() == [whole[0], *whole[5:]]


def test_what_is_forbidden_is_refused_as_what_is_unknown(town: Any) -> None:
    town.put(record("fremd", "Kastanie", read=access("michelstadt", "bauamt")))
    town.put(record("geheim", "Kastanie", read=access("erbach", "standesamt")))
    refused = [town.ask("POST", "/v1/export", json=BODY | {"after": i}) for i in ("gibt-es-nicht", "fremd", "geheim")]
    assert {answer.status_code for answer in refused} == {422}
    assert len({answer.content for answer in refused}) == 1
    assert refused[0].json()["errors"][0]["field"] == "after"
    assert "geheim" in ids(town.ask("POST", "/v1/export", "standesamt", json=BODY))


def test_the_cap_counts_what_came_before(town: Any) -> None:
    client = town.with_parts(caps=ExportCaps(5, 6))
    headers = {"authorization": f"Bearer {town.issuer.token('bauamt')}"}
    whole = ids(town.ask("POST", "/v1/export", json=BODY))
    # behind what the cap lets out there is nothing more, whatever is named
    for came, left in ((whole[2], whole[3:5]), (whole[4], []), (whole[5], [])):
        answer = client.post("/v1/export", json=BODY | {"after": came}, headers=headers)
        *rest, end = [json.loads(line) for line in answer.text.splitlines()]
        assert [one["record_id"] for one in rest] == left
        assert end["incomplete"] is True


class Breaking(httpx.BaseTransport):
    """Lets so many bytes of each answer through, and breaks off."""

    def __init__(self, client: Any, through: int) -> None:
        self._client, self._through = client, through
        self.asked: list[dict[str, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.read()))
        whole = self._client.post(request.url.path, content=request.content, headers=dict(request.headers))

        class Stream(httpx.SyncByteStream):
            def __iter__(stream) -> Any:  # noqa: N805
                yield whole.content[: self._through]
                if len(whole.content) > self._through:
                    raise httpx.ReadError("broken off")

        return httpx.Response(whole.status_code, stream=Stream())


def test_the_client_goes_on_where_a_connection_breaks_off(town: Any) -> None:
    whole = ids(town.ask("POST", "/v1/export", json=BODY))
    line = len(town.ask("POST", "/v1/export", json=BODY).content) // len(whole)
    breaking = Breaking(town.client, 3 * line + line // 2)
    http = httpx.Client(transport=breaking, base_url="http://testserver")
    akten = Aktensuche("", lambda: town.issuer.token("bauamt"), http=http)
    assert [one["record_id"] for one in akten.exported("Kastanie", mode="keyword")] == whole
    assert len(breaking.asked) > 2
    breaking._through = line // 2
    with pytest.raises(httpx.ReadError):
        list(akten.exported("Kastanie", mode="keyword"))
    breaking._through = 1 << 20
    with pytest.raises(ProblemError):
        list(akten.exported("Kastanie", mode="keyword", after="gibt-es-nicht"))


def test_the_client_says_what_is_incomplete(town: Any) -> None:
    http: Any = town.with_parts(caps=ExportCaps(5, 6))
    akten = Aktensuche("", lambda: town.issuer.token("bauamt"), http=http)
    came = []
    with pytest.raises(IncompleteError, match="Mehr als 5 Treffer"):
        came.extend(akten.exported("Kastanie", mode="keyword"))
