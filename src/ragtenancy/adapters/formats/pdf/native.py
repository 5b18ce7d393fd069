"""Functions of PDFium called with plain addresses, at half the cost of a typed call."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from pypdfium2 import raw

VOID, INT = ctypes.c_void_p, ctypes.c_int


def native(name: str, result: object, *arguments: object) -> Callable[..., Any]:
    """Return a function of PDFium's; `VOID` stands for every pointer."""
    address = ctypes.cast(getattr(raw, name), VOID).value
    return ctypes.CFUNCTYPE(result, *arguments)(address)  # type: ignore[arg-type]
