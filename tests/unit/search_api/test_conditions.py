"""Conditional requests: 304 to whoever has it already, and nothing that anybody else could learn from a tag."""

from __future__ import annotations

from typing import Any

import pytest

from records.audit_chain import Kind
from search_api.rates import Rates
from tests.factories import record

PATHS = ("", "/text", "/pages/1", "/original")


@pytest.fixture
def archive(world: Any) -> Any:
    world.keep(record("baum", ("eins", "zwei")), b"%PDF-1.4 beispiel", "application/pdf")
    return world


def ask(world: Any, path: str, *, known: str | None = None, token: str | None = None, method: str = "GET") -> Any:
    headers = {"authorization": f"Bearer {token or world.issuer.token('bauamt')}"}
    if known is not None:
        headers["if-none-match"] = known
    return world.client.request(method, f"/v1/records/baum{path}", headers=headers)


@pytest.mark.parametrize("path", PATHS)
def test_what_has_not_changed_is_not_sent_again(archive: Any, path: str) -> None:
    first = ask(archive, path)
    tag = first.headers["etag"]
    for known in (tag, f'"anders", W/{tag}', "*"):
        for method in ("GET", "HEAD"):
            again = ask(archive, path, known=known, method=method)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == "no-store"
    other = ask(archive, path, known='"anders"')
    assert (other.status_code, other.content, other.headers["etag"]) == (200, first.content, tag)
    assert ask(archive, path, method="HEAD").headers["etag"] == tag


@pytest.mark.parametrize("path", PATHS[:3])
def test_what_has_changed_is_sent(archive: Any, path: str) -> None:
    tag = ask(archive, path).headers["etag"]
    archive.put(record("baum", ("neu", "zwei"), title="Neuer Titel", version=4))
    again = ask(archive, path, known=tag)
    assert again.status_code == 200
    assert "neu" in again.text.lower()
    assert again.headers["etag"] != tag


@pytest.mark.parametrize("path", PATHS)
def test_a_tag_is_good_for_one_view_only(archive: Any, path: str) -> None:
    """The same words under other rights, for somebody else, or at another address have another tag."""
    tags = {ask(archive, path).headers["etag"], ask(archive, path).headers["etag"]}
    assert len(tags) == 1
    for token in (
        archive.issuer.token("bauamt", sub="kim"),
        archive.issuer.token("bauamt", "umwelt"),
        archive.issuer.token("bauamt", roles=["reports"]),
        archive.issuer.token("bauamt", act={"sub": "fach", "groups": ["bauamt"]}),
    ):
        answer = ask(archive, path, known=next(iter(tags)), token=token)
        assert answer.status_code == 200
        assert answer.headers["etag"] not in tags
    assert len({ask(archive, one).headers["etag"] for one in PATHS}) == len(PATHS)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("known", ["*", "the tag"])
def test_who_may_read_no_longer_is_told_nothing_by_a_tag(archive: Any, path: str, known: str) -> None:
    tag = ask(archive, path).headers["etag"]
    refused = ask(archive, path, token=archive.issuer.token("kaemmerei"))
    answer = ask(archive, path, known="*" if known == "*" else tag, token=archive.issuer.token("kaemmerei"))
    assert (answer.status_code, answer.content, answer.headers) == (404, refused.content, refused.headers)
    assert "etag" not in answer.headers
    archive.index.revocations.record_ids.add("baum")
    assert ask(archive, path, known=tag).status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_that_it_is_as_it_was_is_written_down_too(archive: Any, path: str) -> None:
    tag = ask(archive, path).headers["etag"]
    before = len(archive.log.events)
    assert ask(archive, path, known=tag).status_code == 304
    assert [event.record_ids for event in archive.log.events[before:]] == [("baum",)]
    assert archive.log.events[-1].kind in set(Kind)
    archive.log.down = True
    assert ask(archive, path, known=tag).status_code == 503


def test_another_secret_makes_another_tag(archive: Any) -> None:
    from search_api.tags import Tags  # noqa: PLC0415

    client = archive.with_parts(tags=Tags("y" * 40))
    headers = {"authorization": f"Bearer {archive.issuer.token('bauamt')}"}
    assert client.get("/v1/records/baum", headers=headers).headers["etag"] != ask(archive, "").headers["etag"]


def test_answers_say_how_many_requests_are_left(archive: Any) -> None:
    client = archive.with_parts(rates=Rates(3, 60))
    headers = {"authorization": f"Bearer {archive.issuer.token('bauamt')}"}
    answers = [client.get("/v1/records/baum", headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [a.headers["ratelimit"].rpartition(";")[0] for a in answers[:3]] == [f'"requests";r={n}' for n in (2, 1, 0)]
    assert {a.headers["ratelimit-policy"] for a in answers[:3]} == {'"requests";q=3;w=60'}
    assert answers[3].headers["retry-after"]
    unchanged = {"if-none-match": "*"} | headers
    again = archive.with_parts(rates=Rates(3, 60)).get("/v1/records/baum", headers=unchanged)
    assert (again.status_code, "ratelimit" in again.headers) == (304, True)


def test_a_refusal_says_nothing_of_requests(archive: Any) -> None:
    """Unknown and forbidden are the same to the last byte; a count would make each answer another one."""
    answer = archive.ask("GET", "/v1/records/gibtesnicht")
    assert (answer.status_code, "ratelimit" in answer.headers) == (404, False)
    assert "ratelimit" not in archive.client.get("/health/live").headers
