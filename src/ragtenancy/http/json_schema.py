"""JSON Schema that readers of every draft understand alike."""

from __future__ import annotations

from typing import Any


def portable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a schema whose patterns are in ECMA-262 syntax and whose enumerations have a type.

    A plain type or null becomes a list of both types, tuples of one kind plain arrays. Readers of drafts before 2020-12 do not know `prefixItems`, and take the `items: false` beside
    it for an array that must be empty.
    """
    if isinstance(value, list):
        return [portable(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "enum" in value and all(isinstance(item, str) for item in value["enum"]):
        value = {"type": "string", **value}
    value = _nullable(value)
    kinds = value.get("prefixItems")
    if kinds and all(kind == kinds[0] for kind in kinds):
        value = {k: v for k, v in value.items() if k != "prefixItems"} | {"items": kinds[0]}
    return {
        key: item.replace(r"\A", "^").replace(r"\Z", "$")
        if key == "pattern" and isinstance(item, str)
        else portable(item)
        for key, item in value.items()
    }


def _nullable(value: dict[str, Any]) -> dict[str, Any]:
    """Return `{"anyOf": [T, null]}` as T with two types, if T is a plain type."""
    kinds = value.get("anyOf", [])
    if kinds[1:] != [{"type": "null"}]:
        return value
    plain = kinds[0] if "enum" not in kinds[0] else {"type": "string", **kinds[0]}
    if not isinstance(plain.get("type"), str):
        return value
    merged = {key: item for key, item in value.items() if key != "anyOf"} | plain
    enum = {"enum": [*plain["enum"], None]} if "enum" in plain else {}
    return {**merged, "type": [plain["type"], "null"], **enum}
