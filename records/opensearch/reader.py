"""Reads: every request carries the rights of its principal twice, as a clause and as a token."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from mappings import Field, index_name, released_index_name
from records.access import Principal, read_filter
from records.citations import Citation
from records.errors import EngineRefusedError, EngineUnavailableError, InvalidInputError, NotVisibleError
from records.index import (
    Coverage,
    Facets,
    FacetValue,
    Found,
    Hit,
    MatchedBy,
    Rankings,
    RecordIndex,
    Snippet,
    WordResult,
)
from records.index_versions import IndexVersion, IndexVersions
from records.opensearch import clauses, spelling
from records.opensearch.client import check_item, engine_client, engine_errors
from records.opensearch.documents import FOUND_FIELDS, to_citations, to_cited_snippet, to_found, to_pages, to_snippet
from records.opensearch.silence import Silence
from records.opensearch.token import TokenMint
from records.query import FACETS, After, FilterField, Mode, Narrowing, Search, Sort, Words
from records.record import Page
from records.release import ReleaseForm
from records.revocations import Revocations
from records.settings import OpenSearchSettings

#: records that meaning search ranks; more neighbours cost time and are seldom meant
MEANING_DEPTH = 200
_FACET_VALUES = 100
_SCAN_SIZE = 1000
_MAX_SNIPPETS = 3

_BY_ID: dict[str, Any] = {Field.RECORD_ID: "asc"}
_ORDERS: dict[Sort, list[dict[str, Any]]] = {
    Sort.RELEVANCE: [{"_score": "desc"}, _BY_ID],
    Sort.DATE: [{Field.DATE: {"order": "asc", "missing": "_last"}}, _BY_ID],
    Sort.DATE_DESCENDING: [{Field.DATE: {"order": "desc", "missing": "_last"}}, _BY_ID],
    Sort.TITLE: [{f"{Field.TITLE}.sort": {"order": "asc", "missing": "_last"}}, _BY_ID],
}
#: nothing of what is stored is read, not even the id, which stands among the values that hits are sorted by: a thousand
#: ids out of stored documents cost ten times what finding them costs
_IDS_ONLY: dict[str, Any] = {"_source": False, "stored_fields": "_none_", "track_total_hits": False}


def connect(
    settings: OpenSearchSettings,
    tenants: Sequence[str],
    revocations: Revocations,
    versions: IndexVersions,
    *,
    model: str,
) -> RecordIndex:
    """Return the index of these tenants; `model` is what makes the vectors of questions. Sends nothing yet."""
    return OpenSearchIndex(settings, tenants, revocations, versions, model=model)


class OpenSearchIndex:
    """RecordIndex on OpenSearch."""

    def __init__(
        self,
        settings: OpenSearchSettings,
        tenants: Sequence[str],
        revocations: Revocations,
        versions: IndexVersions,
        *,
        model: str | None = None,
    ) -> None:
        if settings.token_key_file is None:
            raise ValueError("AKTENSUCHE_OPENSEARCH__TOKEN_KEY_FILE is not set; reading needs it")
        self._client = engine_client(settings, timeout_seconds=settings.read_timeout_seconds)
        self._silence = Silence(settings.read_timeout_seconds)
        self._mint = TokenMint(settings.token_key_file)
        self._tenants = tuple(tenants)
        self._revocations = revocations
        self._versions, self._model = versions, model

    def search_words(
        self, principal: Principal, search: Search, *, sort: Sort, size: int, after: After | None
    ) -> WordResult:
        """Search by words; see RecordIndex."""
        body: dict[str, Any] = {
            "query": clauses.by_words(search.query, self._conditions(principal, search.narrowing)),
            "size": size,
            "sort": _ORDERS[sort],
            "track_total_hits": True,
            "_source": False,
            **_facet_request(search.facets),
        }
        version = self._begun_in(principal, after)
        if after is not None:
            body["search_after"] = list(after.values)
        answer = self._search(principal, body, version)
        rows = answer["hits"]["hits"]
        shown, _ = self.fetch(principal, search, [row["_id"] for row in rows], facets_over=())
        by_id = {hit.found.record_id: hit for hit in shown}
        hits = tuple(
            Hit(hit.found, (MatchedBy.WORD,), hit.snippets, After(tuple(row["sort"]), version.number))
            for row in rows
            if (hit := by_id.get(row["_id"])) is not None
        )
        return WordResult(hits, answer["hits"]["total"]["value"], _facets(answer, search.facets))

    def rank(self, principal: Principal, search: Search, *, mode: Mode, depth: int) -> Rankings:
        """Rank by words and by meaning in one round trip; see RecordIndex."""
        conditions = self._conditions(principal, search.narrowing)
        bodies: list[dict[str, Any]] = [
            {
                "query": {"bool": {"filter": self._conditions(principal, Narrowing())}},
                "size": 0,
                "aggs": {Field.VECTORS: {"terms": {"field": Field.VECTORS}}},
            }
        ]
        vectors: tuple[bytes, ...] = ()
        ids_only = {**_IDS_ONLY, "sort": _ORDERS[Sort.RELEVANCE]}
        if mode is not Mode.SEMANTIC:
            bodies.append({"query": clauses.by_words(search.query, conditions), "size": depth, **ids_only})
        if mode is not Mode.KEYWORD and search.vector is not None and self._comparable(principal):
            vectors = (search.vector, *search.more_vectors)
            k = min(depth, MEANING_DEPTH)
            for vector in vectors:
                query = clauses.by_meaning(vector, search.query, conditions, k=k)
                bodies.append({"query": query, "size": k, **ids_only})
        coverage, *ranked = self._searches(principal, bodies)
        lists = [[(_id_of(row), float(row["_score"])) for row in answer["hits"]["hits"]] for answer in ranked]
        words = lists[0] if mode is not Mode.SEMANTIC else []
        meaning = near_to_all(lists[len(lists) - len(vectors) :])
        states = {b["key"]: b["doc_count"] for b in _buckets(coverage, Field.VECTORS)}
        done, pending = states.get("done", 0), states.get("pending", 0)
        # vectors of another model are none to whoever asks
        known = done if self._comparable(principal) else 0
        return Rankings(
            tuple(record_id for record_id, _ in words),
            tuple(record_id for record_id, _ in meaning),
            Coverage(done + pending, known),
            tuple(score for _, score in words),
            tuple(score for _, score in meaning),
        )

    def holds(self, principal: Principal, record_id: str, words: Sequence[Words]) -> dict[str, bool]:
        """Say which words a record holds; see RecordIndex."""
        if not words:
            return {}
        conditions = self._conditions(principal, Narrowing(), record_ids=[record_id])
        answer = self._search(principal, clauses.counting(words, conditions))
        if not answer["hits"]["total"]["value"]:
            return {}
        held, of_no_word = (_buckets(answer, name) for name in (clauses.HELD, clauses.OF_NO_WORD))
        buckets = zip(words, held, of_no_word, strict=True)
        return {word.text: bool(in_it["doc_count"]) for word, in_it, none in buckets if not none["doc_count"]}

    def fetch(
        self, principal: Principal, search: Search, record_ids: Sequence[str], *, facets_over: Sequence[str]
    ) -> tuple[tuple[Hit, ...], Facets]:
        """Return hits for ids, with snippets, and facets over more ids; see RecordIndex."""
        bodies = []
        if record_ids:
            bodies.append(self._hits_request(principal, search, record_ids))
        if facets_over and search.facets:
            conditions = self._conditions(principal, Narrowing(), record_ids=facets_over)
            bodies.append({"query": {"bool": {"filter": conditions}}, "size": 0, **_facet_request(search.facets)})
        answers = self._searches(principal, bodies) if bodies else []
        rows = {row["_id"]: row for row in answers[0]["hits"]["hits"]} if record_ids else {}
        hits = tuple(_hit(rows[i], search.query.cited) for i in record_ids if i in rows)
        facets = _facets(answers[-1], search.facets) if facets_over and search.facets else {}
        return hits, facets

    def order(self, principal: Principal, record_ids: Sequence[str], *, sort: Sort) -> tuple[str, ...]:
        """Order ids by a field; see RecordIndex."""
        if not record_ids:
            return ()
        conditions = self._conditions(principal, Narrowing(), record_ids=record_ids)
        query = {"bool": {"filter": conditions}}
        body = {"query": query, "size": len(record_ids), "sort": _ORDERS[sort], **_IDS_ONLY}
        return tuple(_id_of(row) for row in self._search(principal, body)["hits"]["hits"])

    def scan(self, principal: Principal, search: Search, *, sort: Sort) -> Iterator[Hit]:
        """Yield every hit of a search by words; see RecordIndex."""
        body: dict[str, Any] = {
            "size": _SCAN_SIZE,
            "sort": _ORDERS[sort],
            "_source": FOUND_FIELDS,
            "track_total_hits": False,
        }
        version = self._live(principal)
        while True:
            # SECURITY: made anew for each page: what is revoked while an export runs is in no later page of it.
            body["query"] = clauses.by_words(search.query, self._conditions(principal, search.narrowing))
            rows = self._search(principal, body, version)["hits"]["hits"]
            if not rows:
                return
            for row in rows:
                yield Hit(to_found(row["_source"]), (MatchedBy.WORD,), (), After(tuple(row["sort"]), version.number))
            body["search_after"] = rows[-1]["sort"]
            version = self._begun_in(principal, After((), version.number))

    def record(self, principal: Principal, record_id: str) -> Found:
        """Return one record; see RecordIndex."""
        row = self._one(principal, record_id, source=FOUND_FIELDS)
        return to_found(row["_source"])

    def cites(self, principal: Principal, record_id: str) -> tuple[Citation, ...]:
        """Return what a record cites; see RecordIndex."""
        return to_citations(self._one(principal, record_id, source=[Field.CITED])["_source"])

    def pages(self, principal: Principal, record_id: str) -> tuple[Page, ...]:
        """Return all pages; see RecordIndex."""
        row = self._one(principal, record_id, source=[*clauses.PAGE_SHOWN, Field.RELEASED])
        if row["_source"].get(Field.RELEASED) == ReleaseForm.EXISTENCE:
            raise NotVisibleError("no text is released")
        return to_pages(row["_source"].get(Field.PAGES, []))

    def page(self, principal: Principal, record_id: str, number: int) -> tuple[Page, int]:
        """Return one page and the count; see RecordIndex."""
        this_page = {
            "nested": {
                "path": Field.PAGES,
                "query": {"term": {f"{Field.PAGES}.number": number}},
                "inner_hits": {
                    "size": 100,
                    "sort": [{f"{Field.PAGES}.part": "asc"}],
                    "_source": list(clauses.PAGE_SHOWN),
                },
            }
        }
        row = self._one(principal, record_id, source=[Field.PAGE_COUNT], more=[this_page])
        inner = row["inner_hits"][Field.PAGES]["hits"]["hits"]
        return to_pages([part["_source"] for part in inner])[0], row["_source"][Field.PAGE_COUNT]

    def beginnings(self, principal: Principal, record_ids: Sequence[str]) -> dict[str, str]:
        """Return how texts begin; see RecordIndex."""
        if not record_ids:
            return {}
        conditions = [*self._conditions(principal, Narrowing(), record_ids=record_ids), clauses.FIRST_PAGES]
        body = {"query": {"bool": {"filter": conditions}}, "size": len(record_ids), "_source": False}
        shown = {
            row["_id"]: to_pages([part["_source"] for part in row["inner_hits"][Field.PAGES]["hits"]["hits"]])
            for row in self._search(principal, body)["hits"]["hits"]
        }
        return {record_id: " ".join(page.text for page in pages) for record_id, pages in shown.items()}

    def complete(self, principal: Principal, beginning: str, *, size: int) -> tuple[str, ...]:
        """Return words of readable titles; see RecordIndex."""
        if not beginning.strip():
            return ()
        body = spelling.completions(beginning, self._conditions(principal, Narrowing()), size=size)
        return tuple(bucket["key"] for bucket in _buckets(self._search(principal, body), Field.TITLE_WORDS))

    def correct(self, principal: Principal, word: str, *, size: int) -> tuple[str, ...]:
        """Return words written nearly like this one; see RecordIndex."""
        body = spelling.corrections(word, self._conditions(principal, Narrowing())) | {"sort": _ORDERS[Sort.RELEVANCE]}
        return spelling.nearest(word, self._search(principal, body)["hits"]["hits"])[:size]

    def ready(self) -> None:
        """Return if the engine answers; see RecordIndex."""
        with engine_errors(), self._silence.asked():
            answer = self._client.transport.perform_request("GET", "/_plugins/_security/health")
        if answer.get("status") != "UP":
            raise EngineUnavailableError("the engine's access control is not ready")
        self._revocations.ready()
        # after a crash the engine answers long before it has its indexes back; asked as somebody who may read nothing
        for tenant in self._tenants:
            self._search(Principal("readiness", tenant, frozenset()), {"query": {"match_none": {}}, "size": 0})

    def _conditions(
        self, principal: Principal, narrowing: Narrowing, *, record_ids: Sequence[str] | None = None
    ) -> list[clauses.Clause]:
        # SECURITY: both in every sub-query: what the index knows of the rights, and what was revoked since.
        hidden = self._revocations.hidden(principal)
        conditions = [clauses.readable(read_filter(principal), int(time.time()))]
        if record_ids is None:
            conditions += clauses.without(hidden)
        else:
            # named records are few; naming the others costs less than excluding thousands
            conditions.append({"terms": {Field.RECORD_ID: [i for i in record_ids if i not in hidden]}})
        return [*conditions, *clauses.narrowing_clauses(narrowing)]

    def _hits_request(self, principal: Principal, search: Search, record_ids: Sequence[str]) -> dict[str, Any]:
        conditions = self._conditions(principal, Narrowing(), record_ids=record_ids)
        shown = clauses.shown_pages(search.query)
        should = [shown] if shown is not None else []
        if search.query.cited:
            should.append(clauses.citing_pages(search.query.cited))
        if search.vector is not None and self._comparable(principal):
            admitted = {"bool": {"filter": conditions}}
            should.append(clauses.shown_passage(search.vector, admitted, k=len(record_ids)))
        return {
            "query": {"bool": {"filter": conditions, "should": should}},
            "size": len(record_ids),
            "_source": FOUND_FIELDS,
            "track_total_hits": False,
        }

    def _one(
        self,
        principal: Principal,
        record_id: str,
        *,
        source: Sequence[str],
        more: Sequence[clauses.Clause] = (),
    ) -> dict[str, Any]:
        conditions = self._conditions(principal, Narrowing(), record_ids=[record_id])
        body = {"query": {"bool": {"filter": [*conditions, *more]}}, "size": 1, "_source": list(source)}
        rows = self._search(principal, body)["hits"]["hits"]
        if not rows:
            raise NotVisibleError("no such record")
        row: dict[str, Any] = rows[0]
        return row

    def _search(
        self, principal: Principal, body: dict[str, Any], version: IndexVersion | None = None
    ) -> dict[str, Any]:
        return self._searches(principal, [body], version)[0]

    def _searches(
        self, principal: Principal, bodies: Sequence[dict[str, Any]], version: IndexVersion | None = None
    ) -> list[dict[str, Any]]:
        target = {
            "index": self._indexes(principal, version or self._live(principal)),
            "ignore_unavailable": True,
            "allow_no_indices": True,
        }
        lines = [line for body in bodies for line in (target, body)]
        with engine_errors(), self._silence.asked():
            answer = self._client.msearch(body=lines, headers={"Authorization": f"Bearer {self._mint.mint(principal)}"})
        answers = [check_item(item) for item in answer["responses"]]
        if len(answers) != len(bodies):
            raise EngineRefusedError(f"the engine gave {len(answers)} answers to {len(bodies)} sub-queries")
        return answers

    def _indexes(self, principal: Principal, version: IndexVersion) -> list[str]:
        """Return the names of what is read: the own tenant's index of this version, and what each tenant released."""
        # SECURITY: names come from the verified principal and the closed list, never from the request; no pattern and
        # no alias, which could lead elsewhere or to two versions at once.
        if principal.tenant not in self._tenants or version.tenant != principal.tenant:
            raise NotVisibleError("no such tenant")
        released = [released_index_name(t, self._versions.live(t).number) for t in self._tenants]
        return [index_name(principal.tenant, version.number), *released]

    def _live(self, principal: Principal) -> IndexVersion:
        return self._versions.live(principal.tenant)

    def _begun_in(self, principal: Principal, after: After | None) -> IndexVersion:
        """Return the version to read: the live one, or the one in which a list of hits began, while it is kept.

        Scores differ from one version to the next, so a list that goes on in another one would skip and repeat.
        """
        if after is None or after.version is None:
            return self._live(principal)
        for version in self._versions.readable(principal.tenant):
            if version.number == after.version:
                return version
        raise InvalidInputError("cursor", "comes from an index that was renewed since; search again")

    def _comparable(self, principal: Principal) -> bool:
        """Return whether vectors of questions can be compared with all that this principal reads."""
        if self._model is None:
            return True
        model = self._model
        others = (self._versions.live(tenant) for tenant in self._tenants)
        return all(version.compares(model) for version in (self._live(principal), *others))


