"""Files embedded as OLE objects, as the programs that show them know them ([MS-OLEDS])."""

from __future__ import annotations

import io
import posixpath
import struct
from zipfile import ZipFile

import olefile

from ragtenancy.adapters.formats.compound_files import OLE2
from ragtenancy.adapters.formats.packages import READING_ERRORS
from ragtenancy.domain.parsed import Attachment

_EMBEDDED = 2
_NATIVE = "\x01Ole10Native"
_WRAPPED = ("Package", "CONTENTS", "EmbeddedOdf", "package_stream")
_OLD_FILES = (
    ("WordDocument", ".doc"),
    ("Workbook", ".xls"),
    ("Book", ".xls"),
    ("PowerPoint Document", ".ppt"),
    ("__properties_version1.0", ".msg"),
)
_STARTS = ((b"%PDF-", ".pdf"), (b"{\\rtf", ".rtf"))
_SIZE = 4
_ZIP = b"PK\x03\x04"
_FOLDERS = (("word/", ".docx"), ("xl/", ".xlsx"), ("ppt/", ".pptx"))
_FAULTS = (OSError, ValueError, IndexError, struct.error)


def object_data(record: bytes) -> tuple[str, bytes] | None:
    """Return the class and the native data of an object as rich text stores it (OLE 1.0).

    None for a link, or a damaged record. After a version and a format come three strings, each
    after its length: the class, a topic, an item; then the length of the data and the data.
    """
    try:
        if struct.unpack_from("<I", record, 4) != (_EMBEDDED,):
            return None
        at, texts = 8, []
        for _ in range(3):
            (size,) = struct.unpack_from("<I", record, at)
            texts.append(record[at + 4 : at + 4 + size])
            at += 4 + size
        (size,) = struct.unpack_from("<I", record, at)
    except struct.error:
        return None
    return texts[0].rstrip(b"\0").decode("cp1252", "replace"), record[at + 4 : at + 4 + size]


def embedded_file(name: str, data: bytes) -> Attachment:
    """Return the file in an OLE object, under its own name; other data as they are.

    `name` is the name in the container, whose ending is replaced where the content tells another.
    """
    as_it_is = Attachment(filename=name, data=data)
    try:
        if not data.startswith(OLE2):
            return _packaged(data) or as_it_is
        with olefile.OleFileIO(data) as ole:
            return _opened(name, data, ole)
    except _FAULTS:
        return as_it_is


def _opened(name: str, data: bytes, ole: olefile.OleFileIO) -> Attachment:
    if ole.exists(_NATIVE):
        native = ole.openstream(_NATIVE).read()[_SIZE:]
        return _packaged(native) or Attachment(filename=name, data=data)
    stem = posixpath.splitext(name)[0]
    wrapped = next((ole.openstream(each).read() for each in _WRAPPED if ole.exists(each)), b"")
    ending = _ending(wrapped)
    if ending:
        return Attachment(filename=stem + ending, data=wrapped)
    endings = (ending for stream, ending in _OLD_FILES if ole.exists(stream))
    return Attachment(filename=stem + next(endings, posixpath.splitext(name)[1]), data=data)


def _packaged(native: bytes) -> Attachment | None:
    """Return the file that the Packager has put into an object, None for other native data.

    They are a 2, the file's name, its path, two flags, the length and text of a
    temporary path, the length of the data and the data.
    """
    if not native.startswith(b"\x02\0"):
        return None
    name, at = _terminated(native, 2)
    _path, at = _terminated(native, at)
    (temporary,) = struct.unpack_from("<I", native, at + 4)
    at += 8 + temporary
    (size,) = struct.unpack_from("<I", native, at)
    data = native[at + 4 : at + 4 + size]
    return Attachment(filename=name, data=data) if name and len(data) == size else None


def _terminated(data: bytes, start: int) -> tuple[str, int]:
    end = data.index(b"\0", start)
    return data[start:end].decode("cp1252", "replace"), end + 1


def _ending(data: bytes) -> str:
    """Return the ending of the name of a file by its content, empty for unknown content."""
    if not data.startswith(_ZIP):
        return next((ending for start, ending in _STARTS if data.startswith(start)), "")
    try:
        names = ZipFile(io.BytesIO(data)).namelist()
    except READING_ERRORS:
        return ""
    folders = (ending for folder, ending in _FOLDERS if any(n.startswith(folder) for n in names))
    return next(folders, ".odt" if "content.xml" in names else "")
