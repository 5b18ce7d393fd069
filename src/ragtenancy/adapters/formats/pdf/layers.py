"""Layers of a page (optional content) that are switched off, told by drawing the page without them.

PDFium draws what a viewer shows, but its API does not say which layers are on: a layer without
which the page looks the same is not shown.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Mapping

import pypdfium2
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.native import INT, VOID, native

_MOST_LAYERS = 16
_MOST_PIXELS = 1_500.0
_NAME = 256
_count_marks = native("FPDFPageObj_CountMarks", INT, VOID)
_mark_at = native("FPDFPageObj_GetMark", VOID, VOID, ctypes.c_ulong)
_name_of = native("FPDFPageObjMark_GetName", INT, VOID, VOID, ctypes.c_ulong, VOID)
_text_of = native(
    "FPDFPageObjMark_GetParamStringValue", INT, VOID, VOID, VOID, ctypes.c_ulong, VOID
)


class Layers:
    """The objects of a page that are part of layers, by the layer's name."""

    def __init__(self) -> None:
        self.objects: defaultdict[str, set[int]] = defaultdict(set)
        self._buffer = ctypes.create_string_buffer(_NAME)
        self._length = ctypes.c_ulong()
        self._key = ctypes.create_string_buffer(b"Name")

    def add(self, item: int) -> str:
        """Return the layer of an object, empty if there is none, and keep the object."""
        for index in range(_count_marks(item)):
            mark = _mark_at(item, index)
            if self._read(_name_of, mark) == "OC":
                name = self._read(_text_of, mark, ctypes.addressof(self._key)) or "OC"
                self.objects[name].add(item)
                return name
        return ""

    def _read(self, read: object, mark: int, *key: int) -> str:
        place, length = ctypes.addressof(self._buffer), ctypes.addressof(self._length)
        if not read(mark, *key, place, _NAME, length):  # type: ignore[operator]
            return ""
        return self._buffer.raw[: self._length.value].decode("utf-16-le", "replace").rstrip("\0")


def layers_off(page: pypdfium2.PdfPage, objects: Mapping[str, set[int]]) -> set[str]:
    """Return the names of layers without whose text the page looks the same."""
    if not objects or len(objects) > _MOST_LAYERS:
        return set()
    whole = _drawn(page)
    return {name for name, items in objects.items() if _without(page, items) == whole}


def _without(page: pypdfium2.PdfPage, items: set[int]) -> bytes:
    typed = [ctypes.cast(item, raw.FPDF_PAGEOBJECT) for item in items]
    for item in typed:
        raw.FPDFPageObj_SetIsActive(item, 0)
    try:
        return _drawn(page)
    finally:
        for item in typed:
            raw.FPDFPageObj_SetIsActive(item, 1)


def _drawn(page: pypdfium2.PdfPage) -> bytes:
    scale = min(1.0, _MOST_PIXELS / max(page.get_size()))
    bitmap = page.render(scale=scale, may_draw_forms=False)
    try:
        return bytes(bitmap.buffer)
    finally:
        bitmap.close()
