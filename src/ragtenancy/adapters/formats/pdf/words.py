"""Words of a page with their places, fonts and sizes, as PDFium draws them."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import atan2, hypot, pi

import pypdfium2
from msgspec import Struct
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.layers import Layers, layers_off
from ragtenancy.adapters.formats.pdf.native import INT as _INT
from ragtenancy.adapters.formats.pdf.native import VOID as _VOID
from ragtenancy.adapters.formats.pdf.native import native
from ragtenancy.adapters.formats.symbol_fonts import in_font, symbol
from ragtenancy.domain.visible_text import visible

CHARACTERS = 100_000
"""Characters read of one page; the rest is counted as a warning."""

_TOKEN = re.compile(r"[^\s\x02\ufffe\x00]+[\x02\ufffe]?")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_DIVIDED = "\x02\ufffe\xad"
_MIXED = re.compile(r"[\d*†‡§¶](?<=..)|\d(?=[^\d.,])")
_BULLETS = str.maketrans(
    {"\uf0b7": "•", "\uf0a7": "▪", "\uf0fc": "✓", "\uf0d8": "➢", "\uf076": "❖"}
)
_PRIVATE_USE = re.compile("[\uf000-\uf0ff]")
_BOLD = re.compile(r"bold|black|heavy|cmbx|medi\b", re.IGNORECASE)
_FORCED_BOLD = 1 << 18
_BOLD_WEIGHT = 600
_INVISIBLE = raw.FPDF_TEXTRENDERMODE_INVISIBLE
_OUTLINED = (raw.FPDF_TEXTRENDERMODE_STROKE, raw.FPDF_TEXTRENDERMODE_FILL_STROKE)
_WHITE = 250
_TINY = 1.6
_INNER_GAP = 0.9
_LAYER = "layer "


class Word(Struct, kw_only=True, gc=False):
    """A word in a frame in which its letters stand upright; lengths in points, `y` upwards.

    `base` is its baseline, `size` the height of its type. `turn` counts quarter turns to the left
    on the page. `doubt` says why a person may not see it: `white`, `tiny`, `unpainted`, `layer`
    (switched off), or nothing. `struck` is the part of its text through which a line is drawn.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool = False
    doubt: str = ""
    turn: int = 0
    struck: str = ""

    @property
    def top(self) -> float:
        """The height of its capitals, about."""
        return self.base + 0.75 * self.size

    @property
    def bottom(self) -> float:
        """The depth of its letters, about."""
        return self.base - 0.22 * self.size

    @property
    def middle(self) -> float:
        """Its centre across."""
        return (self.left + self.right) / 2


class _Style(Struct, frozen=True, gc=False):
    """The type of a run of text; `turn` counts quarter turns to the left."""

    size: float
    turn: int = 0
    font: str = ""
    bold: bool = False
    doubt: str = ""


_PLAIN = _Style(10.0)


_loose_box = native("FPDFText_GetLooseCharBox", _INT, _VOID, _INT, _VOID)
_origin = native("FPDFText_GetCharOrigin", _INT, _VOID, _INT, _VOID, _VOID)
_matrix = native("FPDFText_GetMatrix", _INT, _VOID, _INT, _VOID)
_font_size = native("FPDFText_GetFontSize", ctypes.c_double, _VOID, _INT)
_text_object = native("FPDFText_GetTextObject", _VOID, _VOID, _INT)
_fill_colour = native("FPDFText_GetFillColor", _INT, _VOID, _INT, _VOID, _VOID, _VOID, _VOID)
_font_of = native("FPDFTextObj_GetFont", _VOID, _VOID)
_render_mode = native("FPDFTextObj_GetTextRenderMode", _INT, _VOID)
_is_generated = native("FPDFText_IsGenerated", _INT, _VOID, _INT)


def words_of(page: pypdfium2.PdfPage) -> tuple[list[Word], int]:
    """Return the words of a page in the order of the file, and the count of characters not read."""
    text_page = page.get_textpage()
    try:
        reading = _Reading(text_page)
        words = list(reading.words())
    finally:
        text_page.close()
    off = layers_off(page, reading.layers.objects)
    for word in words:
        if word.doubt.startswith(_LAYER):
            word.doubt = "layer" if word.doubt.removeprefix(_LAYER) in off else ""
    return words, reading.left_out


