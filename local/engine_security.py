"""Makes changed roles of the engine take effect on an older data folder: `python -m local.engine_security URL`.

The engine reads its security files on the very first start only and keeps them in an index of its own. In production
`engine-security` of the compose file carries changed files into it; on one machine this does.
"""

from __future__ import annotations

import json
import ssl
import sys
from pathlib import Path
from typing import Any

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from local.engine_config import security_digest, security_files
from local.layout import Layout
from records.errors import EngineRefusedError, EngineUnavailableError

#: what the engine is told, by file, and how it calls this in its interface; the rest never changes without new secrets.
#: Roles first: an account is refused as long as its role is unknown.
_KINDS = (("roles.yml", "roles"), ("internal_users.yml", "internalusers"), ("roles_mapping.yml", "rolesmapping"))
_OWN = "_meta"


def bring_up_to_date(layout: Layout, url: str) -> bool:
    """Tell the engine its roles if they are not those that it was told last; return whether it was told anything."""
    told = _told(layout)
    digest = security_digest(layout)
    if told.is_file() and told.read_text(encoding="ascii").strip() == digest:
        return False
    trust = ssl.create_default_context(cafile=str(layout.secrets / "ca.crt"))
    trust.load_cert_chain(layout.secrets / "admin.crt", layout.secrets / "admin.key")
    with httpx.Client(base_url=url, verify=trust, timeout=20, trust_env=False) as engine:
        for name, kind in _KINDS:
            _tell(engine, kind, json.loads(security_files(layout)[name]))
    told.write_text(f"{digest}\n", encoding="ascii")
    return True


def note_first_start(layout: Layout) -> None:
    """Note that an engine without data will read this version's files itself when it starts."""
    if not layout.engine_data.is_dir() or not any(layout.engine_data.iterdir()):
        _told(layout).write_text(f"{security_digest(layout)}\n", encoding="ascii")


def _told(layout: Layout) -> Path:
    return layout.data / "engine-security.sha256"


# The engine answers some seconds before its access control does.
@retry(
    retry=retry_if_exception_type(EngineUnavailableError), stop=stop_after_delay(150), wait=wait_fixed(1), reraise=True
)
def _tell(engine: httpx.Client, kind: str, wanted: dict[str, Any]) -> None:
    place = f"/_plugins/_security/api/{kind}"
    present = _ask(engine, "GET", place).json()
    for name, content in wanted.items():
        if name != _OWN:
            _ask(engine, "PUT", f"{place}/{name}", content)
    # SECURITY: a role that is not ours any more must not go on opening anything; the engine's own ones stay.
    for name, content in present.items():
        if name not in wanted and not content.get("static") and not content.get("reserved"):
            _ask(engine, "DELETE", f"{place}/{name}")


def _ask(engine: httpx.Client, method: str, place: str, content: dict[str, Any] | None = None) -> httpx.Response:
    try:
        answer = engine.request(method, place, json=content)
    except httpx.TransportError as error:
        raise EngineUnavailableError(f"the engine does not answer ({type(error).__name__})") from error
    # on a slow machine the first questions are answered 500, before the engine has read its own roles
    if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise EngineUnavailableError(f"the engine is not ready ({answer.status_code})")
    if not answer.is_success:
        raise EngineRefusedError(
            f"the engine does not take its roles ({method} {place}: {answer.status_code}); "
            "delete the data folder and import again, or go back to the version that filled it"
        )
    return answer


if __name__ == "__main__":
    bring_up_to_date(Layout.from_environment(), sys.argv[1])
