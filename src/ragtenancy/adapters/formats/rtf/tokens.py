"""Tokens of rich text, and the code pages of its bytes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from msgspec import Struct

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_CODE_PAGES = {
    0: 1252,
    77: 10000,
    128: 932,
    129: 949,
    130: 1361,
    134: 936,
    136: 950,
    161: 1253,
    162: 1254,
    163: 1258,
    177: 1255,
    178: 1256,
    186: 1257,
    204: 1251,
    222: 874,
    238: 1250,
    254: 437,
    255: 850,
}
_NAMES = {10000: "mac_roman", 1361: "johab", 65001: "utf-8", 708: "iso8859_6", 709: "iso8859_6"}


class Token(Struct, frozen=True, gc=False):
    """`kind` is `word`, `hex`, `symbol`, `open`, `close` or `text`."""

    kind: str
    text: str = ""
    number: int | None = None
    data: bytes = b""


def tokens(data: bytes) -> Iterator[Token]:
    """Yield the tokens of a file; binary data are passed over."""
    at = 0
    while at < len(data):
        found = _TOKEN.match(data, at)
        if found is None:
            return
        at = found.end()
        word, number, octet, symbol, brace, text = found.groups()
        if word is not None:
            value = None if number is None else int(number)
            yield Token("word", word.decode(), value)
            if word == b"bin" and value is not None:
                at += max(0, value)
        elif octet is not None:
            yield Token("hex", data=bytes.fromhex(octet.decode()))
        elif symbol is not None:
            yield Token("symbol", symbol.decode("latin-1"))
        elif brace is not None:
            yield Token("open" if brace == b"{" else "close")
        elif text is not None:
            yield Token("text", data=text)


def codec_of_page(page: int) -> str:
    """Return the codec of a code page, Windows-1252 for an unknown one."""
    name = _NAMES.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def codec_of_charset(charset: int, default: str) -> str:
    """Return the codec of a font's character set; 1 stands for the document's."""
    page = _CODE_PAGES.get(charset)
    return default if page is None or charset == 1 else codec_of_page(page)
