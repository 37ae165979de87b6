"""A search API and a sign-in provider small enough to read, speaking the outside contract; records are invented."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.unit.ui.fake_management import FakeManagement
from tests.unit.ui.fake_reports import FakeReports

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
_STREETS = ("Lindenweg", "Mühlgasse", "Am Friedhof", "Schulstraße", "Bachwiese", "Burghof", "Obere Gasse", "Kirchplatz")
_KINDS = ("Bescheid", "Antrag", "Vermerk", "Niederschrift")
_OFFICES = ("Bauamt", "Ordnungsamt", "Hauptamt")


def _records() -> list[dict[str, Any]]:
    records = []
    for n in range(57):
        street, kind, office = _STREETS[n % 8], _KINDS[n % 4], _OFFICES[n % 3]
        text = (
            f"Beispiel. Die beantragte Baumfällung auf dem Grundstück {street} {n + 1} wird unter Auflagen genehmigt. "
            "Als Ersatz ist bis zum Ende der Pflanzzeit eine heimische Linde zu pflanzen; die Pflanzung ist dem "
            "Amt anzuzeigen."
        )
        start = text.index("Baumfällung")
        records.append(
            {
                "record_id": f"r{n}",
                "source_id": f"EX-{n:04}",
                "tenant": "erbach",
                "title": f"{kind} zur Fällung einer Linde, {street} {n + 1}",
                "file_reference": f"632.10-2024/{n + 1}",
                "document_type": kind,
                "date": f"2024-{n % 12 + 1:02}-{n % 28 + 1:02}",
                "department": office,
                "fields": {"verfahren": "Beispielverfahren", "retention_end": "2034-12-31", "text": "full"},
                "released": "redacted" if n == 3 else None,
                "matched_by": ["word", "meaning"] if n % 2 == 0 else ["meaning"],
                "passages": [
                    {
                        "page": 4 if n == 0 else n % 3 + 1,
                        "text": text,
                        "highlights": [[start, start + len("Baumfällung")]] if n % 2 == 0 else [],
                    }
                ],
                "pages": 120 if n == 1 else 6,
                "text": "full",
                "file_name": f"bescheid-{n}.pdf",
                "media_type": "application/pdf" if n != 2 else "text/plain",
                "size": 182_000 + n,
                "secret_of_the_api": "must be ignored",
            }
        )
    return records


class FakeBackend:
    """Both servers in one application; what was asked is kept for the tests to look at."""

    def __init__(self) -> None:
        self.records = _records()
        self.asked: list[dict[str, Any]] = []
        self.fail_with: tuple[int, dict[str, str]] | None = None
        self.refused_tokens: set[str] = set()
        self.tokens: set[str] = set()
        self.key = ECKey.generate_key("P-256", {"kid": "fake", "use": "sig", "alg": "ES256"})
        #: signs the tokens; another than the published one forges them
        self.signing_key = self.key
        self.groups = ["bauamt"]
        self.token_seconds = 900
        self.nonce_override: str | None = None
        self.audience = "aktensuche-ui"
        self.renewals: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}
        self.ended: list[dict[str, str]] = []
        self.taken_back: list[str] = []
        self.takes_back = True
        self.manages = False
        self.releases: list[dict[str, Any]] = []
        self.doubtful: list[dict[str, Any]] = []
        self.app = FastAPI()
        self.address = ""
        self._provider()
        self._api()
        self.management = FakeManagement()
        self.reports = FakeReports()
        self._releases()
        #: how many records are alike, and what is said beside them
        self.alike = 3
        self.alike_notices: list[dict[str, Any]] = []
        self._alike()
        #: what every record cites, and how many records cite anything
        self.cites = [
            {"kind": "paragraph", "text": "§ 34 <b>BauGB"},
            {"kind": "invented", "text": "ganz Neues"},
            {"kind": "paragraph", "text": "§ 35 BauGB"},
        ]
        self.citing = 23
        self.citations_fail = False
        self._citations()

    def _provider(self) -> None:  # noqa: C901 - one function a route
        app = self.app

        @app.get("/.well-known/openid-configuration")
        def discovery() -> dict[str, str]:
            return {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/jwks",
                "end_session_endpoint": f"{self.address}/end",
                "revocation_endpoint": f"{self.address}/revoke",
            }

        @app.get("/jwks")
        def jwks() -> Any:
            return KeySet([self.key]).as_dict(private=False)

        @app.get("/authorize")
        def authorize(request: Request) -> Response:
            query = dict(request.query_params)
            assert query["code_challenge_method"] == "S256"
            code = secrets.token_urlsafe(8)
            self.codes[code] = query
            back = urlencode({"code": code, "state": query["state"]})
            return RedirectResponse(f"{query['redirect_uri']}?{back}", status_code=303)

        @app.post("/token")
        def token(
            grant_type: Annotated[str, Form()],
            code: Annotated[str, Form()] = "",
            code_verifier: Annotated[str, Form()] = "",
            refresh_token: Annotated[str, Form()] = "",
        ) -> Any:
            nonce = ""
            if grant_type == "authorization_code":
                started = self.codes.pop(code, None)
                digest = hashlib.sha256(code_verifier.encode()).digest()
                challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
                if started is None or started["code_challenge"] != challenge:
                    return JSONResponse({"error": "invalid_grant"}, 400)
                nonce = started["nonce"]
            elif refresh_token not in self.renewals:
                return JSONResponse({"error": "invalid_grant"}, 400)
            else:
                self.renewals.remove(refresh_token)
            claims = {
                "iss": self.address,
                "sub": "bea",
                "aud": self.audience,
                "exp": int(time.time()) + self.token_seconds,
                "iat": int(time.time()),
                "nonce": self.nonce_override or nonce,
                "name": "Bea Beispiel",
                "tenant": "erbach",
                "groups": self.groups,
                "roles": [],
            }
            header = {"alg": "ES256", "kid": "fake"}
            access = jwt.encode(header, {**claims, "aud": "aktensuche", "jti": secrets.token_hex(4)}, self.signing_key)
            self.tokens.add(access)
            renewal = secrets.token_hex(8)
            self.renewals.add(renewal)
            return {
                "access_token": access,
                "id_token": jwt.encode(header, claims, self.signing_key),
                "expires_in": self.token_seconds,
                "token_type": "Bearer",
                "refresh_token": renewal,
            }

        @app.post("/revoke")
        def revoke(token: Annotated[str, Form()]) -> Response:
            if not self.takes_back:
                return JSONResponse({"error": "unsupported_token_type"}, 503)
            self.taken_back.append(token)
            self.renewals.discard(token)
            return Response()

        @app.get("/end")
        def end(request: Request) -> Response:
            self.ended.append(dict(request.query_params))
            return RedirectResponse(request.query_params["post_logout_redirect_uri"], status_code=303)

    def _refusal(self, request: Request) -> Response | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens or token in self.refused_tokens:
            return _problem(401, "sign in")
        if self.fail_with is not None:
            status, headers = self.fail_with
            return _problem(status, "broken on purpose", headers)
        return None

    def _found(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        filters = body["filters"]
        if "nichts" in body["query"]:
            return []
        return [
            r
            for r in self.records
            if all(r.get(k) in v for k, v in filters.items() if k in {"document_type", "department", "tenant"})
            and filters.get("date_from", "") <= r["date"] <= filters.get("date_to", "9999")
        ]

    def _api(self) -> None:  # noqa: C901 - one function a route
        app = self.app

        @app.post("/v1/search")
        def search(request: Request, body: dict[str, Any]) -> Any:
            if refusal := self._refusal(request):
                return refusal
            self.asked.append(body)
            found = self._found(body)
            start = int(body.get("cursor", "0"))
            shown = found[start : start + body["size"]]
            onward = start + len(shown)
            facets = {}
            for name in body["facets"]:
                values = sorted({r[name] for r in self.records if r.get(name)})
                facets[name] = [
                    {"value": v, "label": v.capitalize(), "count": sum(r[name] == v for r in found)} for v in values
                ]
            notice = {
                "code": "coverage",
                "text": "Die Suche nach dem Sinn kennt erst 40 % der Akten, die Sie lesen dürfen.",
            }
            return {
                "total": len(found),
                "total_is": "exact" if body["mode"] == "keyword" else "reachable",
                "hits": shown,
                "facets": facets,
                "notices": [*([notice] if body["mode"] != "keyword" else []), *_read(body)],
                "cursor": str(onward) if onward < len(found) else None,
            }

        @app.post("/v1/suggest")
        def suggest(request: Request, body: dict[str, Any]) -> Any:
            if refusal := self._refusal(request):
                return refusal
            return {"completions": ["baumfällung friedhof", 'baum "<b>"'], "corrections": ["baumfällung"]}

        @app.post("/v1/export")
        def export(request: Request, body: dict[str, Any]) -> Any:
            if refusal := self._refusal(request):
                return refusal
            self.asked.append(body)
            rows = "\r\n".join(
                ["Aktenzeichen;Titel", *(f"{r['file_reference']};{r['title']}" for r in self._found(body))]
            )
            disposition = {"content-disposition": 'attachment; filename="treffer.csv"'}
            return Response(rows, media_type="text/csv; charset=utf-8", headers=disposition)

        @app.get("/v1/records/{record_id}")
        def record(request: Request, record_id: str) -> Any:
            return self._refusal(request) or self._one(record_id) or _problem(404, "not found")

        @app.get("/v1/records/{record_id}/pages/{number}")
        def page(request: Request, record_id: str, number: int) -> Any:
            refusal = self._refusal(request)
            one = self._one(record_id)
            if refusal or one is None or number > one["pages"]:
                return refusal or _problem(404, "not found")
            passage = one["passages"][0]
            text = f"Magistrat der Stadt Erbach (Beispiel)\n\nSeite {number}\n\nSehr geehrte Damen und Herren,\n\n"
            if passage["page"] == number:
                text += f"{passage['text']}\n\nWeitere BAUMFÄLLUNG: keine. <script>alert(1)</script>\n"
            confidence = passage.get("confidence") if passage["page"] == number else None
            text += "Mit freundlichen Grüßen\nBea Beispiel\n"
            return {"page": number, "of": one["pages"], "text": text, "confidence": confidence}

        @app.get("/v1/records/{record_id}/pages/{number}/image")
        def image(request: Request, record_id: str, number: int) -> Any:
            if number % 2:
                return self._refusal(request) or _problem(404, "not found")
            return self._refusal(request) or Response(PICTURE, media_type="image/png")

        @app.get("/v1/records/{record_id}/original")
        def original(request: Request, record_id: str) -> Any:
            if self._one(record_id) is None:
                return self._refusal(request) or _problem(404, "not found")
            return self._refusal(request) or Response(
                b"%PDF-1.7 example",
                media_type="application/pdf",
                headers={"content-disposition": "attachment; filename*=UTF-8''F%C3%A4llung.pdf"},
            )

    def _alike(self) -> None:
        app = self.app

        def answer(hits: list[dict[str, Any]]) -> dict[str, Any]:
            shares = [
                {"code": "file_plan", "text": "gleicher Aktenplan: 632.6", "values": ["632.6"]},
                {"code": "legal_basis", "text": "gleiche Rechtsgrundlage: § 2 <b>", "values": ["§ 2 <b>"]},
                {"code": "invented", "text": "ganz neue Gemeinsamkeit", "values": []},
            ]
            said = {"shares": shares, "confidence": "high", "near_copy": True, "closed": True}
            return {
                "hits": [r | said | {"citation": f"Erbach, „{r['title']}“", "link": "/v1/records/x"} for r in hits],
                "notices": self.alike_notices,
            }

        @app.post("/v1/records/{record_id}/similar")
        def similar(request: Request, record_id: str) -> Any:
            if refusal := self._refusal(request):
                return refusal
            if self._one(record_id) is None:
                return _problem(404, "not found")
            return answer([r for r in self.records if r["record_id"] != record_id][: self.alike])

        @app.post("/v1/precedents")
        def precedents(request: Request, body: dict[str, Any]) -> Any:
            if refusal := self._refusal(request):
                return refusal
            self.asked.append(body)
            for wrong, field in (
                (not body["purpose"], "purpose"),
                (not (body["text"] or body["fields"]) or len(body["text"]) > 50_000, "text"),
                (any(len(value) > 300 for value in body["fields"].values()), "fields.file_plan"),
            ):
                if wrong:
                    errors = [{"field": field, "message": "said in English"}]
                    return JSONResponse({"status": 422, "detail": "x", "errors": errors}, 422)
            return answer(self.records[: self.alike])

    def _citations(self) -> None:
        app = self.app

        def citing(size: int, cursor: str | None) -> dict[str, Any]:
            start = int(cursor or "0")
            hits = [r | {"citation": "Erbach", "link": "/v1/records/x"} for r in self.records[: self.citing]]
            shown = hits[start : start + size]
            onward = start + len(shown)
            return {"total": len(hits), "hits": shown, "cursor": str(onward) if onward < len(hits) else None}

        @app.post("/v1/citations")
        def citations(request: Request, body: dict[str, Any]) -> Any:
            if refusal := self._refusal(request):
                return refusal
            self.asked.append(body)
            if not any(c.isdigit() for c in body["of"]):
                errors = [{"field": "of", "message": "said in English"}]
                return JSONResponse({"status": 422, "detail": "x", "errors": errors}, 422)
            of = [{"kind": body.get("kind", "paragraph"), "text": body["of"]}]
            return {"of": of, **citing(body["size"], body.get("cursor"))}

        @app.get("/v1/records/{record_id}/citations")
        def of_record(request: Request, record_id: str, size: int = 20, cursor: str | None = None) -> Any:
            if refusal := self._refusal(request):
                return refusal
            if self._one(record_id) is None:
                return _problem(404, "not found")
            if self.citations_fail:
                return _problem(503, "broken on purpose")
            return {"cites": self.cites, "cited_by": citing(size, cursor)}

    def _releases(self) -> None:  # noqa: C901 - one function a route
        app = self.app

        def refusal(request: Request) -> Response | None:
            return self._refusal(request) or (None if self.manages else _problem(403, "for records managers"))

        @app.get("/v1/recognition")
        def doubtful(request: Request) -> Any:
            return refusal(request) or self.doubtful

        @app.post("/v1/recognition/again")
        def again(request: Request, body: dict[str, Any]) -> Any:
            if refused := refusal(request):
                return refused
            for page in self.doubtful:
                if (page["record_id"], page["page"]) == (body["record_id"], body["page"]):
                    page["again"] = "asked"
                    return body
            return _problem(404, "no such page")

        self.management.open(app, refusal)

        def no_reports(request: Request) -> Response | None:
            return self._refusal(request) or (None if self.reports.makes_them else _problem(404, "nothing here"))

        self.reports.open(app, no_reports)
        self.reports.ready(app, no_reports)

        @app.get("/v1/releases")
        def given(request: Request, record_id: str = "") -> Any:
            found = [r for r in self.releases if record_id in {"", r["record_id"]}]
            return refusal(request) or {"releases": found, "cursor": None}

        @app.post("/v1/releases")
        def give(request: Request, body: dict[str, Any]) -> Any:
            if refused := refusal(request):
                return refused
            self.asked.append(body)
            if "steuer" in body["purpose"]:
                return _problem(422, "record_id: Sie unterliegt dem Steuergeheimnis.")
            made = {"release_id": f"f{len(self.releases)}", "title": "Titel <b>", "state": "pending", "reason": None}
            self.releases.append(body | made)
            return self.releases[-1]

        @app.delete("/v1/releases/{release_id}")
        def recall(request: Request, release_id: str) -> Any:
            if refused := refusal(request):
                return refused
            for one in self.releases:
                if one["release_id"] == release_id:
                    one |= {"state": "recalled", "reason": "recalled"}
                    return {"release_id": release_id, "state": "recalled"}
            return _problem(404, "not found")

    def _one(self, record_id: str) -> dict[str, Any] | None:
        return next((r for r in self.records if r["record_id"] == record_id), None)


def _read(body: dict[str, Any]) -> list[dict[str, Any]]:
    if "*" not in body["query"] or "wildcard" in body.get("readings_off", ()):
        return []
    return [{"code": "read_wildcard", "text": "Als Wortanfang gelesen: Bauantr…", "reading": "wildcard"}]


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    body = {"type": "about:blank", "title": "problem", "status": status, "detail": detail, "errors": []}
    return JSONResponse(body, status, headers, "application/problem+json")
