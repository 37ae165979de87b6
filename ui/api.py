"""The search API as the pages use it: one method a route, answers as values, errors as ApiError; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from ui.management_api import (
    Comparison,
    DueRecords,
    Holds,
    Jobs,
    MissingFile,
    QuarantinedFile,
    Receipts,
    Retry,
    Source,
)
from ui.record_api import (
    Alikes,
    Citing,
    DoubtfulPage,
    PageText,
    Record,
    RecordCitations,
    Release,
    Releases,
    Results,
    Suggestions,
)
from ui.report_api import ReadyKinds, ReadyReport, Report, ReportKinds
from ui.session import NotSignedInError, Session


class ApiError(Exception):
    """The API did not answer with what was asked; `status` is 503 too when it did not answer at all."""

    def __init__(self, status: int, *, detail: str = "", fields: tuple[str, ...] = (), retry: int = 0) -> None:
        super().__init__(f"the search API answered {status}")
        self.status = status
        self.detail = detail
        self.fields = fields
        self.retry = retry


T = TypeVar("T", bound=BaseModel)
M = TypeVar("M", bound=BaseModel)

_DOUBTFUL = TypeAdapter(tuple[DoubtfulPage, ...])


class Api:
    """Asks the API with the rights of the session handed in, and with no other."""

    def __init__(self, http: httpx.Client, url: str) -> None:
        self._http = http
        self._url = url

    def search(self, session: Session, body: dict[str, Any], language: str) -> Results:
        """Search."""
        return self._parsed(Results, self._ask(session, "POST", "/v1/search", language, body))

    def suggest(self, session: Session, query: str, size: int = 8) -> Suggestions:
        """Fetch completions and corrections."""
        body = {"query": query, "size": size}
        return self._parsed(Suggestions, self._ask(session, "POST", "/v1/suggest", "de", body))

    def record(self, session: Session, record_id: str, language: str) -> Record:
        """Fetch one record."""
        return self._parsed(Record, self._ask(session, "GET", _path(record_id), language))

    def page(self, session: Session, record_id: str, number: int, language: str) -> PageText:
        """Fetch the text of one page."""
        path = f"{_path(record_id)}/pages/{number}"
        return self._parsed(PageText, self._ask(session, "GET", path, language))

    def similar(self, session: Session, record_id: str, language: str) -> Alikes:
        """Fetch what is like a record."""
        return self._parsed(Alikes, self._ask(session, "POST", f"{_path(record_id)}/similar", language, {}))

    def precedents(self, session: Session, body: dict[str, Any], language: str) -> Alikes:
        """Fetch what is like a draft."""
        return self._parsed(Alikes, self._ask(session, "POST", "/v1/precedents", language, body))

    def citations(self, session: Session, body: dict[str, Any], language: str) -> Citing:
        """Fetch which records cite something."""
        return self._parsed(Citing, self._ask(session, "POST", "/v1/citations", language, body))

    def record_citations(
        self, session: Session, record_id: str, language: str, *, size: int = 20, cursor: str = ""
    ) -> RecordCitations:
        """Fetch what a record cites and what cites it."""
        asked = urlencode({"size": size} | ({"cursor": cursor} if cursor else {}))
        return self._parsed(
            RecordCitations, self._ask(session, "GET", f"{_path(record_id)}/citations?{asked}", language)
        )

    def releases(self, session: Session, language: str, *, record_id: str = "", cursor: str = "") -> Releases:
        """Fetch what the own town shows to others; ApiError 403 unless the clerk manages records."""
        asked = urlencode({k: v for k, v in (("record_id", record_id), ("cursor", cursor)) if v})
        return self._parsed(Releases, self._ask(session, "GET", f"/v1/releases?{asked}", language))

    def give_release(self, session: Session, body: dict[str, Any], language: str) -> Release:
        """Show a record to others."""
        return self._parsed(Release, self._ask(session, "POST", "/v1/releases", language, body))

    def recall(self, session: Session, release_id: str, language: str) -> None:
        """Take a release back."""
        self._ask(session, "DELETE", f"/v1/releases/{_segment(release_id)}", language)

    def doubtful_pages(self, session: Session, language: str) -> tuple[DoubtfulPage, ...]:
        """Fetch the pages that are hardest to read, worst first; ApiError 403 unless the clerk manages records."""
        answer = self._ask(session, "GET", "/v1/recognition", language)
        try:
            return _DOUBTFUL.validate_json(answer.content)
        except ValidationError as error:
            raise ApiError(502, detail=f"doubtful pages: {error.error_count()} fields unreadable") from error

    def read_again(self, session: Session, record_id: str, page: int, language: str) -> None:
        """Have a page read anew; ApiError 404 where it is not in the list."""
        self._ask(session, "POST", "/v1/recognition/again", language, {"record_id": record_id, "page": page})

    # for records managers; ApiError 403 for everybody else

    def manages(self, session: Session) -> bool:
        """Say whether the clerk manages records, so that the way there is shown; False where that is not known."""
        try:
            self.jobs(session, "de")
        except ApiError:
            return False
        return True

    def sources(self, session: Session, language: str) -> list[Source]:
        """Fetch the sources of the town."""
        return self._list(Source, self._ask(session, "GET", "/v1/sources", language))

    def jobs(self, session: Session, language: str) -> Jobs:
        """Fetch how far the indexer has come."""
        return self._parsed(Jobs, self._ask(session, "GET", "/v1/jobs", language))

    def missing(self, session: Session, name: str, language: str) -> list[MissingFile]:
        """Fetch what a source no longer shows."""
        return self._list(MissingFile, self._ask(session, "GET", f"/v1/sources/{_segment(name)}/missing", language))

    def agree(self, session: Session, name: str, held: int, language: str) -> None:
        """Agree that the next run removes what a source has lost."""
        self._ask(session, "POST", f"/v1/sources/{_segment(name)}/agree", language, {"held": held})

    def quarantine(self, session: Session, language: str) -> list[QuarantinedFile]:
        """Fetch what could not be read."""
        return self._list(QuarantinedFile, self._ask(session, "GET", "/v1/quarantine", language))

    def retry(self, session: Session, body: dict[str, Any], language: str) -> Retry:
        """Have files read again."""
        return self._parsed(Retry, self._ask(session, "POST", "/v1/quarantine/retry", language, body))

    def comparisons(self, session: Session, language: str, *, size: int = 1) -> list[Comparison]:
        """Fetch how ledger and index agreed, newest first."""
        return self._list(Comparison, self._ask(session, "GET", f"/v1/reconciliations?size={size}", language))

    def deletions(self, session: Session, language: str, *, cursor: str = "") -> Receipts:
        """Fetch receipts of deletions."""
        asked = urlencode({"cursor": cursor} if cursor else {})
        return self._parsed(Receipts, self._ask(session, "GET", f"/v1/deletions?{asked}", language))

    def due(self, session: Session, language: str, *, cursor: str = "") -> DueRecords:
        """Fetch what is to be offered to the archive."""
        asked = urlencode({"cursor": cursor} if cursor else {})
        return self._parsed(DueRecords, self._ask(session, "GET", f"/v1/retention?{asked}", language))

    def holds(self, session: Session, language: str) -> Holds:
        """Fetch the legal holds."""
        return self._parsed(Holds, self._ask(session, "GET", "/v1/holds", language))

    def place_hold(self, session: Session, record_id: str, reason: str, language: str) -> None:
        """Put a record under a hold."""
        self._ask(session, "POST", "/v1/holds", language, {"record_id": record_id, "reason": reason})

    def lift_hold(self, session: Session, hold_id: str, language: str) -> None:
        """End a hold."""
        self._ask(session, "DELETE", f"/v1/holds/{_segment(hold_id)}", language)

    # for those who make reports; ApiError 404 for everybody else

    def makes_reports(self, session: Session) -> bool:
        """Say whether the clerk makes reports, so that the way there is shown; False where that is not known."""
        try:
            self.reports(session, "de")
        except ApiError:
            return False
        return True

    def reports(self, session: Session, language: str) -> ReportKinds:
        """Fetch which reports there are."""
        return self._parsed(ReportKinds, self._ask(session, "GET", "/v1/reports", language))

    def report(self, session: Session, name: str, language: str, *, begin: str = "", end: str = "") -> Report:
        """Fetch a report about these months."""
        return self._parsed(Report, self._ask(session, "GET", _report(name, {"from": begin, "to": end}), language))

    def ready_reports(self, session: Session, language: str) -> ReadyKinds:
        """Fetch which ready-made reports there are."""
        return self._parsed(ReadyKinds, self._ask(session, "GET", "/v1/ready-reports", language))

    def ready_report(
        self, session: Session, name: str, language: str, *, begin: str = "", end: str = ""
    ) -> ReadyReport:
        """Fetch a ready-made report about these months."""
        path = _report(name, {"from": begin, "to": end}, of="ready-reports")
        return self._parsed(ReadyReport, self._ask(session, "GET", path, language))

    @contextmanager
    def ready_file(self, session: Session, name: str, *, begin: str = "", end: str = "") -> Iterator[httpx.Response]:
        """Open a ready-made report as a PDF."""
        path = _report(name, {"from": begin, "to": end, "format": "pdf"}, of="ready-reports")
        with self._stream(session, "GET", path) as answer:
            yield answer

    @contextmanager
    def report_file(
        self, session: Session, name: str, kind: str, *, by: str = "", begin: str = "", end: str = ""
    ) -> Iterator[httpx.Response]:
        """Open a report, or one of its tables, as a file."""
        path = _report(name, {"from": begin, "to": end, "by": by, "format": kind})
        with self._stream(session, "GET", path) as answer:
            yield answer

    @contextmanager
    def picture(self, session: Session, record_id: str, number: int) -> Iterator[httpx.Response]:
        """Open the picture of one page."""
        with self._stream(session, "GET", f"{_path(record_id)}/pages/{number}/image") as answer:
            yield answer

    @contextmanager
    def original(self, session: Session, record_id: str) -> Iterator[httpx.Response]:
        """Open the file itself."""
        with self._stream(session, "GET", f"{_path(record_id)}/original") as answer:
            yield answer

    @contextmanager
    def export(self, session: Session, body: dict[str, Any]) -> Iterator[httpx.Response]:
        """Open everything a search finds, as a file."""
        with self._stream(session, "POST", "/v1/export", body) as answer:
            yield answer

    def _ask(
        self, session: Session, method: str, path: str, language: str, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        headers = {**_rights(session), "accept-language": language}
        try:
            answer = self._http.request(method, f"{self._url}{path}", headers=headers, json=body)
        except httpx.HTTPError as error:
            raise ApiError(503) from error
        _checked(answer)
        return answer

    @contextmanager
    def _stream(
        self, session: Session, method: str, path: str, body: dict[str, Any] | None = None
    ) -> Iterator[httpx.Response]:
        request = self._http.build_request(method, f"{self._url}{path}", headers=_rights(session), json=body)
        try:
            answer = self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            raise ApiError(503) from error
        try:
            if not answer.is_success:
                answer.read()
                _checked(answer)
            yield answer
        finally:
            answer.close()

    @staticmethod
    def _list(shape: type[M], answer: httpx.Response) -> list[M]:
        try:
            return TypeAdapter(list[shape]).validate_json(answer.content)  # type: ignore[valid-type]
        except ValidationError as error:
            raise ApiError(502, detail=f"{shape.__name__}: {error.error_count()} fields unreadable") from error

    @staticmethod
    def _parsed(shape: type[T], answer: httpx.Response) -> T:
        try:
            return shape.model_validate_json(answer.content)
        except ValidationError as error:
            raise ApiError(502, detail=f"{shape.__name__}: {error.error_count()} fields unreadable") from error


def _path(record_id: str) -> str:
    return f"/v1/records/{_segment(record_id)}"


def _report(name: str, asked: dict[str, str], *, of: str = "reports") -> str:
    # the questions that people asked in vain are of no months
    given = {k: v for k, v in asked.items() if v and (name != "zero-hits" or k == "format")}
    return f"/v1/{of}/{_segment(name)}" + (f"?{urlencode(given)}" if given else "")


def _segment(name: str) -> str:
    # SECURITY: an id is one segment of an address; "../" in it must not reach another route with these rights.
    if name in {".", ".."}:
        raise ApiError(404)
    return quote(name, safe="")


def _rights(session: Session) -> dict[str, str]:
    return {"authorization": f"Bearer {session.access_token}"}


def _checked(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise NotSignedInError(expired=True)
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    errors = [e for e in problem.get("errors") or [] if isinstance(e, dict)]
    named = (e.get("field") or e.get("loc") or e.get("pointer") for e in errors)
    fields = tuple(".".join(map(str, n)) if isinstance(n, list) else str(n) for n in named if n)
    retry = answer.headers.get("retry-after", "")
    raise ApiError(
        answer.status_code,
        detail=str(problem.get("detail") or ""),
        fields=fields,
        retry=int(retry) if retry.isdigit() else 0,
    )
