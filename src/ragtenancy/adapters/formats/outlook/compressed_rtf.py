"""Rich text compressed as in [MS-OXRTFCP]."""

from __future__ import annotations

from ragtenancy.adapters.formats.rtf.document import read_document
from ragtenancy.domain.parsed import Heading, ListItem, Paragraph

_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_SIZE = 4_096
_HEADER = 16
_COMPRESSED = b"LZFu"
_LARGEST = 32 << 20


def text_of(data: bytes) -> str:
    """Return the text of compressed rich text, blocks with blank lines between them."""
    blocks = read_document(decompressed(data)).blocks if data else ()
    texts = (b.text for b in blocks if isinstance(b, (Heading, ListItem, Paragraph)))
    return "\n\n".join(texts)


def decompressed(data: bytes) -> bytes:
    """Return the rich text, cut at 32 MiB."""
    if data[8:12] != _COMPRESSED:
        return data[_HEADER:]
    window = bytearray(_SIZE)
    window[: len(_DICTIONARY)] = _DICTIONARY
    place, at, found = len(_DICTIONARY), _HEADER, bytearray()
    while at < len(data) and len(found) < _LARGEST:
        flags, at = data[at], at + 1
        for bit in range(8):
            step = 2 if flags >> bit & 1 else 1
            piece, at = data[at : at + step], at + step
            if len(piece) < step:
                return bytes(found)
            if step == 1:
                copied = piece
            else:
                start, length = piece[0] << 4 | piece[1] >> 4, (piece[1] & 15) + 2
                if start == place:
                    return bytes(found)
                copied = _copied(window, start, place, length)
            for each in copied:
                window[place] = each
                place = (place + 1) % _SIZE
            found += copied
    return bytes(found)


def _copied(window: bytearray, start: int, place: int, length: int) -> bytes:
    """Return a run of the window; it can go on into what it writes itself."""
    copied = bytearray()
    distance = (place - start) % _SIZE
    for each in range(length):
        source = (start + each) % _SIZE
        copied.append(window[source] if each < distance else copied[each - distance])
    return bytes(copied)
