"""The programs of the one-machine system, in what environment each runs, and how to see that it works.

The only place that knows which setting goes to whom. It starts nothing; local/supervisor.py does.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import redis

from local import python_runtime
from local.command import Command
from local.layout import TENANTS, TREE, Layout
from local.state import ready_file
from local.supervisor import Process

_HEAP = "768m"
_PROBE_SECONDS = 1.0


def secret(layout: Layout, name: str) -> Path:
    """Return where the secret called `name` lies."""
    return layout.secrets / name


def addresses(ports: dict[str, int]) -> dict[str, str]:
    """Return the address of each service as our programs reach it."""
    return {
        "engine": f"https://127.0.0.1:{ports['engine']}",
        "tika": f"http://127.0.0.1:{ports['tika']}",
        "redis": f"redis://127.0.0.1:{ports['redis']}/0",
        "embedding": f"http://127.0.0.1:{ports['embedding']}",
        "api": f"http://127.0.0.1:{ports['api']}",
        # one name for browser and programs, the same host as the pages
        "sign_in": f"http://localhost:{ports['sign_in']}",
        "ui": f"http://localhost:{ports['ui']}",
    }


def shared_settings(layout: Layout, ports: dict[str, int]) -> dict[str, str]:
    """Return what the indexer and the API both read."""
    where = addresses(ports)
    return {
        "AKTENSUCHE_TENANTS": ",".join(TENANTS),
        "AKTENSUCHE_FILES": str(layout.files),
        "AKTENSUCHE_OPENSEARCH__URL": where["engine"],
        "AKTENSUCHE_OPENSEARCH__CA_FILE": str(secret(layout, "ca.crt")),
        "AKTENSUCHE_LEDGER__URL": ledger_url(layout),
        "AKTENSUCHE_EMBEDDING__URL": where["embedding"],
        "AKTENSUCHE_EMBEDDING__SECRET_FILE": str(secret(layout, "embedding.secret")),
    }


def ledger_url(layout: Layout) -> str:
    """Return the SQL address of the ledger."""
    return f"sqlite:///{layout.ledger}"


def audit_settings(layout: Layout) -> dict[str, str]:
    """Return where the audit log is, for the programs that write to it."""
    return {
        "AKTENSUCHE_AUDIT__URL": f"sqlite:///{layout.audit}",
        "AKTENSUCHE_AUDIT__WITNESS": str(layout.audit_witness),
    }


def indexer_settings(layout: Layout, ports: dict[str, int]) -> dict[str, str]:
    """Return what workers and the command line read."""
    where = addresses(ports)
    return shared_settings(layout, ports) | {
        "AKTENSUCHE_OPENSEARCH__WRITER_PASSWORD_FILE": str(secret(layout, "writer.password")),
        "AKTENSUCHE_BROKER__URL": where["redis"],
        "AKTENSUCHE_BROKER__PASSWORD_FILE": str(secret(layout, "redis.password")),
        "AKTENSUCHE_TIKA__URL": where["tika"],
        "AKTENSUCHE_SOURCES_FILE": os.environ.get("AKTENSUCHE_SOURCES_FILE") or str(layout.sources),
    }


def system_settings(layout: Layout) -> dict[str, str]:
    """Return what opens the unfiltered door: the worker of the vectors and the command line get it, nobody else."""
    return audit_settings(layout) | {"AKTENSUCHE_OPENSEARCH__SYSTEM_SECRET_FILE": str(secret(layout, "system.secret"))}


def api_settings(layout: Layout, ports: dict[str, int]) -> dict[str, str]:
    """Return what the API reads."""
    where = addresses(ports)
    own = {
        "AKTENSUCHE_OPENSEARCH__TOKEN_KEY_FILE": str(secret(layout, "engine-token.key")),
        "AKTENSUCHE_API__HOST": "127.0.0.1",
        # the invented towns agreed to be counted together
        "AKTENSUCHE_COOPERATION__TOWNS": ",".join(TENANTS),
        "AKTENSUCHE_COOPERATION__SINCE": "2020-01",
        "AKTENSUCHE_API__PORT": str(ports["api"]),
        "AKTENSUCHE_API__CURSOR_KEY_FILE": str(secret(layout, "cursor.key")),
        "AKTENSUCHE_API__SYNONYMS": str(layout.synonyms),
        "AKTENSUCHE_API__REPORT_TEMPLATES": str(layout.report_templates),
        "AKTENSUCHE_API__READY_FILE": str(ready_file(layout)),
        "AKTENSUCHE_API__SIGN_IN__ISSUER": where["sign_in"],
        "AKTENSUCHE_API__SIGN_IN__AUDIENCE": "aktensuche",
        "AKTENSUCHE_API__SIGN_IN__CLERK_CLIENTS": "aktensuche-ui,aktensuche-cli",
        # tokens of the command line live for 15 minutes, which only those may that can be taken back
        "AKTENSUCHE_API__SIGN_IN__INTROSPECTION__CLIENT_ID": "aktensuche",
        "AKTENSUCHE_API__SIGN_IN__INTROSPECTION__CLIENT_SECRET_FILE": str(secret(layout, "api-client.secret")),
    }
    return shared_settings(layout, ports) | audit_settings(layout) | own


def ui_settings(layout: Layout, ports: dict[str, int]) -> dict[str, str]:
    """Return what the pages read."""
    where = addresses(ports)
    return {
        "AKTENSUCHE_UI__HOST": "127.0.0.1",
        "AKTENSUCHE_UI__PORT": str(ports["ui"]),
        "AKTENSUCHE_UI__API_URL": where["api"],
        "AKTENSUCHE_UI__PUBLIC_URL": where["ui"],
        "AKTENSUCHE_UI__ISSUER": where["sign_in"],
        "AKTENSUCHE_UI__CLIENT_ID": "aktensuche-ui",
        "AKTENSUCHE_UI__SESSION_KEY_FILE": str(secret(layout, "session.key")),
        "AKTENSUCHE_UI__ASSETS": str(layout.assets),
    }


def embedding_settings(layout: Layout, ports: dict[str, int]) -> dict[str, str]:
    """Return what the process that holds the model reads."""
    return {
        "AKTENSUCHE_MODEL__FOLDER": str(layout.model),
        "AKTENSUCHE_MODEL__HOST": "127.0.0.1",
        "AKTENSUCHE_MODEL__PORT": str(ports["embedding"]),
        "AKTENSUCHE_MODEL__SECRET_FILE": str(secret(layout, "embedding.secret")),
    }


def sign_in_settings(layout: Layout, ports: dict[str, int]) -> dict[str, str]:
    """Return what the sign-in on one machine reads."""
    where = addresses(ports)
    return {
        "AKTENSUCHE_SIGN_IN__ISSUER": where["sign_in"],
        "AKTENSUCHE_SIGN_IN__PORT": str(ports["sign_in"]),
        "AKTENSUCHE_SIGN_IN__REDIRECT_URI": f"{where['ui']}/auth/callback",
        "AKTENSUCHE_SIGN_IN__API_SECRET_FILE": str(secret(layout, "api-client.secret")),
        "AKTENSUCHE_SIGN_IN__KEY_FILE": str(secret(layout, "sign-in.key")),
        "AKTENSUCHE_SIGN_IN__CODE_FILE": str(secret(layout, "sign-in.code")),
    }


def all_processes(layout: Layout, ports: dict[str, int], *, sample: bool) -> list[Process]:
    """Return every program of the system, each with what must be well before it."""
    # imported here, so that the command line can read the settings above without the engine's parts
    from local.engine import engine_command  # noqa: PLC0415
    from local.services import redis_command, tika_command  # noqa: PLC0415

    base = base_environment(layout)
    where = addresses(ports)
    python = partial(_python, layout)
    indexer = indexer_settings(layout, ports)
    celery = ("-m", "celery", "-A", "indexer.worker")
    # what workers tell each other nobody needs here, and asking takes each of them a second when it starts
    alone = ("--without-mingle", "--without-gossip", "-l", "INFO")
    return [
        Process(
            "redis",
            lambda: _outside(base, redis_command(layout, ports["redis"])),
            partial(_redis_is_well, ports["redis"], secret(layout, "redis.password")),
        ),
        Process(
            "opensearch",
            lambda: _outside(base, engine_command(layout, ports["engine"], ports["transport"], _HEAP)),
            partial(_engine_is_well, layout, where["engine"]),
            start_seconds=180,
            stop_seconds=20,
        ),
        Process(
            "tika",
            lambda: _outside(base, tika_command(layout, ports["tika"])),
            partial(_answers, f"{where['tika']}/version"),
        ),
        Process(
            "embedding",
            lambda: python("-m", "indexer.embedding_service", env=embedding_settings(layout, ports)),
            partial(_answers, f"{where['embedding']}/health/ready"),
            # the model is loaded on whatever others leave; ending it on a busy machine would only begin that anew
            start_seconds=300,
        ),
        Process(
            "sign-in",
            lambda: python("-m", "local.sign_in", env=sign_in_settings(layout, ports)),
            partial(_answers, f"http://127.0.0.1:{ports['sign_in']}/.well-known/openid-configuration"),
        ),
        Process(
            "engine-security",
            lambda: python("-m", "local.engine_security", where["engine"], env={}),
            _never,
            after=("opensearch",),
            once=True,
        ),
        Process(
            "preparation",
            lambda: python("-m", "local.preparation", env=indexer | audit_settings(layout)),
            _never,
            after=("engine-security",),
            once=True,
        ),
        Process(
            "worker-text",
            lambda: python(
                *celery, "worker", "-Q", "text", "--pool", "prefork", "-c", "3", "-n", "text@%h", *alone,
                env=indexer,
            ),
            _log_says(layout, "worker-text", " ready."),
            after=("preparation", "redis", "tika"),
            stop_seconds=12,
        ),
        Process(
            "worker-vectors",
            lambda: python(
                *celery, "worker", "-Q", "vectors,system", "--pool", "threads", "-c", "1", "-n", "vectors@%h",
                *alone,
                env=indexer | system_settings(layout),
            ),
            _log_says(layout, "worker-vectors", " ready."),
            after=("preparation", "redis", "embedding"),
            stop_seconds=12,
        ),
        Process(
            "worker-sources",
            lambda: python(
                *celery, "worker", "-Q", "sources", "--pool", "threads", "-c", "3", "-n", "sources@%h",
                *alone,
                env=indexer,
            ),
            _log_says(layout, "worker-sources", " ready."),
            after=("preparation", "redis"),
            stop_seconds=12,
        ),
        Process(
            "beat",
            lambda: python(*celery, "beat", "-s", str(layout.run / "beat"), "-l", "INFO", env=indexer),
            _log_says(layout, "beat", "beat: Starting"),
            after=("preparation", "redis"),
        ),
        Process(
            "api",
            lambda: python("-m", "search_api", env=api_settings(layout, ports)),
            partial(_answers, f"{where['api']}/health/live"),
            after=("preparation", "embedding", "sign-in"),
        ),
        Process(
            "ui",
            lambda: python("-m", "ui", env=ui_settings(layout, ports)),
            partial(_answers, f"http://127.0.0.1:{ports['ui']}/health/live"),
            after=("api",),
        ),
        Process(
            "readiness",
            lambda: python("-m", "local.readiness", *(["--sample"] if sample else []), env=indexer),
            _never,
            after=("ui", "worker-text", "worker-vectors", "worker-sources", "beat"),
            once=True,
            talks=True,
        ),
    ]  # fmt: skip


def base_environment(layout: Layout) -> dict[str, str]:
    """Return what every program finds: nothing of the caller's but language and time zone."""
    home = layout.run / "home"
    kept = {key: os.environ[key] for key in ("LANG", "LC_ALL", "TZ") if key in os.environ}
    return kept | {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "USER": "aktensuche",
        "LOGNAME": "aktensuche",
        "TMPDIR": str(layout.run / "tmp"),
        "AKTENSUCHE_DATA": str(layout.data),
        "AKTENSUCHE_CACHE": str(layout.cache),
        # else the GNU C library may keep a heap for each thread and much of what was freed (mallopt(3)); what that
        # brings here was not measured apart from Tika's collector
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_TRIM_THRESHOLD_": str(128 << 10),
    }


