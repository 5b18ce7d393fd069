"""Texts for callers speak the words of the API, never Python's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.errors import InsufficientScopeError

SOURCE = Path(__file__).parents[2] / "src" / "ragtenancy"
REPR = ord("r")


def _reprs(file: Path) -> Iterator[str]:
    """Yield what the f-strings of a file show as Python would."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FormattedValue) and node.conversion == REPR:
            yield f"{file.relative_to(SOURCE)}: {ast.unparse(node.value)}"


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_that_is_lacking_is_named_by_the_wires_word(scope: Scope) -> None:
    error = InsufficientScopeError(scope)

    assert error.detail == f'This key lacks the scope "{scope.value}".'
    assert error.context == {"scope": scope.value}


def test_no_text_is_made_with_a_repr() -> None:
    found = {text for file in SOURCE.rglob("*.py") for text in _reprs(file)}

    assert found == {"__init__.py: __name__", "__init__.py: name"}  # a module's AttributeError
