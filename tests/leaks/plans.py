"""How each operation is asked, and its answer held against the oracle: the plans of the rows in routes.py."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import openpyxl

from tests.leaks.visit import Visit
from tests.leaks.world import CANARY, GROUPS, LAW, TENANTS, TYPES, WORDS, Paper, is_manager

Plan = Callable[[Visit, random.Random], None]
Facts = dict[str, Callable[[Paper], str]]

_MOST_ALIKE = 50
NOBODYS_LOG = {"reason": "Prüfung", "from": "2020-01-01T00:00:00Z", "to": "2124-01-01T00:00:00Z", "subject": "niemand"}
FIND = {"query": "Kastanie"}
DRAFT = {"text": "Fällung einer Kastanie", "purpose": "Prüfung"}
_NO_ID = "a" * 26
_GROUNDS: dict[str, Any] = {"partners": ["*"], "purpose": "Prüfung", "legal_basis": "§ 22 HDSIG"}
_NOTHING = {"name": "folder-0", "hold_id": "0"}
HOLD = {"record_id": _NO_ID, "reason": "Prüfung"}
ONE_FILE, AGREED = {"record_id": _NO_ID}, {"held": 1}
ONE_PAGE = {"record_id": _NO_ID, "page": 1}
RELEASE: dict[str, Any] = _GROUNDS | {"record_id": _NO_ID, "form": "existence", "shown_fields": ["year"]}
RULE = _GROUNDS | {"document_type": "gibt es nicht"}

#: reports that have their figures from the ledger
REPORTS = ("holdings", "reading", "use", "sharing", "retention", "duplicates", "sources")

#: ready-made ones that come with the system
READY = ("betrieb", "datenschutz", "jahresbericht")

#: facets that are counted, and what the oracle counts
_FACETS: Facts = {
    "department": lambda p: p.department,
    "document_type": lambda p: p.document_type,
    "tenant": lambda p: p.tenant,
    "year": lambda p: str(p.date.year),
    "confidentiality": lambda p: "vertraulich" if p.confidential else "offen",
}


def _filters(dice: random.Random) -> tuple[dict[str, Any], Callable[[Paper], bool]]:
    """Return filters, mostly none, and the condition under which a paper passes them."""
    if dice.random() < 0.7:
        return {}, lambda _: True
    name, values = dice.choice((("document_type", TYPES), ("tenant", TENANTS), ("department", GROUPS)))
    chosen = dice.sample(values, 2)
    return {name: chosen}, lambda paper: _FACETS[name](paper) in chosen


def question(dice: random.Random) -> tuple[dict[str, Any], Callable[[Paper], bool]]:
    """Return a search and the condition under which it finds a paper by words."""
    words = dice.sample(WORDS, dice.choice((0, 1, 1, 2, 3)))
    without = dice.choice([w for w in WORDS if w not in words]) if words and dice.random() < 0.2 else None
    phrase = dice.choice(words) if words and dice.random() < 0.2 else None
    loose = [word for word in words if word != phrase]
    query = " ".join([*loose, *([f'"{phrase}"'] if phrase else []), *([f"-{without}"] if without else [])])
    filters: dict[str, Any] = {}
    if dice.random() < 0.35:
        name = dice.choice(("department", "document_type", "tenant", "year", "confidentiality"))
        values = {
            "department": GROUPS,
            "document_type": TYPES,
            "tenant": TENANTS,
            "year": [str(y) for y in range(2018, 2026)],
            "confidentiality": ("offen", "vertraulich"),
        }[name]
        filters[name] = dice.sample(list(values), dice.choice((1, 1, 2)))
    if dice.random() < 0.2:
        filters["date_from"] = f"{dice.randint(2018, 2025)}-06-01"

    def narrowed(paper: Paper) -> bool:
        return all(
            paper.date.isoformat() >= value if name == "date_from" else _FACETS[name](paper) in value
            for name, value in filters.items()
        )

    def finds(paper: Paper) -> bool:
        return (
            narrowed(paper)
            and (not loose or bool(paper.words & set(loose)))
            and (phrase is None or phrase in paper.words)
            and (without is None or without not in paper.words)
        )

    def may_mean(paper: Paper) -> bool:
        return narrowed(paper) and (phrase is None or phrase in paper.words) and without not in paper.words

    mode = dice.choice(("keyword", "keyword", "semantic", "hybrid")) if loose or phrase else "keyword"
    body = {"query": query, "mode": mode, "filters": filters}
    return body, finds if mode == "keyword" else may_mean


def search(visit: Visit, dice: random.Random) -> None:
    body, finds = question(dice)
    facets = dice.sample(sorted(_FACETS), dice.choice((0, 1, 3)))
    body |= {"facets": facets, "size": dice.choice((1, 3, 10, 50, 200))}
    body["sort"] = dice.choice(("relevance", "date", "-date", "title"))
    wanted = {i for i in visit.mine if finds(visit.papers[i])}
    found: list[str] = []
    answer = visit.ask("POST", "/v1/search", body).json()
    first = answer
    # at most four more pages: the cursor is part of the request, so each is another one
    pages = 4
    while True:
        found += [hit["record_id"] for hit in answer["hits"]]
        if answer["cursor"] is None or not pages:
            break
        pages -= 1
        answer = visit.ask("POST", "/v1/search", body | {"cursor": answer["cursor"]}).json()
        visit.same(answer["total"], first["total"], "the total of a next page")
    whole = answer["cursor"] is None
    what = f"search {json.dumps(body)}"
    visit.hold(set(found), wanted if whole else wanted & set(found), what)
    visit.same(len(found), len(set(found)), f"hits shown once, {what}")
    visit.same(first["total"], len(wanted), f"total of {what}")
    for facet in facets:
        told = {value["value"]: value["count"] for value in first["facets"].get(facet, [])}
        visit.same(told, dict(Counter(_FACETS[facet](visit.papers[i]) for i in wanted)), f"facet {facet} of {what}")


def batch(visit: Visit, dice: random.Random) -> None:
    asked = [question(dice) for _ in range(3)]
    sent = [body | {"size": 200} for body, _ in asked]
    answers = visit.ask("POST", "/v1/search/batch", {"searches": [*sent, {"query": 1}]}).json()["answers"]
    visit.same([one["status"] for one in answers], [200, 200, 200, 422], "statuses of a batch")
    for one, (body, finds) in zip(answers[:3], asked, strict=True):
        found = one["answer"]["hits"]
        wanted = {i for i in visit.mine if finds(visit.papers[i])}
        visit.hold({hit["record_id"] for hit in found}, wanted, f"batched search {json.dumps(body)}")
        visit.same(one["answer"]["total"], len(wanted), f"total of {json.dumps(body)}")


def suggest(visit: Visit, dice: random.Random) -> None:
    record_id = dice.choice(sorted(visit.papers))
    secret = visit.papers[record_id].secret
    visible = record_id in visit.mine
    if dice.random() < 0.5:
        begun = secret[: dice.choice((3, 4, 8, 20))]
        told = visit.ask("POST", "/v1/suggest", {"query": begun, "size": 50}).json()
        wanted = {visit.papers[i].secret for i in visit.mine if visit.papers[i].secret.startswith(begun)}
        visit.hold(set(told["completions"]), wanted, f"completions of {begun}")
        return
    place = dice.randint(3, len(secret) - 1)
    mistyped = secret[:place] + "a" + secret[place + 1 :]
    told = visit.ask("POST", "/v1/suggest", {"query": mistyped, "size": 50}).json()
    visit.hold(set(told["corrections"]), {secret} if visible else set(), f"corrections of {mistyped}")


def export(visit: Visit, dice: random.Random) -> None:
    body, finds = question(dice)
    kind = dice.choice(("csv", "xlsx", "jsonl"))
    content = visit.ask("POST", "/v1/export", body | {"format": kind}).content
    if kind == "jsonl":
        found = [json.loads(line)["record_id"] for line in content.splitlines()]
    elif kind == "csv":
        found = [line[0] for line in csv.reader(io.StringIO(content.decode("utf-8-sig")))][1:]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
        found = [str(line[0]) for line in sheet.iter_rows(min_row=2, values_only=True)]
    wanted = {i for i in visit.mine if finds(visit.papers[i])}
    visit.hold(set(found), wanted, f"export {json.dumps(body)} as {kind}")
    visit.same(len(found), len(set(found)), "lines of an export, each once")


def of_record(more: str) -> Plan:
    def plan(visit: Visit, dice: random.Random) -> None:
        record_id = dice.choice(sorted(visit.mine if visit.mine and dice.random() < 0.5 else visit.papers))
        paper, visible = visit.papers[record_id], record_id in visit.mine
        number = dice.randint(1, len(paper.pages))
        path = f"/v1/records/{record_id}{more.format(n=number)}"
        # a text file has no picture: 404 for everybody
        status = 200 if visible and not more.endswith("/image") else 404
        answer = visit.ask(dice.choice(("GET", "GET", "HEAD")), path, expect=status)
        if status == 200 and answer.request.method == "GET":
            said = answer.text
            expected = paper.secret in paper.pages[number - 1] if "{n}" in more else True
            visit.hold({paper.secret} if paper.secret in said else set(), {paper.secret} if expected else set(), path)
        else:
            visit.outcome.checks += 1

    return plan


def similar(visit: Visit, dice: random.Random) -> None:
    record_id = dice.choice(sorted(visit.mine if visit.mine and dice.random() < 0.8 else visit.papers))
    filters, narrowed = _filters(dice)
    body = dice.choice((None, {"filters": filters, "size": dice.choice((3, _MOST_ALIKE))}))
    visible = record_id in visit.mine
    answer = visit.ask("POST", f"/v1/records/{record_id}/similar", body, expect=200 if visible else 404)
    if not visible:
        visit.outcome.checks += 1
        return
    others = {i for i in visit.mine - {record_id} if body is None or narrowed(visit.papers[i])}
    _alike(visit, answer.json(), others, 10 if body is None else body["size"], f"similar to {record_id}: {body}")


def precedents(visit: Visit, dice: random.Random) -> None:
    paper = visit.papers[dice.choice(sorted(visit.papers))]
    filters, narrowed = _filters(dice)
    # now and then the very text, title or number of a record, which may be somebody else's
    text = dice.choice((" ".join(dice.sample(WORDS, 3)), "\n".join((paper.title, *paper.pages)), paper.secret))
    fields = dice.choice(
        ({}, {"document_type": paper.document_type}, {"file_reference": paper.file_reference, "keywords": paper.secret})
    )
    size = dice.choice((3, _MOST_ALIKE))
    body = {"text": text, "fields": fields, "filters": filters, "purpose": "Prüfung", "size": size}
    answer = visit.ask("POST", "/v1/precedents", body).json()
    wanted = {i for i in visit.mine if narrowed(visit.papers[i])}
    _alike(visit, answer, wanted, size, f"precedents {json.dumps(body)}")


def _alike(visit: Visit, answer: dict[str, Any], wanted: set[str], size: int, what: str) -> None:
    """Everything that may be read is near in some way, so as many as asked for come, and nothing else."""
    found = [hit["record_id"] for hit in answer["hits"]]
    visit.hold(set(found), wanted if len(wanted) <= size else wanted & set(found), what)
    visit.same(len(found), min(len(wanted), size), f"number of {what}")
    for hit in answer["hits"]:
        paper = visit.papers[hit["record_id"]]
        said = json.dumps([hit["shares"], hit["citation"], hit["passages"]], ensure_ascii=False)
        foreign = {p.secret for i, p in visit.papers.items() if i not in visit.mine and p.secret in said}
        visit.hold(foreign - _sent(what), set(), f"shares of {hit['record_id']} ({paper.tenant}), {what}")


def citations(visit: Visit, dice: random.Random) -> None:
    """A paragraph that some cite, or the number of one record that one other record cites."""
    if dice.random() < 0.5:
        wanted = {i for i in visit.mine if visit.papers[i].cited == LAW}
        of = dice.choice((LAW, LAW.replace(" BauGB", " Abs. 2 Baugesetzbuch")))
    else:
        paper = visit.papers[dice.choice(sorted(visit.papers))]
        of = dice.choice((f"Az. {paper.file_reference}", str(paper.file_reference)))
        wanted = {i for i in visit.mine if visit.papers[i].cited == paper.file_reference}
    answer = visit.ask("POST", "/v1/citations", {"of": of, "size": 200}).json()
    _citing(visit, answer, wanted, f"citations of {of}")


def record_citations(visit: Visit, dice: random.Random) -> None:
    record_id = dice.choice(sorted(visit.mine if visit.mine and dice.random() < 0.8 else visit.papers))
    paper, visible = visit.papers[record_id], record_id in visit.mine
    path = f"/v1/records/{record_id}/citations?size=200"
    answer = visit.ask("GET", path, expect=200 if visible else 404)
    if not visible:
        visit.outcome.checks += 1
        return
    told = {one["text"] for one in answer.json()["cites"]}
    visit.hold(told, {paper.cited} if paper.cited else set(), f"what {record_id} cites")
    wanted = {i for i in visit.mine if visit.papers[i].cited == paper.file_reference}
    _citing(visit, answer.json()["cited_by"], wanted, f"what cites {record_id}")


def _citing(visit: Visit, answer: dict[str, Any], wanted: set[str], what: str) -> None:
    visit.hold({hit["record_id"] for hit in answer["hits"]}, wanted, what)
    visit.same(answer["total"], len(wanted), f"total of {what}")
    for hit in answer["hits"]:
        paper = visit.papers[hit["record_id"]]
        visit.same([passage["page"] for passage in hit["passages"]], [paper.citing_page], f"pages of {what}")


def _sent(what: str) -> set[str]:
    return set(re.findall(CANARY, what))


def of_manager(path: str) -> Plan:
    def plan(visit: Visit, _: random.Random) -> None:
        allowed = is_manager(visit.asker)
        answer = visit.ask("GET", path, expect=200 if allowed else 403)
        others = [tenant for tenant in TENANTS if tenant != visit.asker.tenant]
        told = {tenant for tenant in others if tenant in answer.text}
        visit.hold(told, set(), path)

    return plan


def of_officer(visit: Visit, _: random.Random) -> None:
    allowed = "privacy" in visit.asker.roles and visit.asker.software is None
    visit.ask("POST", "/v1/audit/search", NOBODYS_LOG, expect=200 if allowed else 404)
    visit.outcome.checks += 1


def of_reporter(path: str) -> Plan:
    def plan(visit: Visit, dice: random.Random) -> None:
        if visit.asker.software is None and "cooperation" in visit.asker.roles and dice.random() < _ACROSS:
            _across(visit)
            return
        allowed = "reports" in visit.asker.roles and visit.asker.software is None
        if path == "/v1/reports":
            allowed |= "cooperation" in visit.asker.roles and visit.asker.software is None
        asked = path.format(report=dice.choice((*REPORTS, "disclosures")))
        answer = visit.ask("GET", asked, expect=200 if allowed else 404)
        others = [tenant for tenant in TENANTS if tenant != visit.asker.tenant]
        visit.hold({tenant for tenant in others if tenant in answer.text}, set(), asked)
        if "holdings" in asked and allowed:
            number = sum(paper.tenant == visit.asker.tenant for paper in visit.papers.values())
            rows = answer.json()["tables"][0]["rows"]
            visit.same(rows[0]["cells"]["value"] if rows else 0, number // 5 * 5, "records of the own town")

    return plan


def ready(visit: Visit, dice: random.Random) -> None:
    """Ask for a ready-made report: its figures are of the own town, as those of all reports."""
    allowed = "reports" in visit.asker.roles and visit.asker.software is None
    name = dice.choice(READY)
    answer = visit.ask("GET", f"/v1/ready-reports/{name}", expect=200 if allowed else 404)
    visit.hold({tenant for tenant in TENANTS if tenant in answer.text} - {visit.asker.tenant}, set(), name)
    if name == "betrieb" and allowed:
        number = sum(paper.tenant == visit.asker.tenant for paper in visit.papers.values())
        tables = [block["table"] for block in answer.json()["blocks"] if block["kind"] == "table"]
        rows = tables[0]["rows"]
        visit.same(rows[0]["cells"]["value"] if rows else 0, number // 5 * 5, "records in a ready-made report")


#: how often those who may see sums over towns ask for them
_ACROSS = 0.5


def _across(visit: Visit) -> None:
    """Ask for the sums over towns: none that less than four towns bring, none in which one stands out."""
    answer = visit.ask("GET", "/v1/reports/cooperation", expect=200).json()
    brought = Counter(paper.tenant for paper in visit.papers.values())
    values = sorted((brought[tenant] // 5 * 5 for tenant in TENANTS), reverse=True)
    known, rest = values[0], sum(values[3:])
    wanted: int | None = None if min(values[:4]) < 5 or known > 10 * rest else sum(values)
    if wanted is not None:
        step = 10 ** max(len(str(wanted)) - 2, 0)
        wanted = wanted // step * step
    visit.same(answer["tables"][0]["rows"][0]["cells"]["value"], wanted, "records of all towns")
    # covered in each month: the towns did not give a release
    given = [row["cells"]["given"] for row in answer["tables"][3]["rows"]]
    visit.same({number for number in given if number}, set(), "releases of all towns by month")


def explain(visit: Visit, dice: random.Random) -> None:
    record_id = dice.choice(sorted(visit.papers))
    manages = is_manager(visit.asker) and visit.papers[record_id].tenant == visit.asker.tenant
    # the papers belong to no case: they show themselves to whoever may open them, and to records managers
    known = manages or record_id in visit.mine
    answer = visit.ask("POST", "/v1/access/explain", {"record_id": record_id}, expect=200 if known else 404)
    opened = {record_id} if known and answer.json()["readable"] else set()
    visit.hold(opened, {record_id} & visit.mine, f"explanation of {record_id}")


def unknown_of_manager(method: str, path: str) -> Plan:
    """An id that is not there: for managers the 404 of foreign ids, for the rest the 403 of the whole route."""

    def plan(visit: Visit, _: random.Random) -> None:
        asked = path.format(release_id=_NO_ID, rule_id=_NO_ID)
        visit.ask(method, asked, expect=404 if is_manager(visit.asker) else 403)
        visit.outcome.checks += 1

    return plan


def give_release(visit: Visit, dice: random.Random) -> None:
    """Give what is not there, or not theirs: 404 for managers, and nothing changes."""
    closed = sorted(visit.papers.keys() - visit.mine)
    record_id = dice.choice(closed) if closed and dice.random() < 0.8 else _NO_ID
    partner = next(tenant for tenant in TENANTS if tenant != visit.asker.tenant)
    body = RELEASE | {"record_id": record_id, "partners": [partner]}
    visit.ask("POST", "/v1/releases", body, expect=404 if is_manager(visit.asker) else 403)
    visit.outcome.checks += 1


def list_releases(visit: Visit, dice: random.Random) -> None:
    record_id = dice.choice(sorted(visit.papers))
    path = dice.choice(("/v1/releases", f"/v1/releases?record_id={record_id}"))
    answer = visit.ask("GET", path, expect=200 if is_manager(visit.asker) else 403)
    if answer.status_code == 200:
        told = {release["record_id"] for release in answer.json()["releases"]} - {None}
        visit.hold(told - visit.mine, set(), path)


def list_rules(visit: Visit, _: random.Random) -> None:
    answer = visit.ask("GET", "/v1/release-rules", expect=200 if is_manager(visit.asker) else 403)
    if answer.status_code == 200:
        own = {f"{visit.asker.tenant}/alle"}
        visit.hold({p for rule in answer.json()["rules"] for p in rule["partners"]} & own, set(), "rules of others")


def give_rule(visit: Visit, _: random.Random) -> None:
    partner = next(tenant for tenant in TENANTS if tenant != visit.asker.tenant)
    allowed = is_manager(visit.asker)
    visit.ask("POST", "/v1/release-rules", RULE | {"partners": [partner]}, expect=200 if allowed else 403)
    visit.outcome.checks += 1


def decides(method: str, path: str, body: dict[str, Any] | None) -> Plan:
    """Something that is not there, or nothing to do: 404 or 200 for managers, and nothing changes."""

    def plan(visit: Visit, _: random.Random) -> None:
        unknown = "{" in path or (body is not None and "record_id" in body)
        status = 404 if unknown else 200
        visit.ask(method, path.format(**_NOTHING), body, expect=status if is_manager(visit.asker) else 403)
        visit.outcome.checks += 1

    return plan


def place_hold(visit: Visit, dice: random.Random) -> None:
    """Hold what belongs to another town, or is not there: 404 for managers, and nothing changes."""
    foreign = [i for i, paper in visit.papers.items() if paper.tenant != visit.asker.tenant]
    body = HOLD | {"record_id": dice.choice(sorted(foreign)) if dice.random() < 0.8 else _NO_ID}
    visit.ask("POST", "/v1/holds", body, expect=404 if is_manager(visit.asker) else 403)
    visit.outcome.checks += 1


def without_token(path: str) -> Plan:
    def plan(visit: Visit, _: random.Random) -> None:
        answer = visit.api.client.get(path)
        told = {tenant for tenant in TENANTS if tenant in answer.text}
        visit.hold(told, set(), path)

    return plan
