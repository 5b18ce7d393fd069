"""The cells of one sheet, read in a stream."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from xml.parsers import expat

from msgspec import Struct, field

from ragtenancy.adapters.formats.marks import struck
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.xlsx.formulas import (
    column_number,
    letters,
    link_of,
    moved,
    shown_formula,
)
from ragtenancy.adapters.formats.xlsx.number_formats import (
    GENERAL,
    shown_number,
    shown_text,
)
from ragtenancy.adapters.formats.xlsx.package import Package, is_on, number_of
from ragtenancy.adapters.formats.xlsx.quick_formats import shower
from ragtenancy.adapters.formats.xlsx.styles import PLAIN, Style
from ragtenancy.adapters.formats.xlsx.texts import RichText, unescaped
from ragtenancy.domain.visible_text import visible_text

CELLS = 500_000
TEXT = 100_000_000
COLUMNS, ROWS = 16_384, 1_048_576
_RANGES = 50_000
_HEADERS = (*("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"),)
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")
_DIGITS = "0123456789"
_PLAIN_KINDS = (None, "s", "n")


class SheetCell(Struct, gc=False):
    """A cell with content, as it is shown."""

    text: str
    style: Style = PLAIN
    is_number: bool = False
    link: str = ""


class Range(Struct, frozen=True, order=True):
    """A rectangle of cells, both ends included, counted from 0."""

    top: int
    left: int
    bottom: int
    right: int


class Sheet(Struct, kw_only=True):
    """What a sheet's part says; places are (row, column), counted from 0."""

    cells: dict[tuple[int, int], SheetCell] = field(default_factory=dict)
    merged: list[Range] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    shown_rows: set[int] | None = None
    is_filtered: bool = False
    frozen_rows: int = 0
    links: list[tuple[Range, str, str]] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    drawing: str = ""
    headers: list[str] = field(default_factory=list)
    prompts: int = 0
    without_value: int = 0
    invisible: int = 0
    pictures: int = 0

    def hides_row(self, row: int) -> bool:
        """Return whether a row is hidden."""
        return row in self.hidden_rows or (
            self.shown_rows is not None and row not in self.shown_rows
        )


def range_of(reference: str) -> Range | None:
    """Return the rectangle of a reference such as `A1:B2`."""
    ends = _PLACE.findall(reference.upper())
    if not ends:
        return None
    (left, top), (right, bottom) = ends[0], ends[-1]
    return Range(
        top=int(top) - 1,
        left=column_number(left),
        bottom=int(bottom) - 1,
        right=column_number(right),
    )


class Values(Struct, kw_only=True):
    """What the cells of all sheets refer to, and the bounds that they share."""

    texts: Sequence[str]
    styles: Sequence[Style]
    from_1904: bool = False
    is_recalculated: bool = False
    cells: int = 0
    characters: int = 0

    def check(self, cells: int) -> None:
        """Raise `UnreadableDocumentError` over the limits, with some more cells."""
        if self.cells + cells > CELLS:
            raise unreadable("too_many_cells", limit=CELLS)
        if self.characters > TEXT:
            raise unreadable("zip_bomb", limit=TEXT)


