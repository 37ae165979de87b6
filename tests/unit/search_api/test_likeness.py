"""Records like a text or like another record, under the rights of whoever asks."""

from __future__ import annotations

import pytest

from records.errors import NotVisibleError
from records.query import FilterField, Narrowing
from records.testing import FakeEmbedder, InMemoryRecordIndex
from search_api.likeness import Likeness
from tests.factories import access, principal, record

TREE = "Die Kastanie am Friedhof ist gesund und wird nicht gefällt"
DRAFT = "Fällung einer Kastanie\nDie Kastanie am Friedhof soll gefällt werden"
CLERK = principal("erbach", "bauamt")


@pytest.fixture
def likeness() -> Likeness:
    index = InMemoryRecordIndex()
    embedder = FakeEmbedder()
    texts = {"baum-1": TREE, "baum-2": f"{TREE}, sagt das Gutachten", "hund": "Anmeldung eines Hundes zur Steuer"}
    for record_id, text in texts.items():
        index.put([record(record_id, text, title="Vermerk", vectors=embedder.embed_passages([text]))])
    hidden = access("erbach", "standesamt")
    index.put([record("geheim", TREE, title="Vermerk", read=hidden, vectors=embedder.embed_passages([TREE]))])
    return Likeness(index, embedder)


def test_what_is_most_like_a_text_comes_first(likeness: Likeness) -> None:
    hits = likeness.precedents(CLERK, DRAFT, heading="Fällung einer Kastanie", size=10)
    assert {hit.found.record_id for hit in hits[:2]} == {"baum-1", "baum-2"}
    assert all(hit.matched_by for hit in hits)


def test_a_record_is_not_like_itself(likeness: Likeness) -> None:
    assert [hit.found.record_id for hit in likeness.similar(CLERK, "baum-1", size=1)] == ["baum-2"]


def test_what_may_not_be_read_is_not_alike_and_nothing_is_like_it(likeness: Likeness) -> None:
    for hits in (likeness.precedents(CLERK, DRAFT, size=10), likeness.similar(CLERK, "baum-1", size=10)):
        assert "geheim" not in {hit.found.record_id for hit in hits}
    with pytest.raises(NotVisibleError):
        likeness.similar(CLERK, "geheim", size=10)


def test_filters_hold(likeness: Likeness) -> None:
    nothing = Narrowing(fields=((FilterField.DEPARTMENT, ("ordnungsamt",)),))
    assert likeness.precedents(CLERK, DRAFT, narrowing=nothing, size=10) == ()
    assert likeness.precedents(CLERK, "", size=10) == ()