class _Reading:
    """One page of text while it is read; the buffers are PDFium's to fill."""

    def __init__(self, text_page: pypdfium2.PdfTextPage) -> None:
        self._raw = text_page.raw
        self._page = ctypes.cast(text_page.raw, _VOID).value
        count = max(0, text_page.count_chars())
        self.left_out = max(0, count - CHARACTERS)
        self._text = _characters(self._raw, min(count, CHARACTERS))
        self._floats = (ctypes.c_float * 6)()
        self._buffer = ctypes.addressof(self._floats)
        self._doubles = (ctypes.c_double * 4)()
        self._colour = (ctypes.c_uint * 4)()
        start = ctypes.addressof(self._doubles)
        self._places = tuple(start + 8 * index for index in range(4))
        start = ctypes.addressof(self._colour)
        self._colours = tuple(start + 4 * index for index in range(4))
        self._fonts: dict[int, tuple[str, bool]] = {}
        self._styled: tuple[int, _Style] = (0, _PLAIN)
        self.layers = Layers()

    def words(self) -> Iterator[Word]:
        """Yield the words, each of one size on one baseline."""
        before: Word | None = None
        for found in _TOKEN.finditer(self._text):
            for word in self._token(found.start(), found.end()):
                if before is not None and self._goes_on(before, word, found.start()):
                    before.text += word.text
                    before.right = max(before.right, word.right)
                    continue
                if before is not None:
                    yield before
                before = word
        if before is not None:
            yield before

    def _goes_on(self, before: Word, word: Word, start: int) -> bool:
        """Return whether only kerning parts two words, at a space that PDFium guessed."""
        if before.turn != word.turn or abs(before.base - word.base) > 0.01 * word.size:
            return False
        if not -0.3 * word.size < word.left - before.right < 0.07 * word.size:
            return False
        parted = start > 0 and self._text[start - 1] == " "
        return parted and bool(_is_generated(self._page, start - 1) == 1)

    def _token(self, start: int, end: int) -> Iterator[Word]:
        """Yield the words of a run without space, parted where size, baseline or place change."""
        item = _text_object(self._page, start)
        style = self._style_of(item, start)
        place = self._origin(start, style.turn)
        right = self._right(end - 1, style.turn)
        if right < place[0] and RIGHT_TO_LEFT.match(self._text, start):
            outer = self._right(start, style.turn)
            place = (self._origin(end - 1, style.turn)[0], place[1])
            yield self._word(start, end, style, place, outer)
            return
        if right - place[0] < 1.2 * style.size * (end - start):
            alike = end - start == 1 or _text_object(self._page, end - 1) == item
            if alike or self._ends_alike(start, end, style, place):
                yield self._word(start, end, style, place, right)
                return
        yield from self._parted(start, end)

    def _ends_alike(self, start: int, end: int, first: _Style, place: tuple[float, float]) -> bool:
        """Return whether a run drawn in pieces is of one size on one baseline."""
        last = self._style(end - 1)
        if last.turn != first.turn or abs(last.size - first.size) > 0.1:
            return False
        x, y = self._origin(end - 1, last.turn)
        level = abs(y - place[1]) < 0.04 * first.size and x >= place[0]
        return level and not _MIXED.search(self._text, start, end)

    def _parted(self, start: int, end: int) -> Iterator[Word]:
        begun, style = start, self._style(start)
        place = self._origin(start, style.turn)
        last, right = place[0], self._right(start, style.turn)
        for index in range(start + 1, end):
            here = self._style(index)
            x, y = self._origin(index, here.turn)
            moved = abs(y - place[1]) > 0.06 * style.size or abs(here.size - style.size) > 0.1
            back = x < last - 0.1 and x - right <= -0.6 * style.size
            far = back or x - right >= _INNER_GAP * style.size
            if moved or far or here.turn != style.turn:
                yield self._word(begun, index, style, place, right)
                begun, style, place = index, here, (x, y)
            last, right = x, self._right(index, here.turn)
        yield self._word(begun, end, style, place, right)

    def _origin(self, index: int, turn: int) -> tuple[float, float]:
        _origin(self._page, index, self._places[0], self._places[1])
        x, y = self._doubles[:2]
        return turned(x, y, turn) if turn else (x, y)

    def _right(self, index: int, turn: int) -> float:
        """Return where a character ends."""
        floats = self._floats
        _loose_box(self._page, index, self._buffer)
        left, top, right, bottom = floats[:4]
        if not turn:
            return right
        return max(turned(left, bottom, turn)[0], turned(right, top, turn)[0])

    def _word(
        self, start: int, end: int, style: _Style, place: tuple[float, float], right: float
    ) -> Word:
        return Word(
            text=_shown(self._text[start:end], style.font),
            left=place[0],
            right=max(place[0], right),
            base=place[1],
            size=style.size,
            bold=style.bold,
            doubt=style.doubt,
            turn=style.turn,
        )

    def _style(self, index: int) -> _Style:
        return self._style_of(_text_object(self._page, index), index)

    def _style_of(self, item: int | None, index: int) -> _Style:
        """Return the type of a text object, which begins or goes on at a character."""
        if not item or item == self._styled[0]:
            return self._styled[1]
        _matrix(self._page, index, self._buffer)
        a, b, c, d = self._floats[:4]
        size = (hypot(c, d) if b or c else abs(d)) * _font_size(self._page, index)
        font, bold = self._font(_font_of(item))
        mode = _render_mode(item)
        doubt = "unpainted" if mode == _INVISIBLE else ""
        if not doubt and mode not in _OUTLINED:
            doubt = self._paleness(index)
        style = _Style(
            size=size if 0.01 < size < 5_000 else 10.0,
            turn=round(atan2(b, a) / (pi / 2)) % 4 if b or a < 0 else 0,
            font=font,
            bold=bold or mode == raw.FPDF_TEXTRENDERMODE_FILL_STROKE,
            doubt=doubt or ("tiny" if size < _TINY else self._layer(item)),
        )
        self._styled = (item, style)
        return style

    def _layer(self, item: int) -> str:
        name = self.layers.add(item)
        return _LAYER + name if name else ""

    def _paleness(self, index: int) -> str:
        if not _fill_colour(self._page, index, *self._colours):
            return ""
        red, green, blue, alpha = self._colour
        if alpha == 0:
            return "unpainted"
        return "white" if min(red, green, blue) >= _WHITE else ""

    def _font(self, handle: int | None) -> tuple[str, bool]:
        if not handle:
            return "", False
        if handle not in self._fonts:
            typed = ctypes.cast(handle, raw.FPDF_FONT)
            name = ctypes.create_string_buffer(128)
            raw.FPDFFont_GetBaseFontName(typed, name, len(name))
            family = name.value.decode("latin-1")
            heavy = raw.FPDFFont_GetWeight(typed) >= _BOLD_WEIGHT
            forced = raw.FPDFFont_GetFlags(typed) & _FORCED_BOLD
            bold = bool(_BOLD.search(family) or heavy or forced > 0)
            self._fonts[handle] = (_symbol_font(family), bold)
        return self._fonts[handle]