class SheetReader:
    """Reads the part of one sheet by events of expat, which is quicker than building trees.

    Methods named after elements handle their starts.
    """

    def __init__(self, values: Values) -> None:
        self._values = values
        self._sheet = Sheet()
        self._row, self._column, self._next = -1, -1, 0
        self._shared: dict[str, tuple[int, int, str]] = {}
        self._columns: dict[str, int] = {}
        self._shows: dict[str | None, tuple[Style, Callable[[str], str]]] = {}
        self._texts: list[str] = []
        self._attributes: Mapping[str, str] = {}
        self._formula_attributes: Mapping[str, str] | None = None
        self._value: str | None = None
        self._formula = ""
        self._rich: RichText | None = None

    def read(self, package: Package, part: str) -> Sheet:
        """Return the sheet; raises `UnreadableDocumentError`."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._root(parser)
        parser.CharacterDataHandler = self._texts.append
        try:
            for piece in package.counted(part):
                parser.Parse(piece)
            parser.Parse(b"", True)  # noqa: FBT003 - expat takes it by position
        except expat.ExpatError as error:
            raise unreadable("corrupt_document") from error
        self._values.check(len(self._sheet.cells))
        self._values.cells += len(self._sheet.cells)
        return self._sheet

    def _root(self, parser: expat.XMLParserType) -> Callable[[str, dict[str, str]], None]:
        """Return the handler of the root, whose prefix is that of all elements."""

        def root(name: str, _attributes: dict[str, str]) -> None:
            prefix = name[: name.find(":") + 1]
            starts = {f"{prefix}{tag}": handler for tag, handler in self._starts().items()}
            ends = {f"{prefix}{tag}": handler for tag, handler in self._ends().items()}
            cell, value, texts = f"{prefix}c", f"{prefix}v", self._texts

            # Cells and values are most of a sheet; further calls would cost a third more.
            def start(name: str, attributes: dict[str, str]) -> None:
                if name == value:
                    texts.clear()
                elif name == cell:
                    self._attributes = attributes
                    self._value = self._formula_attributes = self._rich = None
                elif name in starts:
                    starts[name](attributes)

            def end(name: str) -> None:
                if name == value:
                    self._value = "".join(texts)
                elif name in ends:
                    ends[name]()

            parser.StartElementHandler, parser.EndElementHandler = start, end

        return root

    def _starts(self) -> Mapping[str, Callable[[Mapping[str, str]], None]]:
        return {
            "f": self._f,
            "row": self._row_start,
            "is": self._is,
            "r": self._r,
            "t": self._t,
            "rPh": self._rPh,
            "strike": self._strike,
            "vertAlign": self._vertAlign,
            "col": self._col,
            "sheetFormatPr": self._sheetFormatPr,
            "pane": self._pane,
            "mergeCell": self._mergeCell,
            "hyperlink": self._hyperlink,
            "filterColumn": self._filterColumn,
            "tablePart": self._tablePart,
            "drawing": self._drawing,
            "dataValidation": self._dataValidation,
            **dict.fromkeys(_HEADERS, self._t),
        }

    def _ends(self) -> Mapping[str, Callable[[], None]]:
        return {
            "c": self._end_c,
            "f": self._end_f,
            "t": self._end_t,
            "rPh": self._end_rPh,
            **dict.fromkeys(_HEADERS, self._end_header),
        }

    def _col(self, attributes: Mapping[str, str]) -> None:
        if is_on(attributes.get("hidden")) or attributes.get("width") in ("0", "0.0"):
            first, last = number_of(attributes.get("min"), 1), number_of(attributes.get("max"), 1)
            self._sheet.hidden_columns.append((first - 1, min(last, COLUMNS) - 1))

    def _sheetFormatPr(self, attributes: Mapping[str, str]) -> None:  # noqa: N802
        if is_on(attributes.get("zeroHeight")):
            self._sheet.shown_rows = set()

    def _pane(self, attributes: Mapping[str, str]) -> None:
        if attributes.get("state", "").startswith("frozen"):
            self._sheet.frozen_rows = number_of(attributes.get("ySplit", "0").partition(".")[0])

    def _row_start(self, attributes: Mapping[str, str]) -> None:
        number = number_of(attributes.get("r"), self._row + 2)
        if not 1 <= number <= ROWS:
            raise unreadable("corrupt_document")
        self._row, self._column = number - 1, -1
        if is_on(attributes.get("hidden")) or attributes.get("ht") == "0":
            self._sheet.hidden_rows.add(self._row)
        elif self._sheet.shown_rows is not None:
            self._sheet.shown_rows.add(self._row)
        self._values.check(len(self._sheet.cells))

    def _named(self, name: str, default: int) -> int:
        found = re.fullmatch(r"[A-Z]{1,3}", name)
        column = column_number(name) if found else default
        if column >= COLUMNS:
            raise unreadable("corrupt_document")
        if found:
            self._columns[name] = column
        return column

    def _f(self, attributes: Mapping[str, str]) -> None:
        self._texts.clear()
        self._formula_attributes = attributes

    def _is(self, _attributes: Mapping[str, str]) -> None:
        self._rich = RichText()

    def _r(self, _attributes: Mapping[str, str]) -> None:
        if self._rich is not None:
            self._rich.begin()

    def _t(self, _attributes: Mapping[str, str]) -> None:
        self._texts.clear()

    def _strike(self, attributes: Mapping[str, str]) -> None:
        if self._rich is not None:
            self._rich.struck = attributes.get("val", "1") not in ("0", "false")

    def _vertAlign(self, attributes: Mapping[str, str]) -> None:  # noqa: N802
        if self._rich is not None:
            self._rich.alignment = attributes.get("val", "")

    def _rPh(self, _attributes: Mapping[str, str]) -> None:  # noqa: N802
        if self._rich is not None:
            self._rich.is_guide = True

    def _end_f(self) -> None:
        self._formula = "".join(self._texts)

    def _end_t(self) -> None:
        if self._rich is not None:
            self._rich.add(unescaped("".join(self._texts)))

    def _end_rPh(self) -> None:  # noqa: N802
        if self._rich is not None:
            self._rich.is_guide = False

    def _end_c(self) -> None:
        attributes, value = self._attributes, self._value
        name = attributes.get("r", "").rstrip(_DIGITS)
        columns = self._columns
        self._column = columns[name] if name in columns else self._named(name, self._column + 1)
        kind, index = attributes.get("t"), attributes.get("s")
        shows = self._shows
        style, show = shows[index] if index in shows else self._style(index)
        text = ""
        # The usual cell holds a number or a shared text and nothing else.
        if value and kind in _PLAIN_KINDS and self._formula_attributes is None and not style.struck:
            if kind != "s":
                text = show(value)
            elif style.code == GENERAL:
                text = self._shared_text(value)
        cell = SheetCell(text, style, kind != "s") if text else self._other()
        if cell is not None:
            self._values.characters += len(cell.text)
            self._sheet.cells[self._row, self._column] = cell

    def _other(self) -> SheetCell | None:
        attributes, value = self._attributes, self._value
        if value is None and self._formula_attributes is None and self._rich is None:
            return None
        kind = attributes.get("t", "n")
        cell = SheetCell(text="", style=self._style(attributes.get("s"))[0])
        if self._rich is not None:
            cell.text = shown_text(self._rich.text(), cell.style.code)
        elif self._formula_attributes is not None:
            self._with_formula(cell, self._formula_attributes, value, kind)
        else:
            self._with_value(cell, value or "", kind)
        if attributes.get("vm") and kind == "e" and value == "#VALUE!":
            self._sheet.pictures += 1
            return None
        return self._kept(cell, has_value=bool(value))

    def _kept(self, cell: SheetCell, *, has_value: bool) -> SheetCell | None:
        cell.text = cell.text.strip()
        if not cell.text:
            self._sheet.invisible += has_value and cell.is_number and cell.style.code != GENERAL
            return None
        if cell.style.struck:
            cell.text = struck(cell.text)
        return cell

    def _style(self, index: str | None) -> tuple[Style, Callable[[str], str]]:
        """Return a style, and the function that shows numbers in it."""
        found = self._shows.get(index)
        if found is None:
            number = number_of(index)
            styles = self._values.styles
            style = styles[number] if number < len(styles) else PLAIN
            found = style, shower(style.code, from_1904=self._values.from_1904)
            self._shows[index] = found
        return found

    def _with_value(self, cell: SheetCell, value: str, kind: str) -> None:
        if kind == "s":
            cell.text = shown_text(self._shared_text(value), cell.style.code)
        elif kind == "n":
            cell.is_number = True
            cell.text = shower(cell.style.code, from_1904=self._values.from_1904)(value)
        elif kind == "b":
            cell.text = "TRUE" if value.strip() == "1" else "FALSE"
        elif kind == "d":
            cell.is_number = True
            cell.text = self._date(value, cell.style.code)
        else:
            cell.text = shown_text(visible_text(unescaped(value)), cell.style.code)

    def _shared_text(self, index: str) -> str:
        texts = self._values.texts
        number = (
            int(index) if index.isdecimal() and len(index) < 10 else number_of(index.strip(), -1)
        )
        return texts[number] if 0 <= number < len(texts) else ""

    def _date(self, value: str, code: str) -> str:
        try:
            moment = dt.datetime.fromisoformat(value.strip().removesuffix("Z")).replace(tzinfo=None)
        except ValueError:
            return visible_text(value)
        if code == GENERAL:
            return moment.isoformat(sep=" ") if moment.time() != dt.time() else f"{moment:%Y-%m-%d}"
        days = moment - dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells have no time zone
        return shown_number(Decimal(days.days) + Decimal(days.seconds) / 86_400, code)

    def _with_formula(
        self, cell: SheetCell, attributes: Mapping[str, str], value: str | None, kind: str
    ) -> None:
        text = self._formula_text(attributes)
        cell.link, words = link_of(text)
        is_placeholder = self._values.is_recalculated and kind == "n" and value == "0"
        if (value or kind == "str") and not is_placeholder:
            self._with_value(cell, value or "", kind)
            return
        cell.text = words or shown_formula(text)
        self._sheet.without_value += not words

    def _formula_text(self, attributes: Mapping[str, str]) -> str:
        """Return a cell's formula; all but the first cell of a shared one only name it."""
        text, index = self._formula, attributes.get("si")
        if attributes.get("t") != "shared" or index is None:
            return text
        if text:
            self._shared.setdefault(index, (self._row, self._column, text))
            return text
        row, column, shared = self._shared.get(index, (self._row, self._column, ""))
        return moved(shared, self._row - row, self._column - column)

    def _mergeCell(self, attributes: Mapping[str, str]) -> None:  # noqa: N802
        found = range_of(attributes.get("ref", ""))
        if len(self._sheet.merged) >= _RANGES:
            raise unreadable("too_many_cells", limit=_RANGES)
        if found is not None:
            self._sheet.merged.append(found)

    def _hyperlink(self, attributes: Mapping[str, str]) -> None:
        found = range_of(attributes.get("ref", ""))
        if found is not None and len(self._sheet.links) < _RANGES:
            location = attributes.get("location", "")
            self._sheet.links.append((found, _id_of(attributes), location))

    def _filterColumn(self, _attributes: Mapping[str, str]) -> None:  # noqa: N802
        self._sheet.is_filtered = True

    def _tablePart(self, attributes: Mapping[str, str]) -> None:  # noqa: N802
        self._sheet.tables.append(_id_of(attributes))

    def _drawing(self, attributes: Mapping[str, str]) -> None:
        self._sheet.drawing = _id_of(attributes)

    def _dataValidation(self, attributes: Mapping[str, str]) -> None:  # noqa: N802
        self._sheet.prompts += bool(attributes.get("prompt") or attributes.get("promptTitle"))

    def _end_header(self) -> None:
        if len(self._sheet.headers) < len(_HEADERS):
            self._sheet.headers.append("".join(self._texts))


def _id_of(attributes: Mapping[str, str]) -> str:
    """Return the id of a relationship, whatever its prefix."""
    return next((value for name, value in attributes.items() if name.endswith(":id")), "")


def _refuse_doctype(*_declaration: object) -> None:
    raise unreadable("dtd")


def place_name(row: int, column: int) -> str:
    """Return a place as `B7`."""
    return f"{letters(column)}{row + 1}"
