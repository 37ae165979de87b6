"""What an OpenAPI document promises no longer, held against the one that was released.

`python -m tests.compatibility` compares the document of this tree with docs/api/openapi.json and names each change
that would break software written for the released one; `--release` puts the document of this tree in its place.

The rule, and what users are told of it, stands in docs/api/README.md: what was sent before is still understood, what
was answered before is still answered, and what is new may be left out. A keyword that is not known here may not change.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.stack import TREE

RELEASED = TREE / "docs" / "api" / "openapi.json"

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
#: words for people; nothing depends on them
_SAID = {"title", "description", "summary", "example", "examples", "deprecated", "$comment"}
#: bounds, and whether a higher number lets more through
_BOUNDS = {
    "maxLength": True,
    "maximum": True,
    "exclusiveMaximum": True,
    "maxItems": True,
    "maxProperties": True,
    "minLength": False,
    "minimum": False,
    "exclusiveMinimum": False,
    "minItems": False,
    "minProperties": False,
}
_LOOKED_AT = {"type", "enum", "const", "properties", "required", "additionalProperties", "items", "prefixItems"}
_CHOICES = ("anyOf", "oneOf")

Json = Mapping[str, Any]


def read_released() -> dict[str, Any]:
    """Return the document that was released last."""
    released: dict[str, Any] = json.loads(RELEASED.read_text(encoding="utf-8"))
    return released


def written(document: Json) -> str:
    """Return a document as it is kept."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def breaks(released: Json, current: Json) -> list[str]:
    """Return each change that breaks somebody, as a sentence; empty if all that was promised still holds."""
    return list(dict.fromkeys(_documents(released, current)))


def _documents(released: Json, current: Json) -> Iterator[str]:
    for path, item in released["paths"].items():
        for method in _METHODS:
            if method not in item:
                continue
            name = f"{method.upper()} {path}"
            operation = current["paths"].get(path, {}).get(method)
            if operation is None:
                yield f"{name}: is gone"
            else:
                yield from _operations(name, _Side(released, item[method]), _Side(current, operation))


@dataclass(frozen=True)
class _Side:
    """A part of one of the two documents."""

    document: Json
    part: Any

    def at(self, part: Any) -> _Side:
        return _Side(self.document, part)

    def resolved(self) -> _Side:
        part = self.part
        while isinstance(part, dict) and "$ref" in part:
            found: Any = self.document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            part = {**found, **{key: value for key, value in part.items() if key != "$ref"}}
        return self.at(part)


def _operations(name: str, old: _Side, new: _Side) -> Iterator[str]:
    before, now = old.part, new.part
    if before.get("operationId") != now.get("operationId"):
        yield f"{name}: is called {now.get('operationId')} instead of {before.get('operationId')}"
    if before.get("security") == [] and now.get("security") != []:
        yield f"{name}: wants a token"
    yield from _parameters(name, old, new)
    yield from _bodies(name, old, new)
    yield from _answers(name, old, new)


def _parameters(name: str, old: _Side, new: _Side) -> Iterator[str]:
    before, now = (
        {
            (p.part["in"], p.part["name"]): p
            for p in (side.at(one).resolved() for one in side.part.get("parameters", []))
        }
        for side in (old, new)
    )
    for key, parameter in now.items():
        required = parameter.part.get("required", False)
        if required and not (key in before and before[key].part.get("required", False)):
            yield f"{name}: {key[0]} {key[1]} must be given"
    for key, parameter in before.items():
        if key not in now:
            yield f"{name}: {key[0]} {key[1]} is gone"
            continue
        where = f"{name}: {key[0]} {key[1]}"
        yield from _Comparison(answer=False).schemas(
            where, parameter.at(parameter.part.get("schema", {})), now[key].at(now[key].part.get("schema", {}))
        )


def _bodies(name: str, old: _Side, new: _Side) -> Iterator[str]:
    before, now = (side.at(side.part.get("requestBody", {})).resolved() for side in (old, new))
    if now.part.get("required", False) and not before.part.get("required", False):
        yield f"{name}: a body must be sent"
    yield from _contents(f"{name}: body", before, now, answer=False)


