"""The values of a filled form's fields, and the labels beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import pypdfium2
from msgspec import Struct, structs
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.drawings import Box, turned_box
from ragtenancy.adapters.formats.pdf.native import string_of
from ragtenancy.adapters.formats.unread import Unread

_HIDDEN = raw.FPDF_ANNOT_FLAG_INVISIBLE | raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_PASSWORD = 1 << 13
_XFA = (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND)
_CHOICES = (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)
_BUTTONS = (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
_TICKED: Mapping[bool, str] = {True: "☒", False: "☐"}
_INDEX = re.compile(r"\[\d+\]")
_FIELDS_OF_A_PAGE = 5_000
_FARTHEST_ASIDE = 300.0
_FARTHEST_ABOVE = 14.0
_ADJOINING = 12.0
_ALIGNED = 4.0
_TOUCHING = 2.0
_BAND = 16
_BANDS = 200


class Placed(Protocol):
    """Text at its place on a page, in points from the lower left corner."""

    @property
    def text(self) -> str: ...
    @property
    def left(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def bottom(self) -> float: ...
    @property
    def top(self) -> float: ...


class Field(Struct, frozen=True, kw_only=True):
    """A field at its place; `text` is its value, empty if nothing is filled in.

    `name` is what it is called inside the file. A button's text is ☒ or ☐, its name what it stands
    for.
    """

    text: str
    name: str
    left: float
    right: float
    bottom: float
    top: float
    is_button: bool = False


class Value(Struct, frozen=True, kw_only=True):
    """A field's value beside its label.

    `label` is the label's index among the texts of the page, None without one: then `text` begins
    with the field's name. `before` tells that the value precedes the label.
    """

    text: str
    field: Field
    label: int | None = None
    before: bool = False


class Form:
    """The form of a document, if it has one."""

    def __init__(self, document: pypdfium2.PdfDocument, unread: Unread) -> None:
        self._unread = unread
        kind = document.get_formtype()
        if kind in _XFA:
            unread.add("XFA form", "XFA forms")
        if kind != raw.FORMTYPE_NONE:
            document.init_forms()
        self._environment = document.formenv

    def fields_of(self, page: pypdfium2.PdfPage, turn: int) -> list[Field]:
        """Return the visible fields of a page, in the order of the file and the frame of a turn."""
        if self._environment is None:
            return []
        return [_turned(field, turn) for field in self._fields(page, self._environment.raw)]

    def _fields(self, page: pypdfium2.PdfPage, form: object) -> Iterator[Field]:
        for index in range(min(raw.FPDFPage_GetAnnotCount(page), _FIELDS_OF_A_PAGE)):
            annotation = raw.FPDFPage_GetAnnot(page, index)
            try:
                if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET:
                    yield from self._field(annotation, form)
            finally:
                raw.FPDFPage_CloseAnnot(annotation)

    def _field(self, annotation: object, form: object) -> Iterator[Field]:
        kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
        text = _value(annotation, form, kind)
        if raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
            filled = bool(text) and text != _TICKED[False]
            self._unread.add("hidden form field", "hidden form fields", "left out", filled)
        elif kind == raw.FPDF_FORMFIELD_PUSHBUTTON:
            self._unread.add("button of a form", "buttons of a form")
        elif kind == raw.FPDF_FORMFIELD_SIGNATURE:
            is_signed = raw.FPDFAnnot_HasKey(annotation, b"V") == 1
            self._unread.add("signature", "signatures", "not read", is_signed)
        elif raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD and kind not in _BUTTONS:
            self._unread.add("password field", "password fields", "left out", bool(text))
        elif kind != raw.FPDF_FORMFIELD_UNKNOWN:
            unclear = kind == raw.FPDF_FORMFIELD_COMBOBOX and not text
            chosen = unclear and any(_chosen(annotation, form))
            self._unread.add("unclear choice in a list", "unclear choices in lists", count=chosen)
            yield _at_its_place(annotation, form, kind, text)


def _turned(field: Field, turn: int) -> Field:
    box = turned_box(Box(field.left, field.bottom, field.right, field.top), turn)
    return structs.replace(field, left=box.left, right=box.right, bottom=box.bottom, top=box.top)


def _value(annotation: object, form: object, kind: int) -> str:
    if kind in _BUTTONS:
        return _TICKED[_is_ticked(annotation, form)]
    chosen = list(_chosen(annotation, form)) if kind in _CHOICES else []
    text = " ".join(string_of(raw.FPDFAnnot_GetFormFieldValue, form, annotation).split())
    is_told = len(chosen) == 1 or (chosen and kind == raw.FPDF_FORMFIELD_LISTBOX)
    return ", ".join(chosen) if is_told else text


def _is_ticked(annotation: object, form: object) -> bool:
    """Return whether a button is on; LibreOffice names states that it does not draw."""
    state = string_of(raw.FPDFAnnot_GetStringValue, annotation, b"AS")
    return raw.FPDFAnnot_IsChecked(form, annotation) == 1 or state not in ("", "Off")


def _chosen(annotation: object, form: object) -> Iterator[str]:
    for index in range(raw.FPDFAnnot_GetOptionCount(form, annotation)):
        if raw.FPDFAnnot_IsOptionSelected(form, annotation, index):
            yield string_of(raw.FPDFAnnot_GetOptionLabel, form, annotation, index)


def _at_its_place(annotation: object, form: object, kind: int, text: str) -> Field:
    rectangle = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, rectangle)
    return Field(
        text=text,
        name=_name(annotation, form, kind),
        left=min(rectangle.left, rectangle.right),
        right=max(rectangle.left, rectangle.right),
        bottom=min(rectangle.bottom, rectangle.top),
        top=max(rectangle.bottom, rectangle.top),
        is_button=kind in _BUTTONS,
    )


def _name(annotation: object, form: object, kind: int) -> str:
    """Return the name shown to readers, else the last part of the field's own."""
    shown = string_of(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    own = string_of(raw.FPDFAnnot_GetFormFieldName, form, annotation).rpartition(".")[2]
    name = shown or _INDEX.sub("", own)
    if kind != raw.FPDF_FORMFIELD_RADIOBUTTON:
        return name
    return f"{name}: {string_of(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation)}"


def beside(label: str, value: Value) -> str:
    """Return a label with its value."""
    if value.before:
        return f"{value.text} {label}"
    is_bare = label[-1:].isalnum() and not value.field.is_button
    return f"{label}{':' if is_bare else ''} {value.text}"


def labelled(fields: Sequence[Field], texts: Sequence[Placed]) -> list[Value]:
    """Return the filled fields with their labels among the texts of their page.

    A label stands to the left of its field, or to the right of a button, or above, or below a
    button; nothing else stands between the two. Fields in rows and columns are cells of a table and have none. An empty
    box without a label is left out.
    """
    near = _Near(fields, texts)
    return [value for field in fields if field.text and (value := _value_of(field, near))]


def _value_of(field: Field, near: _Near) -> Value | None:
    if near.is_cell(field) and not field.is_button:
        return Value(text=field.text, field=field)
    label, before = near.label(field)
    if label is not None:
        return Value(text=field.text, field=field, label=label, before=before)
    if field.text == _TICKED[False]:
        return None
    return Value(text=_with_name(field), field=field)


def _with_name(field: Field) -> str:
    if not field.name:
        return field.text
    return f"{field.text} {field.name}" if field.is_button else f"{field.name}: {field.text}"


class _Near:
    """The texts and fields of a page by their height, to find what is next to a field."""

    def __init__(self, fields: Sequence[Field], texts: Sequence[Placed]) -> None:
        self._texts = texts
        self._bands: dict[int, list[tuple[int, Placed]]] = {}
        for index, item in [*enumerate(texts), *((-1, field) for field in fields)]:
            for band in range(int(item.bottom // _BAND), int(item.top // _BAND) + 1)[:_BANDS]:
                self._bands.setdefault(band, []).append((index, item))

    def _around(self, field: Field, above: float = 0) -> Iterator[tuple[int, Placed]]:
        first, last = int(field.bottom // _BAND), int((field.top + above) // _BAND)
        for band in range(first, last + 1)[:_BANDS]:
            yield from (each for each in self._bands.get(band, ()) if each[1] is not field)

    def label(self, field: Field) -> tuple[int | None, bool]:
        """Return the index of a field's label, and whether the field precedes it."""
        left = _nearest((_gap_left(field, item), index) for index, item in self._around(field))
        if field.is_button:
            right = _nearest(
                (_gap_right(field, item), index) for index, item in self._around(field)
            )
            if right is not None and (left is None or right[0] <= left[0]):
                return right[1], True
            if left is None:
                return self._label_below(field)
        elif left is None:
            around = self._around(field, _FARTHEST_ABOVE)
            left = _nearest((_gap_above(field, item), index) for index, item in around)
        return (None if left is None else left[1]), False

    def _label_below(self, button: Field) -> tuple[int | None, bool]:
        lower = structs.replace(button, bottom=button.bottom - _FARTHEST_ABOVE)
        below = _nearest((_gap_below(button, item), index) for index, item in self._around(lower))
        return (None if below is None else below[1]), True

    def is_cell(self, field: Field) -> bool:
        """Return whether other fields adjoin a field both in its row and in its column."""
        others = [item for index, item in self._around(field, _ADJOINING) if index < 0]
        below = structs.replace(field, bottom=field.bottom - _ADJOINING - 1)
        others += [item for index, item in self._around(below) if index < 0]
        return any(_is_in_row(field, item) for item in others) and any(
            _is_in_column(field, item) for item in others
        )


def _nearest(found: Iterable[tuple[float | None, int]]) -> tuple[float, int] | None:
    """Return the nearest text, None if there is none or a field is nearer."""
    nearest = min(((away, -index) for away, index in found if away is not None), default=None)
    return None if nearest is None or nearest[1] > 0 else (nearest[0], -nearest[1])


def _gap_left(field: Field, item: Placed) -> float | None:
    """Return how far to the left of a field something stands, None if it does not."""
    if not _share_row(field, item) or item.left >= field.left - _TOUCHING:
        return None
    away = max(field.left - item.right, 0.0)
    return away if away <= _FARTHEST_ASIDE else None


def _gap_right(field: Field, item: Placed) -> float | None:
    if not _share_row(field, item) or item.left < field.right - _TOUCHING:
        return None
    away = item.left - field.right
    return away if away <= _FARTHEST_ASIDE else None


def _gap_above(field: Field, item: Placed) -> float | None:
    is_above = item.left < field.right and item.right > field.left and item.bottom > field.bottom
    away = round(max(item.bottom - field.top, 0.0))
    return away if is_above and item.top > field.top and away <= _FARTHEST_ABOVE else None


def _gap_below(field: Field, item: Placed) -> float | None:
    is_below = abs(item.left - field.left) < _ALIGNED and item.top < field.top
    away = round(max(field.bottom - item.top, 0.0))
    return away if is_below and away <= _FARTHEST_ABOVE else None


def _share_row(field: Field, item: Placed) -> bool:
    shared = min(field.top, item.top) - max(field.bottom, item.bottom)
    return shared >= 0.5 * min(item.top - item.bottom, field.top - field.bottom)


def _is_in_row(field: Field, other: Placed) -> bool:
    aside = max(other.left - field.right, field.left - other.right)
    aligned = abs(field.bottom - other.bottom) + abs(field.top - other.top)
    return aligned < _ALIGNED and -_ALIGNED < aside < _ADJOINING


def _is_in_column(field: Field, other: Placed) -> bool:
    apart = max(other.bottom - field.top, field.bottom - other.top)
    aligned = abs(field.left - other.left) + abs(field.right - other.right)
    return aligned < _ALIGNED and -_ALIGNED < apart < _ADJOINING