def _characters(page: object, count: int) -> str:
    """Return one character per position of the page, so that positions can be looked up."""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = raw.FPDFText_GetText(page, 0, count, buffer) - 1
    text = bytes(buffer)[: 2 * max(0, written)].decode("utf-16-le", "replace")
    if len(text) == count:
        return text
    codes = (raw.FPDFText_GetUnicode(page, index) for index in range(count))
    return "".join(chr(code) if code <= 0x10FFFF else "\x00" for code in codes)


def _symbol_font(name: str) -> str:
    family = name.rsplit("+", 1)[-1].lower()
    named = ("wingdings", "symbol")
    return next((font for font in named if family.startswith(font)), "")


def _shown(text: str, font: str) -> str:
    """Return the characters of a font as public ones; a hyphen at a line's end is a hyphen."""
    if text[-1] in _DIVIDED:
        text = text[:-1] + "-"
    if text.isascii() and font != "wingdings":
        return text
    if font == "wingdings":
        known = (symbol(font, f"{ord(one) & 0xFF:x}") if ord(one) < 0xF100 else "" for one in text)
        text = "".join(new or one for new, one in zip(known, text, strict=True))
    text = _PRIVATE_USE.sub(lambda found: in_font(found[0], font or "symbol"), text)
    return visible(text.translate(_BULLETS))


def turned(x: float, y: float, turn: int) -> tuple[float, float]:
    """Return a point of the page in the frame of text turned by quarter turns to the left."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[turn]


def by_turn(words: Sequence[Word]) -> Mapping[int, list[Word]]:
    """Return the words by their turn, the most frequent first."""
    counts = Counter(word.turn for word in words)
    return {turn: [w for w in words if w.turn == turn] for turn, _ in counts.most_common()}
