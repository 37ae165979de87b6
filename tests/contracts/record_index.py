"""What every store of records promises. Subclassed for the store in memory and for the engine's.

A subclass gives the fixture `store`: something that is RecordIndex and RecordWriter for the tenants erbach and
michelstadt, empty, with vectors of the dimension of the fixture `embedder`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from records.access import Confidentiality, PrivacyClass, Role
from records.citations import asked_for
from records.errors import LedgerUnavailableError, NotVisibleError
from records.index import Outcome, Removal
from records.query import (
    All,
    Cites,
    FilterField,
    InField,
    InTitle,
    Mode,
    Narrowing,
    Near,
    Not,
    OneOf,
    Part,
    Phrase,
    Prefix,
    Search,
    Sort,
    Synonym,
    Words,
)
from records.record import Record
from tests.contracts.released import ReleasesContract
from tests.factories import access, principal, record

CLERK = principal("erbach", "bauamt")
KASTANIE = All((Words("Kastanie"),))


class RecordIndexContract(ReleasesContract):
    """The promises."""

    @pytest.fixture
    def town(self, store: Any, embedder: Any) -> Any:
        records = [record(f"baum-{n}", f"Kastanie Nummer {n} am Markt", title=f"Baum {n}") for n in range(5)]
        records += [
            record("geheim", "Kastanie", read=access("erbach", "kaemmerei")),
            record("vertraut", "Kastanie", read=access("erbach", "alle", confidentiality=Confidentiality.CONFIDENTIAL)),
            record("steuer", "Kastanie", read=access("erbach", "alle", privacy_class=PrivacyClass.TAX)),
            record("verboten", "Kastanie", read=access("erbach", "bauamt", deny=("bauamt",))),
            record("herrenlos", "Kastanie", read=access("erbach")),
            record("fremd", "Kastanie", read=access("michelstadt", "alle", "bauamt")),
        ]
        self.write(store, *(self.meant(one, embedder) for one in records))
        return store

    @staticmethod
    def meant(one: Record, embedder: Any) -> Record:
        return replace(one, vectors=embedder.embed_passages([p.text for p in one.passages]))

    @staticmethod
    def write(store: Any, *records: Record) -> None:
        for tenant in ("erbach", "michelstadt"):
            store.ensure_index(tenant)
        assert {r.outcome for r in store.put(records)} == {Outcome.WRITTEN}
        for tenant in ("erbach", "michelstadt"):
            store.refresh(tenant)

    @staticmethod
    def words(store: Any, search: Search, who: Any = CLERK, sort: Sort = Sort.TITLE) -> list[str]:
        result = store.search_words(who, search, sort=sort, size=100, after=None)
        assert result.total == len(result.hits)
        return [hit.found.record_id for hit in result.hits]

    def test_what_a_record_holds_is_said_of_what_may_be_read(self, town: Any) -> None:
        asked = [Words(word) for word in ("Kastanie", "für", "Nummer", "Baum", "Linde")]
        assert town.holds(CLERK, "baum-1", asked) == {"Kastanie": True, "Nummer": True, "Baum": True, "Linde": False}
        assert town.holds(CLERK, "baum-1", [Words("für")]) == town.holds(CLERK, "baum-1", ()) == {}
        other = Words("Linde", synonyms=(Synonym("Linde", ("Eiche", "Kastanie")),))
        assert town.holds(CLERK, "baum-1", [other]) == {"Linde": True}
        for forbidden in ("geheim", "vertraut", "steuer", "verboten", "herrenlos", "fremd", "gibtesnicht"):
            assert town.holds(CLERK, forbidden, asked) == {}

    def test_every_door_shows_what_may_be_read_and_nothing_else(self, town: Any, embedder: Any) -> None:
        mine = {f"baum-{n}" for n in range(5)}
        others = {"geheim", "vertraut", "steuer", "verboten", "herrenlos", "fremd"}
        search = Search(KASTANIE, embedder.embed_query("Kastanie"), facets=(FilterField.TENANT,))
        assert set(self.words(town, search)) == mine
        ranked = town.rank(CLERK, search, mode=Mode.HYBRID, depth=100)
        assert set(ranked.by_words) == set(ranked.by_meaning) == mine
        assert (ranked.coverage.with_text, ranked.coverage.with_vectors) == (5, 5)
        hits, facets = town.fetch(CLERK, search, sorted(mine | others), facets_over=sorted(mine | others))
        assert {hit.found.record_id for hit in hits} == mine
        assert [(v.value, v.count) for v in facets[FilterField.TENANT]] == [("erbach", 5)]
        assert set(town.order(CLERK, sorted(mine | others), sort=Sort.TITLE)) == mine
        assert {hit.found.record_id for hit in town.scan(CLERK, search, sort=Sort.TITLE)} == mine
        assert set(town.beginnings(CLERK, sorted(mine | others))) == mine
        for forbidden in (*others, "gibtesnicht"):
            with pytest.raises(NotVisibleError):
                town.record(CLERK, forbidden)
            with pytest.raises(NotVisibleError):
                town.page(CLERK, forbidden, 1)
            with pytest.raises(NotVisibleError):
                town.pages(CLERK, forbidden)
            with pytest.raises(NotVisibleError):
                town.cites(CLERK, forbidden)

    def test_what_is_hidden_is_behind_no_door(self, town: Any, embedder: Any) -> None:
        town.revocations.record_ids = {"baum-1", "baum-3"}
        left = {"baum-0", "baum-2", "baum-4"}
        search = Search(KASTANIE, embedder.embed_query("Kastanie"), facets=(FilterField.TENANT,))
        result = town.search_words(CLERK, search, sort=Sort.TITLE, size=100, after=None)
        assert ({hit.found.record_id for hit in result.hits}, result.total) == (left, 3)
        assert [(v.value, v.count) for v in result.facets[FilterField.TENANT]] == [("erbach", 3)]
        for mode in (Mode.HYBRID, Mode.SEMANTIC):
            ranked = town.rank(CLERK, search, mode=mode, depth=100)
            assert set(ranked.by_meaning) == left
            assert (ranked.coverage.with_text, ranked.coverage.with_vectors) == (3, 3)
        everything = [f"baum-{n}" for n in range(5)]
        hits, facets = town.fetch(CLERK, search, everything, facets_over=everything)
        assert {hit.found.record_id for hit in hits} == left
        assert [v.count for v in facets[FilterField.TENANT]] == [3]
        assert set(town.order(CLERK, everything, sort=Sort.TITLE)) == left
        assert {hit.found.record_id for hit in town.scan(CLERK, search, sort=Sort.TITLE)} == left
        assert set(town.beginnings(CLERK, everything)) == left
        assert town.complete(CLERK, "baum", size=10) == ("baum",)
        for door in (town.record, town.pages, town.cites, lambda who, i: town.page(who, i, 1)):
            with pytest.raises(NotVisibleError):
                door(CLERK, "baum-3")
        town.revocations.record_ids = set(everything)
        assert town.complete(CLERK, "baum", size=10) == town.correct(CLERK, "kastanje", size=10) == ()
        town.revocations.record_ids = set()
        assert set(self.words(town, search)) == set(everything)

    def test_nothing_is_read_while_nobody_knows_what_is_hidden(self, town: Any) -> None:
        town.revocations.down = True
        for door in (
            lambda: town.search_words(CLERK, Search(KASTANIE), sort=Sort.TITLE, size=1, after=None),
            lambda: town.rank(CLERK, Search(KASTANIE), mode=Mode.KEYWORD, depth=1),
            lambda: town.fetch(CLERK, Search(KASTANIE), ["baum-1"], facets_over=()),
            lambda: town.order(CLERK, ["baum-1"], sort=Sort.TITLE),
            lambda: list(town.scan(CLERK, Search(KASTANIE), sort=Sort.TITLE)),
            lambda: town.record(CLERK, "baum-1"),
            lambda: town.pages(CLERK, "baum-1"),
            lambda: town.cites(CLERK, "baum-1"),
            lambda: town.beginnings(CLERK, ["baum-1"]),
            lambda: town.page(CLERK, "baum-1", 1),
            lambda: town.complete(CLERK, "baum", size=1),
            lambda: town.correct(CLERK, "kastanje", size=1),
            town.ready,
        ):
            with pytest.raises(LedgerUnavailableError):
                door()

    def test_records_managers_see_what_nobody_was_named_for(self, town: Any) -> None:
        assert self.words(town, Search(KASTANIE), principal("erbach", roles=(Role.RECORDS_MANAGER,))) == ["herrenlos"]

    def test_software_gets_the_intersection(self, town: Any) -> None:
        who = principal("erbach", "bauamt", "kaemmerei", software=("kaemmerei",))
        assert self.words(town, Search(KASTANIE), who) == ["geheim"]

    @pytest.mark.parametrize("sort", list(Sort))
    def test_pages_of_hits_hold_everything_once(self, town: Any, sort: Sort) -> None:
        seen: list[str] = []
        after = None
        while True:
            result = town.search_words(CLERK, Search(KASTANIE), sort=sort, size=2, after=after)
            assert result.total == 5
            if not result.hits:
                break
            seen += [hit.found.record_id for hit in result.hits]
            after = result.hits[-1].after
        assert sorted(seen) == [f"baum-{n}" for n in range(5)]

    @pytest.mark.parametrize("sort", [Sort.DATE, Sort.DATE_DESCENDING])
    def test_records_without_a_date_come_last(self, store: Any, sort: Sort) -> None:
        days = {"a": dt.date(2024, 3, 7), "b": None, "c": dt.date(1949, 5, 23), "d": None}
        self.write(store, *(record(name, "Kastanie", date=day) for name, day in days.items()))
        seen: list[str] = []
        after = None
        while (page := store.search_words(CLERK, Search(KASTANIE), sort=sort, size=1, after=after)).hits:
            seen += [hit.found.record_id for hit in page.hits]
            after = page.hits[-1].after
        dated = ["c", "a"] if sort is Sort.DATE else ["a", "c"]
        assert seen == [*dated, "b", "d"]
        assert list(store.order(CLERK, list(days), sort=sort)) == seen
        assert [hit.found.record_id for hit in store.scan(CLERK, Search(KASTANIE), sort=sort)] == seen

    def test_most_words_before_some(self, town: Any) -> None:
        search = Search(All((Words("Raumschiff Nummer 3"),)))
        found = self.words(town, search, sort=Sort.RELEVANCE)
        assert (found[0], set(found)) == ("baum-3", {f"baum-{n}" for n in range(5)})

    def test_a_reference_is_found_however_it_is_divided(self, store: Any) -> None:
        mine = record("a", "Text", file_reference="63-2024/117", case_reference="V 12")
        self.write(store, mine, record("b", "Text", file_reference="63-2024/118"))
        for written in ("63-2024/117", "63 2024 117", "632024117"):
            narrowing = Narrowing(((FilterField.FILE_REFERENCE, (written,)),))
            assert self.words(store, Search(narrowing=narrowing)) == ["a"]
            search = Search(All((Words(written),)))
            assert self.words(store, search, sort=Sort.RELEVANCE)[0] == "a"
        assert self.words(store, Search(All((Phrase("63-2024/117"),)))) == ["a"]

    def test_hits_show_the_page_and_mark_the_word(self, store: Any) -> None:
        self.write(store, record("a", ("Deckblatt", "Am Markt steht die Kastanie.", "Ende")))
        (hit,) = store.search_words(CLERK, Search(KASTANIE), sort=Sort.RELEVANCE, size=5, after=None).hits
        snippet = hit.snippets[0]
        assert (snippet.page, [snippet.text[b:e] for b, e in snippet.highlights]) == (2, ["Kastanie"])

    def test_a_quotation_may_run_over_the_end_of_a_page(self, store: Any) -> None:
        self.write(store, record("a", ("Die Kastanie am", "alten Markt")))
        assert self.words(store, Search(All((Phrase("Kastanie am alten Markt"),)))) == ["a"]

    def test_phrases_and_exclusions_hold_in_every_mode(self, town: Any, embedder: Any) -> None:
        phrase = Search(All((Phrase("Nummer 3 am Markt"),)), embedder.embed_query("Markt"))
        assert self.words(town, phrase) == ["baum-3"]
        assert town.rank(CLERK, phrase, mode=Mode.SEMANTIC, depth=10).by_meaning == ("baum-3",)
        without = Search(All((Words("Kastanie"), Not(Phrase("Nummer 3")))), embedder.embed_query("Kastanie"))
        assert "baum-3" not in self.words(town, without)
        assert "baum-3" not in town.rank(CLERK, without, mode=Mode.SEMANTIC, depth=10).by_meaning

    @pytest.mark.parametrize(
        ("question", "found"),
        [
            (OneOf((Words("Zaun"), Phrase("Linde am Bach"))), {"zaun", "linde"}),
            (OneOf((Words("Zaun"), All((Words("Linde"), Not(Words("Bach")))))), {"zaun"}),
            (Prefix("Kanalb"), {"kanal", "weit"}),
            (Not(Prefix("Kanalb")), {"zaun", "linde"}),
            (Near(("Beitrag", "Kanalbau")), {"kanal"}),
            (InTitle("Lindenhof"), {"linde"}),
            (InTitle("Der Lindenhof", exact=True), {"linde"}),
            (InTitle("Lindenhof der", exact=True), set()),
            (InField(FilterField.YEAR, ("2018", "2019")), {"zaun"}),
            (InField(FilterField.DEPARTMENT, ("KÄMMEREI",)), {"kanal"}),
            (InField(FilterField.DEPARTMENT, ("kaem",), begins=True), {"kanal"}),
            (InField(FilterField.FILE_REFERENCE, ("632.1 - 12/2024",)), {"zaun"}),
            (InField(FilterField.FILE_REFERENCE, ("12/2024",)), {"zaun"}),
            (InField(FilterField.FILE_REFERENCE, ("632-1",), begins=True), {"zaun"}),
            (InField(FilterField.TENANT, ("Michelstadt",)), set()),
        ],
    )
    def test_what_is_asked_by_a_sign_or_by_name(self, store: Any, question: Part, found: set[str]) -> None:
        far = "Kanalbau " + "und noch ein Wort " * 20 + "Beitrag"
        zaun = record("zaun", "Zaun", file_reference="632.1-12/2024", date=dt.date(2019, 1, 1))
        self.write(
            store,
            zaun,
            record("linde", "Die Linde am Bach", title="Der Lindenhof"),
            record("kanal", "Der Kanalbau und sein Beitrag", department="kaemmerei"),
            record("weit", far),
            record("fremd", "Zaun Linde am Bach Kanalbau Beitrag", read=access("erbach", "leitung")),
        )
        assert set(self.words(store, Search(All((question,))))) == found

    def test_what_cites_something_is_found_at_its_place(self, store: Any) -> None:
        first = ("Deckblatt", "Das Vorhaben ist nach §\n34 Abs. 2 BauGB zulässig.", "Siehe Az. 632.1-12/2024.")
        self.write(
            store,
            record("a", first, title="Zu Drucksache 2021/1198", file_reference="632.1-11/2024"),
            record(
                "b", "Az.: 632.1 - 12/2024\nBVerwG, Urteil vom 16.09.2010 - 4 C 7.10", file_reference="632.1-12/2024"
            ),
            record("c", "Wort " * 6_000 + "Drs. 2021-1198 und § 34 BauGB", date=None),
            record("geheim", "§ 34 BauGB, Drs. 2021/1198", read=access("erbach", "leitung")),
        )

        def citing(text: str) -> dict[str, list[tuple[int, list[str]]]]:
            search = Search(All((Cites(tuple(one.key for one in asked_for(text))),)))
            result = store.search_words(CLERK, search, sort=Sort.DATE_DESCENDING, size=10, after=None)
            assert result.total == len(result.hits)
            return {
                hit.found.record_id: [(s.page, [s.text[a:b] for a, b in s.highlights]) for s in hit.snippets]
                for hit in result.hits
            }

        assert citing("§ 34 BauGB") == {"a": [(2, ["§\n34 Abs. 2 BauGB"])], "c": [(1, ["§ 34 BauGB"])]}
        # the number of its own file is no citation
        assert citing("632.1-12/2024") == {"a": [(3, ["Az. 632.1-12/2024"])]}
        assert citing("4 C 7/10") == {"b": [(1, ["BVerwG, Urteil vom 16.09.2010 - 4 C 7.10"])]}
        # in the title of the one, far behind in the other
        assert set(citing("Drucksache 2021/1198")) == {"a", "c"}
        assert citing("2021/1198")["c"] == [(1, ["Drs. 2021-1198"])]
        assert citing("§ 35 BauGB") == {}
        told = [(one.kind.value, one.text) for one in store.cites(CLERK, "a")]
        assert told == [("paper", "2021/1198"), ("paragraph", "§ 34 BauGB"), ("file_reference", "632.1-12/2024")]
        for door in ("geheim", "gibtesnicht"):
            with pytest.raises(NotVisibleError):
                store.cites(CLERK, door)

    def test_narrowing(self, town: Any) -> None:
        nothing = Search(KASTANIE, narrowing=Narrowing(((FilterField.TENANT, ("michelstadt",)),)))
        assert self.words(town, nothing) == []
        for day, count in ((dt.date(2024, 3, 7), 5), (dt.date(2024, 3, 8), 0)):
            assert len(self.words(town, Search(KASTANIE, narrowing=Narrowing(date_from=day)))) == count
        for day, count in ((dt.date(2024, 3, 7), 5), (dt.date(2024, 3, 6), 0)):
            assert len(self.words(town, Search(KASTANIE, narrowing=Narrowing(date_to=day)))) == count
        year = Search(KASTANIE, narrowing=Narrowing(((FilterField.YEAR, ("2024", "2023")),)))
        assert len(self.words(town, year)) == 5

    def test_pages_are_counted_and_come_back_as_they_were(self, store: Any) -> None:
        self.write(store, record("a", ("eins", "zwei", "drei")))
        page, count = store.page(CLERK, "a", 2)
        assert (page.number, page.text, count) == (2, "zwei", 3)
        assert [p.text for p in store.pages(CLERK, "a")] == ["eins", "zwei", "drei"]
        with pytest.raises(NotVisibleError):
            store.page(CLERK, "a", 4)

    def test_texts_begin_with_their_first_pages_in_order(self, store: Any) -> None:
        self.write(store, record("a", ("eins", "zwei", "drei", "vier")), record("b", "allein"))
        assert store.beginnings(CLERK, ["b", "a", "gibtesnicht"]) == {"a": "eins zwei drei", "b": "allein"}
        assert store.beginnings(CLERK, []) == {}

    def test_the_highest_version_stays_whatever_comes_last(self, store: Any) -> None:
        self.write(store, record("a", title="neu", version=5))
        assert store.put([record("a", title="alt", version=4)])[0].outcome is Outcome.SUPERSEDED
        assert store.remove([Removal("erbach", "a", 6)])[0].outcome is Outcome.WRITTEN
        assert store.put([record("a", title="zu spät", version=5)])[0].outcome is Outcome.SUPERSEDED
        store.refresh("erbach")
        with pytest.raises(NotVisibleError):
            store.record(CLERK, "a")

    def test_the_same_version_again_is_as_good_as_written(self, store: Any) -> None:
        self.write(store, record("a", version=5))
        assert store.put([record("a", version=5)])[0].outcome is Outcome.WRITTEN
        assert store.remove([Removal("erbach", "nie-da", 1)])[0].outcome is Outcome.WRITTEN

    def test_what_was_said_about_a_record_comes_back(self, store: Any) -> None:
        said = record("a", "Kastanie", title="Straße  und Übung", department="Bauamt", fields={"lage": {"flur": 3}})
        self.write(store, said)
        found = store.record(CLERK, "a")
        assert (found.metadata, found.original, found.page_count) == (said.metadata, said.original, 1)
        assert (found.tenant, found.source, found.has_vectors) == ("erbach", "beispiel", False)

    def test_suggestions_come_from_what_may_be_read(self, store: Any) -> None:
        self.write(
            store,
            record("a", title="Baumfällung"),
            record("b", title="Baumgeheimnis", read=access("erbach", "leitung")),
        )
        assert store.complete(CLERK, "baum", size=10) == ("baumfällung",)
        assert store.complete(CLERK, "baumfae", size=10) == ("baumfällung",)
        assert store.complete(CLERK, "b.*", size=10) == store.complete(CLERK, "", size=10) == ()
        assert "baumfällung" in store.correct(CLERK, "baumfällng", size=10)
        assert store.correct(CLERK, "baumgeheimni", size=10) == ()
