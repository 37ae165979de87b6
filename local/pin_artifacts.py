"""Write artifacts.lock.json anew: resolve what the engine needs, download all of it, and pin what came.

For developers, when a version changes: `python -m local.pin_artifacts`. Each download is compared with what its
registry says (`.sha1` of Maven, `integrity` of npm) before its SHA-256 is written down.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from lxml import etree

from local.engine_parts import ENGINE_VERSION, MODULES, PLUGINS

_MAVEN = "https://repo1.maven.org/maven2"
_NPM = "https://registry.npmjs.org"
_POM = {"m": "http://maven.apache.org/POM/4.0.0"}
_CORE = f"org.opensearch:opensearch:{ENGINE_VERSION}"
_LIB = (
    _CORE,
    f"org.opensearch:opensearch-plugin-classloader:{ENGINE_VERSION}",
    "org.apache.logging.log4j:log4j-core:2.21.0",
    "com.ibm.icu:icu4j:77.1",
    "com.ibm.icu:icu4j-localespi:77.1",
)
_AGENT = (
    f"org.opensearch:opensearch-agent:{ENGINE_VERSION}",
    f"org.opensearch:opensearch-agent-bootstrap:{ENGINE_VERSION}",
    "net.bytebuddy:byte-buddy:1.17.7",
)
_TIKA = "org.apache.tika:tika-server-standard:3.3.2"
#: the suite signs in against it; nothing else fetches it
_KEYCLOAK = "org.keycloak:keycloak-quarkus-dist:26.7.3:zip"
#: the suite's CMIS server: the repository, the servlet engine, and what Java no longer brings
_CMIS = (
    "org.apache.chemistry.opencmis:chemistry-opencmis-server-inmemory:1.1.0:war",
    "org.eclipse.jetty:jetty-runner:9.4.57.v20241219",
    "javax.xml.bind:jaxb-api:2.3.1",
    "com.sun.activation:javax.activation:1.2.0",
)
_PACKAGES = {"kern": ("@kern-ux/native", "2.7.2"), "htmx": ("htmx.org", "2.0.8")}


@dataclass
class _Wanted:
    url: str
    places: list[str] = field(default_factory=list)
    integrity: str = ""


def main() -> None:
    """Resolve, download, compare, write."""
    with httpx.Client(timeout=60, follow_redirects=True) as http:
        wanted: dict[str, _Wanted] = {}
        core = _resolve(http, _LIB)
        _want(wanted, core, "engine/lib")
        _want(wanted, _AGENT, "engine/agent")
        for module in MODULES:
            root = f"org.opensearch.plugin:{module.artifact}:{ENGINE_VERSION}"
            own = [c for c in _resolve(http, (root,)) if _key(c) not in {_key(o) for o in core}]
            _want(wanted, own, f"engine/modules/{module.name}")
        for plugin in PLUGINS:
            _want(wanted, (f"org.opensearch.plugin:{plugin.name}:{ENGINE_VERSION}.0:zip",), f"zip/{plugin.name}")
            _want(wanted, plugin.additions, f"engine/plugins/{plugin.name}")
        _want(wanted, (_TIKA,), "tika")
        _want(wanted, (_KEYCLOAK,), "tests/keycloak")
        _want(wanted, _CMIS, "tests/cmis")
        for place, (package, version) in _PACKAGES.items():
            about: dict[str, Any] = http.get(f"{_NPM}/{package}/{version}").raise_for_status().json()
            url = about["dist"]["tarball"]
            wanted[url] = _Wanted(url, [f"assets/{place}"], about["dist"]["integrity"])
        with ThreadPoolExecutor(8) as pool:
            rows = list(pool.map(lambda one: _pin(http, one), wanted.values()))
    rows.sort(key=lambda row: str(row["name"]))
    target = Path(__file__).with_name("artifacts.lock.json")
    target.write_text(json.dumps({"artifacts": rows}, indent=1) + "\n", encoding="utf-8")
    sys.stderr.write(f"{len(rows)} parts, {sum(int(str(r['size'])) for r in rows) / 1e6:.0f} MB\n")


def _key(coordinate: str) -> str:
    return ":".join(coordinate.split(":")[:2])


def _want(wanted: dict[str, _Wanted], coordinates: list[str] | tuple[str, ...], place: str) -> None:
    for coordinate in coordinates:
        url = _url(coordinate)
        wanted.setdefault(url, _Wanted(url)).places.append(place)


def _url(coordinate: str, ending: str = "") -> str:
    group, artifact, version, *kind = coordinate.split(":")
    ending = ending or (kind[0] if kind else "jar")
    return f"{_MAVEN}/{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}.{ending}"


def _resolve(http: httpx.Client, roots: tuple[str, ...]) -> list[str]:
    """Return the roots and what they need at run time; the first version met wins, as with Maven."""
    found: dict[str, str] = {}
    waiting = list(roots)
    while waiting:
        coordinate = waiting.pop(0)
        if _key(coordinate) in found:
            continue
        found[_key(coordinate)] = coordinate
        pom = etree.fromstring(http.get(_url(coordinate, "pom")).raise_for_status().content)
        if coordinate.split(":")[0].startswith("org.opensearch"):
            waiting += _needs(pom)
    return list(found.values())


def _needs(pom: etree._Element) -> list[str]:
    needs = []
    for one in pom.findall("m:dependencies/m:dependency", _POM):
        said = {etree.QName(child).localname: child.text or "" for child in one}
        if said.get("scope", "compile") in {"compile", "runtime"} and said.get("optional") != "true":
            needs.append(f"{said['groupId']}:{said['artifactId']}:{said['version']}")
    return needs


def _said(http: httpx.Client, one: _Wanted, content: bytes) -> tuple[str, str]:
    """Return the sum that the registry publishes, and the same sum of what came."""
    if one.integrity:
        kind, _, expected = one.integrity.partition("-")
        return expected, base64.b64encode(hashlib.new(kind, content).digest()).decode()
    for kind in ("sha512", "sha256", "sha1"):
        answer = http.get(f"{one.url}.{kind}")
        if answer.is_success:
            return answer.text.split()[0], hashlib.new(kind, content, usedforsecurity=False).hexdigest()
    sys.stderr.write(f"the registry publishes no sum of {one.url}: pinned as it came\n")
    return "", ""


def _pin(http: httpx.Client, one: _Wanted) -> dict[str, object]:
    content = http.get(one.url).raise_for_status().content
    expected, found = _said(http, one, content)
    if found != expected:
        raise SystemExit(f"{one.url} is not what its registry says: {found}, {expected}")
    return {
        "name": one.url.rsplit("/", 1)[1],
        "url": one.url,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "places": sorted(set(one.places)),
    }


if __name__ == "__main__":
    main()
