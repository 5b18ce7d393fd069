"""The bytes of an XML part as the readers expect them: UTF-8, transitional namespaces."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from ragtenancy.adapters.formats.docx.wordml import MAIN, MATH, RELATIONSHIPS

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAMES: Mapping[bytes, bytes] = {
    _STRICT + b"wordprocessingml/main": MAIN.encode(),
    _STRICT + b"officeDocument/relationships": RELATIONSHIPS.encode(),
    _STRICT + b"officeDocument/math": MATH.encode(),
    _STRICT + b"drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}


def transitional(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces of a part; whether it is strict shows in the first."""
    following = iter(pieces)
    head = next(following, b"")
    if head[:2] in _UTF16_MARKS:
        following = _utf8(chain((head,), following))
        head = next(following, b"")
    whole = chain((head,), following)
    yield from _renamed(whole) if _STRICT in head else whole


def _utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield UTF-16 as UTF-8, without the declaration that says otherwise."""
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    texts = (decoder.decode(piece) for piece in pieces)
    head = next(texts, "")
    yield head[head.find("?>") + 2 if head.startswith("<?xml") else 0 :].encode()
    yield from (text.encode("utf-8", "replace") for text in texts)


def _renamed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces cut behind tags, so that no name is cut, with strict names replaced."""
    rest = b""
    for piece in pieces:
        held = rest + piece
        cut = held.rfind(b">") + 1
        yield _replaced(held[:cut])
        rest = held[cut:]
    yield _replaced(rest)


def _replaced(data: bytes) -> bytes:
    for strict, name in _STRICT_NAMES.items():
        data = data.replace(strict, name)
    return data
