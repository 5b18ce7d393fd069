"""Sheets of binary workbooks (.xlsb), record by record: [MS-XLSB] §2.4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ragtenancy.adapters.formats.marks import struck
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.xlsx.binary_records import Fields, records
from ragtenancy.adapters.formats.xlsx.number_formats import GENERAL, built_in, shown_text
from ragtenancy.adapters.formats.xlsx.quick_formats import shower
from ragtenancy.adapters.formats.xlsx.sheets import COLUMNS, ROWS, Sheet, SheetCell, Values
from ragtenancy.adapters.formats.xlsx.styles import PLAIN, Style
from ragtenancy.adapters.formats.xlsx.texts import Face, with_runs
from ragtenancy.domain.visible_text import visible_text

_ROW, _BLANK, _LAST_SHORT, _RICH = 0, 1, 18, 62
_FIRST_SHORT, _SHORTER_BY = 12, 11  # a short cell follows another, and does not name its column
_RK, _ERROR, _BOOLEAN, _REAL, _TEXT, _SHARED = 2, 3, 4, 5, 6, 7
_FIRST_FORMULA, _LAST_FORMULA = 8, 11
_OF_FORMULA = {8: _TEXT, 9: _REAL, 10: _BOOLEAN, 11: _ERROR}
_COLUMN, _DEFAULTS, _PANE, _MERGED, _LINK = 60, 485, 151, 176, 494
_FILTER, _TABLE, _DRAWING, _PROMPT, _HEADERS = 163, 661, 550, 64, 479
_RANGES = 50_000
_HEADER_TEXTS = 6
_IS_ZERO = 0x10
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


class BinarySheetReader:
    """Reads the part of one sheet into the same `Sheet` as that of an .xlsx file."""

    def __init__(self, values: Values, faces: Sequence[Face]) -> None:
        self._values = values
        self._faces = faces
        self._sheet = Sheet()
        self._row, self._column = -1, -1
        self._shows: dict[int, tuple[Style, Callable[[str], str]]] = {}
        self._others: dict[int, Callable[[Fields], None]] = {
            _ROW: self._begin_row,
            _COLUMN: self._read_column,
            _DEFAULTS: self._read_defaults,
            _PANE: self._read_pane,
            _MERGED: self._read_merged,
            _LINK: self._read_link,
            _FILTER: self._read_filter,
            _TABLE: self._read_table,
            _DRAWING: self._read_drawing,
            _PROMPT: self._read_prompt,
            _HEADERS: self._read_headers,
        }

    def read(self, data: bytes) -> Sheet:
        """Return the sheet; raises `UnreadableDocumentError`."""
        for kind, content in records(data):
            if _BLANK <= kind <= _LAST_SHORT or kind == _RICH:
                self._read_cell(kind, Fields(content))
            elif kind in self._others:
                self._others[kind](Fields(content))
        self._values.check(len(self._sheet.cells))
        self._values.cells += len(self._sheet.cells)
        return self._sheet

    def _begin_row(self, fields: Fields) -> None:
        row = fields.uint32()
        if row >= ROWS:
            raise unreadable("corrupt_document")
        self._row, self._column = row, -1
        fields.skip(4)
        height = fields.uint16()
        fields.skip(1)
        if fields.uint8() & _IS_ZERO or not height:
            self._sheet.hidden_rows.add(row)
        elif self._sheet.shown_rows is not None:
            self._sheet.shown_rows.add(row)
        self._values.check(len(self._sheet.cells))

    def _read_cell(self, kind: int, fields: Fields) -> None:
        is_short = _FIRST_SHORT <= kind <= _LAST_SHORT
        self._column = self._column + 1 if is_short else fields.uint32()
        if self._row < 0 or self._column >= COLUMNS:
            raise unreadable("corrupt_document")
        style, show = self._style(fields.uint24())
        fields.skip(1)
        kind = kind - _SHORTER_BY if is_short else _OF_FORMULA.get(kind, kind)
        is_number = kind in (_RK, _REAL)
        if is_number:
            number = fields.rk_number() if kind == _RK else fields.double()
            text = show(str(int(number)) if number.is_integer() else repr(number))
        else:
            text = self._text(kind, fields, style)
        text = text.strip()
        if text:
            self._values.characters += len(text)
            self._sheet.cells[self._row, self._column] = SheetCell(
                text=struck(text) if style.struck else text, style=style, is_number=is_number
            )
        else:
            self._sheet.invisible += is_number and style.code != GENERAL

    def _text(self, kind: int, fields: Fields, style: Style) -> str:
        if kind == _BOOLEAN:
            return "TRUE" if fields.uint8() else "FALSE"
        if kind == _ERROR:
            return _ERRORS.get(fields.uint8(), "#ERROR!")
        if kind == _SHARED:
            index = fields.uint32()
            text = self._values.texts[index] if index < len(self._values.texts) else ""
        elif kind in (_TEXT, _RICH):
            text = rich_text(fields, self._faces) if kind == _RICH else fields.text()
        else:
            return ""
        return shown_text(visible_text(text), style.code)

    def _style(self, index: int) -> tuple[Style, Callable[[str], str]]:
        """Return a style, and the function that shows numbers in it."""
        if index not in self._shows:
            styles = self._values.styles
            style = styles[index] if index < len(styles) else PLAIN
            self._shows[index] = style, shower(style.code, from_1904=self._values.from_1904)
        return self._shows[index]

    def _read_column(self, fields: Fields) -> None:
        first, last, width = fields.uint32(), fields.uint32(), fields.uint32()
        fields.skip(4)
        if (fields.uint16() & 1 or not width) and first < COLUMNS:
            self._sheet.hidden_columns.append((first, min(last, COLUMNS - 1)))

    def _read_defaults(self, fields: Fields) -> None:
        fields.skip(8)
        if fields.uint16() & 2:
            self._sheet.shown_rows = set()

    def _read_pane(self, fields: Fields) -> None:
        fields.skip(8)
        rows = fields.double()
        fields.skip(12)
        if fields.uint8() & 3 and 0 <= rows < ROWS:
            self._sheet.frozen_rows = int(rows)

    def _read_merged(self, fields: Fields) -> None:
        if len(self._sheet.merged) >= _RANGES:
            raise unreadable("too_many_cells", limit=_RANGES)
        self._sheet.merged.append(fields.area())

    def _read_link(self, fields: Fields) -> None:
        if len(self._sheet.links) < _RANGES:
            self._sheet.links.append((fields.area(), fields.text(), fields.text()))

    def _read_filter(self, _fields: Fields) -> None:
        self._sheet.is_filtered = True

    def _read_table(self, fields: Fields) -> None:
        self._sheet.tables.append(fields.text())

    def _read_drawing(self, fields: Fields) -> None:
        self._sheet.drawing = fields.text()

    def _read_prompt(self, fields: Fields) -> None:
        fields.skip(4)
        fields.skip(16 * fields.uint32())
        _title, _error, title, prompt = (fields.text() for _ in range(4))
        self._sheet.prompts += bool(title or prompt)

    def _read_headers(self, fields: Fields) -> None:
        fields.skip(2)
        self._sheet.headers += [fields.text() for _ in range(_HEADER_TEXTS)]


def rich_text(fields: Fields, faces: Sequence[Face]) -> str:
    """Return a `RichStr`: raised and struck out as the fonts of its runs say."""
    flags, text = fields.uint8(), fields.text()
    return with_runs(text, fields.runs(), faces) if flags & 1 else text


_FORMAT, _FONT, _FILL, _STYLE, _BEGIN_STYLES, _END_STYLES = 44, 43, 45, 47, 617, 618
_ALIGNMENTS = {1: "superscript", 2: "subscript"}
_BOLD = 700
_STRUCK = 8
_NO_FILL = (0, 17)  # none; 12.5 % grey, which the second fill of each file is
_GRADIENT = 40
_THEME = 3
_WHITE = b"\xff\xff\xff"


def read_faces_and_styles(data: bytes) -> tuple[Sequence[Face], Sequence[Style]]:
    """Return the fonts as far as they change text, and the styles of cells, by their indexes."""
    codes: dict[int, str] = {}
    fonts: list[tuple[Face, bool]] = []
    fills: list[bool] = []
    forms: list[tuple[int, int, int]] = []
    is_of_cells = False
    for kind, content in records(data):
        fields = Fields(content)
        if kind == _FORMAT:
            number = fields.uint16()
            codes[number] = fields.text()
        elif kind == _FONT:
            fonts.append(_font(fields))
        elif kind == _FILL:
            fills.append(_is_shaded(fields))
        elif kind in (_BEGIN_STYLES, _END_STYLES):
            is_of_cells = kind == _BEGIN_STYLES
        elif kind == _STYLE and is_of_cells:
            fields.skip(2)
            forms.append((fields.uint16(), fields.uint16(), fields.uint16()))
    return [face for face, _ in fonts], list(_styles(forms, codes, fonts, fills))


def _font(fields: Fields) -> tuple[Face, bool]:
    fields.skip(2)
    flags, weight, raised = fields.uint16(), fields.uint16(), fields.uint16()
    face = Face(alignment=_ALIGNMENTS.get(raised, ""), struck=bool(flags & _STRUCK))
    return face, weight >= _BOLD


def _is_shaded(fields: Fields) -> bool:
    pattern = fields.uint32()
    if pattern in _NO_FILL or pattern == _GRADIENT:
        return pattern == _GRADIENT
    kind, index, tint = fields.uint8() >> 1, fields.uint8(), fields.uint16()
    color = bytes(fields.uint8() for _ in range(3))
    is_background = kind == _THEME and index == 0 and not tint
    return color != _WHITE and not is_background


def _styles(
    forms: Sequence[tuple[int, int, int]],
    codes: dict[int, str],
    fonts: Sequence[tuple[Face, bool]],
    fills: Sequence[bool],
) -> Iterable[Style]:
    for number, font, fill in forms:
        face, bold = fonts[font] if font < len(fonts) else (Face(), False)
        yield Style(
            code=codes.get(number) or built_in(number),
            bold=bold,
            shaded=fill < len(fills) and fills[fill],
            struck=face.struck,
        )
