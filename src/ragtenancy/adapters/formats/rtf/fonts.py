"""The fonts of a rich text: the encodings of their bytes, and the characters that symbols show."""

from __future__ import annotations

from ragtenancy.adapters.formats.rtf.tokens import codec_of_charset, codec_of_page
from ragtenancy.adapters.formats.symbol_fonts import in_font, is_symbol_font

_SYMBOL_CHARSET = 2


class Fonts:
    """The font table, filled while it is read, and the document's code page."""

    def __init__(self) -> None:
        self._page = "cp1252"
        self._codecs: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._symbols: dict[int, str] = {}

    def set_page(self, page: int) -> None:
        """Set the code page of fonts without a character set of their own."""
        self._page = codec_of_page(page)

    def set_charset(self, font: int, charset: int) -> None:
        """Set a font's character set; the bytes of symbol fonts are code points."""
        is_symbols = charset == _SYMBOL_CHARSET
        self._codecs[font] = "latin-1" if is_symbols else codec_of_charset(charset, self._page)

    def add_name(self, font: int, text: str) -> None:
        """Add a piece of a font's name."""
        name = (self._names.get(font, "") + text.strip()).rstrip(";")
        self._names[font] = name
        if is_symbol_font(name):
            self._symbols[font] = name

    def decoded(self, data: bytes, font: int) -> str:
        """Return bytes in a font as characters."""
        return data.decode(self._codecs.get(font, self._page), "replace")

    def shown(self, text: str, font: int) -> str:
        """Return characters in a font as it shows them."""
        name = self._symbols.get(font)
        return text if name is None else in_font(text, name)
