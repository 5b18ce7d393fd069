"""The examples of the API's description are bodies that it describes."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import msgspec
import pytest

from ragtenancy import wire
from ragtenancy.http.openapi_examples import EXAMPLES

KINDS: Mapping[str, Any] = {
    name: kind
    for module in pkgutil.iter_modules(wire.__path__)
    for name, kind in vars(import_module(f"ragtenancy.wire.{module.name}")).items()
    if inspect.isclass(kind) and issubclass(kind, msgspec.Struct)
}


def members(body: object) -> object:
    """Return the names of a body's members, with those of its parts."""
    if isinstance(body, Mapping):
        return {name: members(value) for name, value in body.items()}
    return [members(each) for each in body] if isinstance(body, list) else None


def given(whole: object, part: object) -> bool:
    """Return whether all members of a part are among those of the whole."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return part.keys() <= whole.keys() and all(given(whole[n], part[n]) for n in part)
    if isinstance(part, list) and isinstance(whole, list):
        return all(given(a, b) for a, b in zip(whole, part, strict=True))
    return True


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_body_of_its_kind(name: str) -> None:
    body = msgspec.convert(EXAMPLES[name], KINDS[name])

    assert given(members(msgspec.to_builtins(body)), members(EXAMPLES[name]))