def _answers(name: str, old: _Side, new: _Side) -> Iterator[str]:
    before, now = old.part["responses"], new.part["responses"]
    for status in now:
        if status.startswith("2") and status not in before:
            yield f"{name}: may answer {status}"
    for status in before:
        if status not in now:
            if status.startswith("2"):
                yield f"{name}: answers {status} no longer"
            continue
        was, is_ = old.at(before[status]).resolved(), new.at(now[status]).resolved()
        for header in was.part.get("headers", {}):
            if header not in is_.part.get("headers", {}):
                yield f"{name}: answer {status} carries no {header}"
        yield from _contents(f"{name}: answer {status}", was, is_, answer=True)


def _contents(where: str, old: _Side, new: _Side, *, answer: bool) -> Iterator[str]:
    before, now = old.part.get("content", {}), new.part.get("content", {})
    for kind, one in before.items():
        if kind not in now:
            yield f"{where}: is never {kind}"
        else:
            place = f"{where}" if kind.endswith("json") else f"{where} ({kind})"
            yield from _Comparison(answer=answer).schemas(
                place, old.at(one.get("schema", {})), new.at(now[kind].get("schema", {}))
            )


class _Comparison:
    """Compares schemas of what is sent, or of what is answered: there what is new must stay within what was."""

    def __init__(self, *, answer: bool) -> None:
        self._answer = answer
        #: pairs that are being compared further up: schemas may hold themselves
        self._open: set[tuple[str, str]] = set()

    def schemas(self, where: str, old: _Side, new: _Side) -> Iterator[str]:
        pair = (json.dumps(old.part, sort_keys=True), json.dumps(new.part, sort_keys=True))
        if pair in self._open:
            return
        self._open.add(pair)
        yield from self._resolved(where, old.resolved(), new.resolved())
        self._open.discard(pair)

    def _resolved(self, where: str, old: _Side, new: _Side) -> Iterator[str]:
        before, now = _branches(old), _branches(new)
        if len(before) == len(now) == 1:
            yield from self._single(where, before[0], now[0])
            return
        # each way in which it was sent is still read, or each way in which it is answered was there before
        narrow, wide = (now, before) if self._answer else (before, now)
        for branch in narrow:
            tried = [self._try(where, branch, other) for other in wide]
            if all(tried):
                kind = _kind(branch.part)
                alike = [faults for faults, other in zip(tried, wide, strict=True) if _kind(other.part) == kind]
                yield from alike[0] if len(alike) == 1 else [f"{where}: {self._no_longer(kind)}"]

    def _try(self, where: str, branch: _Side, other: _Side) -> list[str]:
        old, new = (other, branch) if self._answer else (branch, other)
        return list(self.schemas(where, old, new))

    def _no_longer(self, kind: str) -> str:
        return f"may be {kind}" if self._answer else f"may be {kind} no longer"

    def _single(self, where: str, old: _Side, new: _Side) -> Iterator[str]:
        before, now = old.part, new.part
        yield from self._types(where, before, now)
        yield from self._values(where, before, now)
        yield from self._limits(where, before, now)
        yield from self._members(where, old, new)
        yield from self._elements(where, old, new)
        known = _SAID | _LOOKED_AT | set(_BOUNDS) | {"default"}
        for word in sorted((before.keys() | now.keys()) - known):
            if not word.startswith("x-") and before.get(word) != now.get(word):
                yield f"{where}: {word} changed"
        if not self._answer and "default" in before and before["default"] != now.get("default"):
            yield f"{where}: left out, it means something else"

    def _types(self, where: str, before: Json, now: Json) -> Iterator[str]:
        narrow, wide = (now, before) if self._answer else (before, now)
        if "type" in wide and narrow.get("type") != wide["type"]:
            if narrow.get("type") == "integer" and wide["type"] == "number":
                return
            yield f"{where}: is {now.get('type', 'anything')} instead of {before.get('type', 'anything')}"

    def _values(self, where: str, before: Json, now: Json) -> Iterator[str]:
        was, is_ = _listed(before), _listed(now)
        if was is not None and is_ is not None:
            yield from (f"{where}: {value!r} is no value any more" for value in was if value not in is_)
        elif was is not None and self._answer:
            yield f"{where}: may be any value"
        elif is_ is not None and not self._answer:
            yield f"{where}: may be certain values only"

    def _limits(self, where: str, before: Json, now: Json) -> Iterator[str]:
        narrow, wide = (now, before) if self._answer else (before, now)
        for word, more_is_wider in _BOUNDS.items():
            if word not in wide:
                continue
            limit, inner = wide[word], narrow.get(word)
            if inner is None or (inner > limit if more_is_wider else inner < limit):
                yield f"{where}: {word} is {now.get(word)} instead of {before.get(word)}"

    def _members(self, where: str, old: _Side, new: _Side) -> Iterator[str]:
        before, now = old.part, new.part
        was, is_ = before.get("properties", {}), now.get("properties", {})
        for name, member in was.items():
            if name not in is_:
                yield f"{where}: {name} is gone"
            else:
                yield from self.schemas(f"{where}.{name}", old.at(member), new.at(is_[name]))
        needed_before, needed_now = set(before.get("required", [])), set(now.get("required", []))
        if self._answer:
            yield from (f"{where}: {n} may be missing" for n in sorted(needed_before - needed_now) if n in is_)
        else:
            yield from (f"{where}: {name} must be given" for name in sorted(needed_now - needed_before))
        yield from self._others(where, old, new)

    def _others(self, where: str, old: _Side, new: _Side) -> Iterator[str]:
        others_before, others_now = (side.part.get("additionalProperties", True) for side in (old, new))
        if isinstance(others_before, dict) and isinstance(others_now, dict):
            yield from self.schemas(f"{where}.*", old.at(others_before), new.at(others_now))
        elif others_before == others_now:
            return
        elif self._answer and others_before is not True:
            yield f"{where}: may hold anything beside what is named"
        elif not self._answer and others_now is not True:
            yield f"{where}: holds nothing beside what is named"

    def _elements(self, where: str, old: _Side, new: _Side) -> Iterator[str]:
        before, now = old.part, new.part
        if "items" in before or "items" in now:
            yield from self.schemas(f"{where}[]", old.at(before.get("items", {})), new.at(now.get("items", {})))
        was, is_ = before.get("prefixItems", []), now.get("prefixItems", [])
        if len(was) != len(is_):
            yield f"{where}: has {len(is_)} places instead of {len(was)}"
        for place, (one, other) in enumerate(zip(was, is_, strict=False)):
            yield from self.schemas(f"{where}[{place}]", old.at(one), new.at(other))


def _branches(side: _Side) -> list[_Side]:
    """Return the ways in which a value can be; of a plain schema there is one."""
    for word in _CHOICES:
        if word in side.part:
            return [inner for one in side.part[word] for inner in _branches(side.at(one).resolved())]
    if isinstance(side.part.get("type"), list):
        return [side.at({**side.part, "type": kind}) for kind in side.part["type"]]
    return [side]


def _listed(schema: Json) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    listed: list[Any] | None = schema.get("enum")
    return listed


def _kind(schema: Json) -> str:
    return str(schema.get("type", "anything"))


def main(words: list[str]) -> int:
    """Compare, or release; returns the exit code."""
    from search_api.app import document  # noqa: PLC0415  comparing two documents needs no application

    current = document()
    if words == ["--release"]:
        RELEASED.write_text(written(current), encoding="utf-8")
        return 0
    found = breaks(read_released(), current)
    for one in found:
        sys.stderr.write(f"{one}\n")
    if found:
        sys.stderr.write(f"{len(found)} changes break what {RELEASED.relative_to(TREE)} promises\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