def near_to_all(lists: Sequence[Sequence[tuple[str, float]]]) -> list[tuple[str, float]]:
    """Return one ranking of records out of those of several passages: the average of their scores.

    A record that a list does not reach counts there as its last one does: it is at most as near.
    """
    lists = [one for one in lists if one]
    if len(lists) <= 1:
        return list(lists[0]) if lists else []
    scores = [dict(one) for one in lists]
    found = dict.fromkeys(record_id for one in scores for record_id in one)
    lowest = [min(one.values()) for one in scores]
    averages = {i: sum(one.get(i, low) for one, low in zip(scores, lowest, strict=True)) / len(scores) for i in found}
    return sorted(averages.items(), key=lambda item: (-item[1], item[0]))


def _facet_request(facets: Sequence[FilterField]) -> dict[str, Any]:
    counted = [facet for facet in facets if facet in FACETS]
    if not counted:
        return {}
    return {
        "aggs": {
            str(facet): {
                "terms": {
                    "field": str(facet),
                    "size": _FACET_VALUES,
                    "order": {"_key": "desc"} if facet is FilterField.YEAR else [{"_count": "desc"}, {"_key": "asc"}],
                }
            }
            for facet in counted
        }
    }


def _id_of(row: dict[str, Any]) -> str:
    """Return the id of a hit, which is the last of what it is sorted by."""
    found: str = row["sort"][-1]
    return found


