from __future__ import annotations

from pathlib import Path

import pytest

from ragtenancy.adapters.formats.refusals import UNREADABLE

ERRORS = Path(__file__).parents[4] / "docs" / "errors.md"


@pytest.mark.parametrize("code", sorted(UNREADABLE))
def test_every_code_is_documented(code: str) -> None:
    assert f"| `{code}` |" in ERRORS.read_text("utf-8")
