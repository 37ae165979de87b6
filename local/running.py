"""How a command reaches the running system: its state, a token, its API. Prints nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from local.layout import Layout
from local.processes import addresses, secret
from local.sign_in.tokens import ClaimError, Claims, Signer
from local.state import NotRunningError, State, read_state


class CommandError(Exception):
    """A command cannot go on; the text is what the person reads, `code` what the shell gets."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def running_state() -> State:
    """Return what runs on this data folder, or the sentence that says how to start it."""
    try:
        return read_state(Layout.from_environment())
    except NotRunningError as error:
        raise CommandError(str(error)) from error


def make_token(
    subject: str,
    tenant: str,
    groups: Sequence[str] = (),
    roles: Sequence[str] = (),
    acting_software: str | None = None,
) -> str:
    """Return an access token of the one-machine sign-in."""
    try:
        claims = Claims(subject, tenant, tuple(groups), tuple(roles), acting_software=acting_software)
    except ClaimError as error:
        raise CommandError(str(error), 2) from error
    layout = Layout.from_environment()
    issuer = addresses(running_state().ports)["sign_in"]
    return Signer(issuer, secret(layout, "sign-in.key")).access_token(claims)


def ask(method: str, path: str, token: str, body: dict[str, Any] | None = None) -> Any:
    """Return what the API answers; its refusals become sentences."""
    url = f"{running_state().api_url}{path}"
    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx.request(method, url, json=body, headers=headers, timeout=60, trust_env=False)
    except httpx.HTTPError as error:
        raise CommandError(f"the API at {url} does not answer: {error}") from error
    if answer.is_success:
        return answer.json()
    raise CommandError(refusal(answer))


def refusal(answer: httpx.Response) -> str:
    """Return what the API said when it refused, as a sentence."""
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    named = "; ".join(f"{e.get('field')}: {e.get('message')}" for e in problem.get("errors", []))
    said = named or problem.get("detail") or problem.get("title") or f"status {answer.status_code}"
    return f"the API refused: {said}"