def _buckets(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    # an index that does not exist yet answers without aggregations
    buckets: list[dict[str, Any]] = answer.get("aggregations", {}).get(name, {}).get("buckets", [])
    return buckets


def _facets(answer: dict[str, Any], facets: Sequence[FilterField]) -> Facets:
    return {
        facet: tuple(FacetValue(str(b["key"]), b["doc_count"]) for b in _buckets(answer, facet)) for facet in facets
    }


def _hit(row: dict[str, Any], cited: frozenset[str]) -> Hit:
    inner = row.get("inner_hits", {})
    snippets: list[Snippet] = []
    for page in inner.get("cited", {}).get("hits", {}).get("hits", []):
        source = page["_source"]
        snippets.append(to_cited_snippet(source["number"], source["text"], cited, source.get("confidence")))
    for page in inner.get("words", {}).get("hits", {}).get("hits", []):
        marked = page.get("highlight", {})
        fragments = [fragment for place in clauses.MARKED for fragment in marked.get(place, [])]
        source = page["_source"]
        made = [to_snippet(source["number"], fragment, source.get("confidence")) for fragment in fragments]
        # An unmarked fragment is the best page of a quotation that no single page holds; other pages need marks.
        snippets += [s for s in made if s.highlights][:1] or (made[:1] if not snippets else [])
    matched = [MatchedBy.WORD] if snippets else []
    for passage in inner.get("meaning", {}).get("hits", {}).get("hits", []):
        matched.append(MatchedBy.MEANING)
        source = passage["_source"]
        if source["page"] not in {s.page for s in snippets}:
            snippets.append(Snippet(source["page"], source["text"], (), source.get("confidence")))
    if not snippets and (lead := row["_source"].get(Field.LEAD)):
        snippets.append(Snippet(1, lead))
    return Hit(to_found(row["_source"]), tuple(matched), tuple(snippets[:_MAX_SNIPPETS]))
