"""PDFium through ctypes: functions called with plain addresses, and the strings they write."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from pypdfium2 import raw

from ragtenancy.domain.visible_text import visible_text

VOID, INT = ctypes.c_void_p, ctypes.c_int
_LONGEST = 2 << 20


def native(name: str, result: object, *arguments: object) -> Callable[..., Any]:
    """Return a function of PDFium, at half the cost of a typed call; `VOID` is any pointer."""
    address = ctypes.cast(getattr(raw, name), VOID).value
    return ctypes.CFUNCTYPE(result, *arguments)(address)  # type: ignore[arg-type]


def string_of(function: Callable[..., Any], *arguments: object) -> str:
    """Return the visible text that a function writes; empty if there is none, or far too much.

    The function fills a buffer of UTF-16, whose size it is asked for first.
    """
    size = int(function(*arguments, None, 0))
    if not 2 < size <= _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pointer = function.argtypes[len(arguments)]  # type: ignore[attr-defined]
    function(*arguments, ctypes.cast(buffer, pointer), size)
    return visible_text(buffer.raw[: size - 2].decode("utf-16-le", "replace"))
