"""Strict Open XML (ISO/IEC 29500-1), read by its transitional names."""

from __future__ import annotations

import codecs
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import IO

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/"
_NAMES: Mapping[bytes, bytes] = {
    STRICT + strict: _TRANSITIONAL + name
    for strict, name in (
        (b"wordprocessingml/main", b"wordprocessingml/2006/main"),
        (b"presentationml/main", b"presentationml/2006/main"),
        (b"spreadsheetml/main", b"spreadsheetml/2006/main"),
        (b"officeDocument/", b"officeDocument/2006/"),
        (b"drawingml/", b"drawingml/2006/"),
    )
}


def transitional(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces of a part in transitional form; the first shows whether it is strict."""
    following = iter(pieces)
    head = next(following, b"")
    if head[:2] in _UTF16_MARKS:
        following = _utf8(chain((head,), following))
        head = next(following, b"")
    whole = chain((head,), following)
    yield from _renamed(whole) if STRICT in head else whole


_ROOT = "_rels/.rels"
_XML = (".xml", ".rels")


def transitional_package(file: IO[bytes]) -> IO[bytes]:
    """Return a checked package with transitional names, itself if it is not strict."""
    with zipfile.ZipFile(file) as package:
        names = package.namelist()
        if _ROOT not in names or STRICT not in package.read(_ROOT):
            file.seek(0)
            return file
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for name in names:
                data = package.read(name)
                target.writestr(name, _replaced(data) if name.endswith(_XML) else data)
    copy.seek(0)
    return copy


def _utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield UTF-16 as UTF-8, without its encoding declaration."""
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    texts = (decoder.decode(piece) for piece in pieces)
    head = next(texts, "")
    yield head[head.find("?>") + 2 if head.startswith("<?xml") else 0 :].encode()
    yield from (text.encode("utf-8", "replace") for text in texts)


def _renamed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces, cut after tags so that names stay whole, with strict names replaced."""
    rest = b""
    for piece in pieces:
        held = rest + piece
        cut = held.rfind(b">") + 1
        yield _replaced(held[:cut])
        rest = held[cut:]
    yield _replaced(rest)


def _replaced(data: bytes) -> bytes:
    for strict, name in _NAMES.items():
        data = data.replace(strict, name)
    return data
