"""What every store promises about releases; part of the contract of tests.contracts.record_index."""

from __future__ import annotations

from typing import Any

import pytest

from records.citations import asked_for
from records.errors import NotVisibleError
from records.index import Found, Outcome, Removal
from records.query import All, Cites, FilterField, Mode, Narrowing, Search, Sort, Words
from records.release import ReleaseForm
from tests.factories import access, principal, record, release

CLERK = principal("erbach", "bauamt")
OWNER = principal("michelstadt", "bauamt")
KASTANIE = All((Words("Kastanie"),))
SHOWN = {"ganz", "schwarz", "allen", "amt"}
NOT_SHOWN = {"vorbei", "anderen", "fremdes-amt", "eigene"}


class ReleasesContract:
    """A town reads its own records and what others released to it, through the same doors."""

    @pytest.fixture
    def shared(self, store: Any, embedder: Any) -> Any:
        for tenant in ("erbach", "michelstadt"):
            store.ensure_index(tenant)
        own = [record("meins", "Die Kastanie am Markt"), record("geheim", "Kastanie", read=access("erbach", "leitung"))]
        own.append(record("original", "Kastanie", read=access("michelstadt", "bauamt")))
        store.put(own)
        texts: dict[str, Any] = {
            "ganz": {"file_reference": "63-2024/117", "department": "bauamt"},
            "schwarz": {"form": ReleaseForm.REDACTED, "document_type": "Bescheid"},
            "allen": {"partners": ("*",)},
            "amt": {"partners": ("erbach/bauamt", "oberzent/alle")},
            "vorbei": {"until": 1_700_000_000},
            "anderen": {"partners": ("oberzent/alle", "brombachtal/bauamt")},
            "fremdes-amt": {"partners": ("erbach/kaemmerei",)},
            "eigene": {"owner": "erbach", "partners": ("*",)},
        }
        made = [
            release(name, f"Kastanie von {name}", title=f"Beispiel {name}", embedder=embedder, **more)
            for name, more in texts.items()
        ]
        made.append(
            release("hinweis", form=ReleaseForm.EXISTENCE, year="2023", document_type="Gutachten", department="bauamt")
        )
        assert {r.outcome for r in store.put_releases(made)} == {Outcome.WRITTEN}
        for tenant in ("erbach", "michelstadt"):
            store.refresh(tenant)
        return store

    @staticmethod
    def found(store: Any, search: Search, who: Any = CLERK) -> set[str]:
        result = store.search_words(who, search, sort=Sort.TITLE, size=100, after=None)
        assert result.total == len(result.hits)
        return {hit.found.record_id for hit in result.hits}

    def test_releases_are_found_with_the_own_records(self, shared: Any, embedder: Any) -> None:
        facets = (FilterField.TENANT, FilterField.DOCUMENT_TYPE)
        search = Search(KASTANIE, embedder.embed_query("Kastanie"), facets=facets)
        mine = SHOWN | {"meins"}
        assert self.found(shared, search) == mine
        result = shared.search_words(CLERK, search, sort=Sort.TITLE, size=100, after=None)
        counts = {v.value: v.count for v in result.facets[FilterField.TENANT]}
        assert counts == {"erbach": 1, "michelstadt": 4}
        ranked = shared.rank(CLERK, search, mode=Mode.HYBRID, depth=100)
        assert set(ranked.by_words) == mine
        assert set(ranked.by_meaning) == SHOWN, "the own record has no vectors yet"
        assert (ranked.coverage.with_text, ranked.coverage.with_vectors) == (5, 4)
        every = sorted(mine | NOT_SHOWN | {"geheim", "original", "hinweis"})
        hits, facets_found = shared.fetch(CLERK, search, every, facets_over=every)
        assert {hit.found.record_id for hit in hits} == mine | {"hinweis"}
        assert sum(v.count for v in facets_found[FilterField.TENANT]) == 6
        assert set(shared.order(CLERK, every, sort=Sort.TITLE)) == mine | {"hinweis"}
        assert {hit.found.record_id for hit in shared.scan(CLERK, search, sort=Sort.TITLE)} == mine
        assert "schwarz" in shared.complete(CLERK, "schw", size=5)
        assert shared.complete(CLERK, "vorb", size=5) == shared.complete(CLERK, "fremdes", size=5) == ()

    def test_nobody_else_sees_a_release(self, shared: Any) -> None:
        search = Search(KASTANIE)
        assert self.found(shared, search, principal("erbach", "kaemmerei")) == {
            "ganz",
            "schwarz",
            "allen",
            "fremdes-amt",
        }
        assert self.found(shared, search, OWNER) == {"original", "eigene"}, "an owner reads the record itself"

    def test_software_needs_a_release_of_its_own(self, shared: Any) -> None:
        by = {name: principal("erbach", "bauamt", software=(name,)) for name in ("bauamt", "kaemmerei")}
        assert "amt" in self.found(shared, Search(KASTANIE), by["bauamt"])
        assert "amt" not in self.found(shared, Search(KASTANIE), by["kaemmerei"])
        assert "ganz" in self.found(shared, Search(KASTANIE), by["kaemmerei"])

    @pytest.mark.parametrize("name", sorted(NOT_SHOWN | {"original"}))
    def test_what_is_not_shown_is_not_there(self, shared: Any, name: str) -> None:
        for door in (shared.record, shared.pages, lambda who, i: shared.page(who, i, 1)):
            with pytest.raises(NotVisibleError):
                door(CLERK, name)

    def test_a_release_tells_what_its_form_allows(self, shared: Any) -> None:
        of: dict[str, Found] = {name: shared.record(CLERK, name) for name in ("ganz", "schwarz", "hinweis", "meins")}
        assert [of[n].released for n in ("ganz", "schwarz", "hinweis", "meins")] == [*ReleaseForm, None]
        assert {of[n].tenant for n in ("ganz", "schwarz", "hinweis")} == {"michelstadt"}
        assert of["ganz"].original is not None
        assert of["ganz"].original.file_name == "ganz.pdf"
        assert of["schwarz"].original is of["hinweis"].original is None
        assert (of["ganz"].source, of["ganz"].confidentiality) == (None, None)
        hint = of["hinweis"].metadata
        assert (hint.title, hint.document_type, hint.date, hint.fields) == ("", "Gutachten", None, {"year": "2023"})
        assert [p.text for p in shared.pages(CLERK, "schwarz")] == ["Kastanie von schwarz"]
        with pytest.raises(NotVisibleError):
            shared.pages(CLERK, "hinweis")
        with pytest.raises(NotVisibleError):
            shared.page(CLERK, "hinweis", 1)

    def test_existence_is_found_by_its_fields_and_by_no_word(self, shared: Any, embedder: Any) -> None:
        for text in ("Gutachten", "bauamt", "2023", "Kastanie", "hinweis"):
            search = Search(All((Words(text),)), embedder.embed_query(text))
            assert "hinweis" not in self.found(shared, search)
            ranked = shared.rank(CLERK, search, mode=Mode.HYBRID, depth=100)
            assert "hinweis" not in {*ranked.by_words, *ranked.by_meaning}
        narrowing = Narrowing(
            (
                (FilterField.DOCUMENT_TYPE, ("Gutachten",)),
                (FilterField.YEAR, ("2023",)),
                (FilterField.TENANT, ("michelstadt",)),
            )
        )
        assert self.found(shared, Search(narrowing=narrowing)) == {"hinweis"}

    def test_texts_of_releases_begin_where_one_is_shown(self, shared: Any) -> None:
        asked = sorted({*SHOWN, *NOT_SHOWN, "hinweis", "original"})
        assert shared.beginnings(CLERK, asked) == {name: f"Kastanie von {name}" for name in SHOWN}

    def test_a_release_cites_what_its_own_text_cites(self, store: Any) -> None:
        for tenant in ("erbach", "michelstadt"):
            store.ensure_index(tenant)
        store.put([record("original", "nach § 34 BauGB und § 35 BauGB", read=access("michelstadt", "bauamt"))])
        store.put_releases(
            [
                release("ganz", "nach § 34 BauGB und § 35 BauGB"),
                release("schwarz", "nach § 34 BauGB, Az. 63-2024/117", form=ReleaseForm.REDACTED),
                release("anderen", "§ 34 BauGB", partners=("oberzent/alle",)),
                release(
                    "hinweis", form=ReleaseForm.EXISTENCE, file_reference="63-2024/117", document_type="§ 34 BauGB"
                ),
            ]
        )
        for tenant in ("erbach", "michelstadt"):
            store.refresh(tenant)
        for text, citing in (
            ("§ 34 BauGB", {"ganz", "schwarz"}),
            ("§ 35 BauGB", {"ganz"}),
            ("63-2024/117", {"schwarz"}),
        ):
            search = Search(All((Cites(tuple(one.key for one in asked_for(text))),)))
            assert self.found(store, search) == citing
        assert [one.text for one in store.cites(CLERK, "schwarz")] == ["§ 34 BauGB", "63-2024/117"]
        assert store.cites(CLERK, "hinweis") == ()
        for name in ("original", "anderen"):
            with pytest.raises(NotVisibleError):
                store.cites(CLERK, name)

    @pytest.mark.parametrize("sort", list(Sort))
    def test_pages_of_hits_hold_every_release_once(self, shared: Any, sort: Sort) -> None:
        seen: list[str] = []
        after = None
        while (page := shared.search_words(CLERK, Search(), sort=sort, size=1, after=after)).hits:
            seen += [hit.found.record_id for hit in page.hits]
            after = page.hits[-1].after
            assert len(seen) < 20
        assert sorted(seen) == sorted(SHOWN | {"meins", "hinweis"})

    def test_a_release_that_is_hidden_is_behind_no_door(self, shared: Any) -> None:
        shared.revocations.record_ids = {"ganz", "hinweis"}
        assert self.found(shared, Search()) == {"meins", "schwarz", "allen", "amt"}
        with pytest.raises(NotVisibleError):
            shared.record(CLERK, "hinweis")

    def test_a_removed_release_is_gone(self, shared: Any) -> None:
        assert shared.remove_releases([Removal("michelstadt", "ganz", 3)])[0].outcome is Outcome.WRITTEN
        shared.refresh("michelstadt")
        with pytest.raises(NotVisibleError):
            shared.record(CLERK, "ganz")
