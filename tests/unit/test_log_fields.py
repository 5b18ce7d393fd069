"""Every field that a log call passes is on the allow-list; others would be dropped in silence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ragtenancy.telemetry import ALLOWED

SOURCE = Path(__file__).parents[2] / "src/ragtenancy"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def fields_not_allowed() -> Iterator[str]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _is_log_call(node.func):
                yield from (
                    f"{path.relative_to(SOURCE)}:{node.lineno} {keyword.arg}"
                    for keyword in node.keywords
                    if keyword.arg is not None and keyword.arg not in ALLOWED
                )


def _is_log_call(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and called.attr in LEVELS
        and isinstance(called.value, ast.Name)
        and called.value.id in {"log", "logger"}
    )


def test_no_field_of_a_log_line_is_dropped() -> None:
    assert [*fields_not_allowed()] == []