def _outside(base: dict[str, str], command: Command) -> Command:
    return Command(command.argv, base | command.env, command.cwd)


def _python(layout: Layout, *words: str, env: dict[str, str]) -> Command:
    runtime = python_runtime.present(layout)
    quiet = {
        # everything a program needs is on this machine; none may look for more elsewhere
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
        # the tree belongs to whoever cloned it
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    # tuning by the one who starts the system reaches the programs; what is laid down here wins
    own = {key: value for key, value in os.environ.items() if key.startswith("AKTENSUCHE_")}
    return Command([str(runtime.executable), *words], own | base_environment(layout) | quiet | runtime.env | env, TREE)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=_PROBE_SECONDS, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _engine_is_well(layout: Layout, url: str) -> bool:
    try:
        trust = ssl.create_default_context(cafile=str(secret(layout, "ca.crt")))
        trust.load_cert_chain(secret(layout, "admin.crt"), secret(layout, "admin.key"))
        with httpx.Client(verify=trust, timeout=_PROBE_SECONDS, trust_env=False) as http:
            # the security index is set up after the first answer; until then this says 503
            return http.get(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s").is_success
    except (httpx.HTTPError, OSError):
        return False


def _redis_is_well(port: int, password: Path) -> bool:
    client = redis.Redis(
        host="127.0.0.1", port=port, password=password.read_text("utf-8").strip(), socket_timeout=_PROBE_SECONDS
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _log_says(layout: Layout, name: str, words: str) -> Callable[[], bool]:
    """Return a check for `words` in what the log gained since the check before found them, or since now."""
    path = layout.logs / f"{name}.log"
    seen = path.stat().st_size if path.exists() else 0

    def says() -> bool:
        nonlocal seen
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(seen if seen <= size else 0)
            found = words.encode() in file.read()
        if found:
            seen = size
        return found

    return says


def _never() -> bool:
    return False
