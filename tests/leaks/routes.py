"""Every operation of the OpenAPI document: who may use it and how it is tried. Without a row S1 and S7 are red."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.leaks import plans


@dataclass(frozen=True)
class Route:
    """Who may use an operation, and how it is tried."""

    #: anyone (no token), clerk, manager (or manager, unknown id), officer, reporter
    who: str
    plan: plans.Plan
    body: dict[str, Any] | None = None


ROUTES: dict[tuple[str, str], Route] = {
    ("POST", "/v1/search"): Route("clerk", plans.search, plans.FIND),
    ("POST", "/v1/search/batch"): Route("clerk", plans.batch, {"searches": [plans.FIND]}),
    ("POST", "/v1/suggest"): Route("clerk", plans.suggest, plans.FIND),
    ("POST", "/v1/export"): Route("clerk", plans.export, plans.FIND | {"format": "csv"}),
    ("GET", "/v1/records/{record_id}"): Route("clerk", plans.of_record("")),
    ("GET", "/v1/records/{record_id}/text"): Route("clerk", plans.of_record("/text")),
    ("GET", "/v1/records/{record_id}/pages/{n}"): Route("clerk", plans.of_record("/pages/{n}")),
    ("GET", "/v1/records/{record_id}/pages/{n}/image"): Route("clerk", plans.of_record("/pages/{n}/image")),
    ("GET", "/v1/records/{record_id}/original"): Route("clerk", plans.of_record("/original")),
    ("POST", "/v1/records/{record_id}/similar"): Route("clerk", plans.similar, {}),
    ("POST", "/v1/precedents"): Route("clerk", plans.precedents, plans.DRAFT),
    ("POST", "/v1/citations"): Route("clerk", plans.citations, {"of": "§ 34 BauGB"}),
    ("GET", "/v1/records/{record_id}/citations"): Route("clerk", plans.record_citations),
    ("POST", "/v1/releases"): Route("manager, unknown id", plans.give_release, plans.RELEASE),
    ("GET", "/v1/releases"): Route("manager", plans.list_releases),
    ("GET", "/v1/releases/{release_id}"): Route(
        "manager, unknown id", plans.unknown_of_manager("GET", "/v1/releases/{release_id}")
    ),
    ("DELETE", "/v1/releases/{release_id}"): Route(
        "manager, unknown id", plans.unknown_of_manager("DELETE", "/v1/releases/{release_id}")
    ),
    ("POST", "/v1/release-rules"): Route("manager", plans.give_rule, plans.RULE),
    ("GET", "/v1/release-rules"): Route("manager", plans.list_rules),
    ("DELETE", "/v1/release-rules/{rule_id}"): Route(
        "manager, unknown id", plans.unknown_of_manager("DELETE", "/v1/release-rules/{rule_id}")
    ),
    ("GET", "/v1/sources"): Route("manager", plans.of_manager("/v1/sources")),
    ("GET", "/v1/jobs"): Route("manager", plans.of_manager("/v1/jobs")),
    ("GET", "/v1/quarantine"): Route("manager", plans.of_manager("/v1/quarantine")),
    ("GET", "/v1/recognition"): Route("manager", plans.of_manager("/v1/recognition")),
    ("POST", "/v1/recognition/again"): Route(
        "manager, unknown id", plans.decides("POST", "/v1/recognition/again", plans.ONE_PAGE), plans.ONE_PAGE
    ),
    ("POST", "/v1/quarantine/retry"): Route(
        "manager, unknown id", plans.decides("POST", "/v1/quarantine/retry", plans.ONE_FILE), plans.ONE_FILE
    ),
    ("GET", "/v1/sources/{name}/missing"): Route(
        "manager, unknown id", plans.decides("GET", "/v1/sources/{name}/missing", None)
    ),
    ("POST", "/v1/sources/{name}/agree"): Route(
        "manager, unknown id", plans.decides("POST", "/v1/sources/{name}/agree", plans.AGREED), plans.AGREED
    ),
    ("GET", "/v1/reconciliations"): Route("manager", plans.of_manager("/v1/reconciliations")),
    ("GET", "/v1/deletions"): Route("manager", plans.of_manager("/v1/deletions")),
    ("GET", "/v1/retention"): Route("manager", plans.of_manager("/v1/retention")),
    ("GET", "/v1/holds"): Route("manager", plans.of_manager("/v1/holds")),
    ("POST", "/v1/holds"): Route("manager, unknown id", plans.place_hold, plans.HOLD),
    ("DELETE", "/v1/holds/{hold_id}"): Route(
        "manager, unknown id", plans.decides("DELETE", "/v1/holds/{hold_id}", None)
    ),
    ("POST", "/v1/audit/search"): Route("officer", plans.of_officer, plans.NOBODYS_LOG),
    ("GET", "/v1/reports"): Route("reporter", plans.of_reporter("/v1/reports")),
    ("GET", "/v1/reports/zero-hits"): Route("reporter", plans.of_reporter("/v1/reports/zero-hits")),
    ("GET", "/v1/reports/{report}"): Route("reporter", plans.of_reporter("/v1/reports/{report}")),
    ("GET", "/v1/ready-reports"): Route("reporter", plans.of_reporter("/v1/ready-reports")),
    ("GET", "/v1/ready-reports/{template}"): Route("reporter", plans.ready),
    ("POST", "/v1/access/explain"): Route("clerk", plans.explain, {"record_id": "{record_id}"}),
    ("GET", "/health/live"): Route("anyone", plans.without_token("/health/live")),
    ("GET", "/health/ready"): Route("anyone", plans.without_token("/health/ready")),
    ("GET", "/metrics"): Route("anyone", plans.without_token("/metrics")),
}


def id_routes() -> list[tuple[str, str]]:
    """Return the operations on one record."""
    return [(method, path) for method, path in ROUTES if "{record_id}" in path]
