"""Strings of PDFium: its functions fill a buffer of UTF-16 whose size they are asked for first."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from ragtenancy.domain.visible_text import visible_text

_LONGEST = 2 << 20


def string_of(function: Callable[..., Any], *arguments: object) -> str:
    """Return the visible text that a function writes; empty if there is none, or far too much."""
    size = int(function(*arguments, None, 0))
    if not 2 < size <= _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pointer = function.argtypes[len(arguments)]  # type: ignore[attr-defined]
    function(*arguments, ctypes.cast(buffer, pointer), size)
    return visible_text(buffer.raw[: size - 2].decode("utf-16-le", "replace"))
