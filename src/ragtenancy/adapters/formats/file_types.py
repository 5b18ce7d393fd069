"""Types of zip packages and compound files, and of known files that are refused."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import IO
from xml.parsers import expat

from ragtenancy.adapters.formats.compound_files import OLE2, stream_names
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.packages import METHODS, READING_ERRORS, directory_size
from ragtenancy.adapters.formats.refusals import unsupported
from ragtenancy.ports.parsing import FileTypeDetector

_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENT = f"{_OFFICE}wordprocessingml.document"
TEMPLATE = f"{_OFFICE}wordprocessingml.template"
WORKBOOK = f"{_OFFICE}spreadsheetml.sheet"
PRESENTATION = f"{_OFFICE}presentationml.presentation"
MACRO_DOCUMENT = "application/vnd.ms-word.document.macroEnabled.12"
MACRO_WORKBOOK = "application/vnd.ms-excel.sheet.macroEnabled.12"
MACRO_PRESENTATION = "application/vnd.ms-powerpoint.presentation.macroEnabled.12"
BINARY_WORKBOOK = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
OLD_WORKBOOK = "application/vnd.ms-excel"
OUTLOOK_MESSAGE = "application/vnd.ms-outlook"
TNEF = "application/vnd.ms-tnef"
TNEF_SIGNATURE = b"\x78\x9f\x3e\x22"
EPUB = "application/epub+zip"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
TEXT_DOCUMENT = f"{_OPEN_DOCUMENT}text"
SPREADSHEET = f"{_OPEN_DOCUMENT}spreadsheet"
SLIDES = f"{_OPEN_DOCUMENT}presentation"

_MAIN_TYPES: Mapping[str, str] = MappingProxyType(
    {
        f"{_OFFICE}wordprocessingml.document.main+xml": DOCUMENT,
        f"{_OFFICE}wordprocessingml.template.main+xml": TEMPLATE,
        f"{_OFFICE}spreadsheetml.sheet.main+xml": WORKBOOK,
        f"{_OFFICE}spreadsheetml.template.main+xml": WORKBOOK,
        f"{_OFFICE}presentationml.presentation.main+xml": PRESENTATION,
        f"{_OFFICE}presentationml.slideshow.main+xml": PRESENTATION,
        f"{_OFFICE}presentationml.template.main+xml": PRESENTATION,
        "application/vnd.ms-excel.sheet.binary.macroenabled.main": BINARY_WORKBOOK,
    }
)
_WITH_MACROS = (
    ("application/vnd.ms-word.", MACRO_DOCUMENT),
    ("application/vnd.ms-excel.", MACRO_WORKBOOK),
    ("application/vnd.ms-powerpoint.", MACRO_PRESENTATION),
)
_MIME_TYPES: Mapping[str, str] = MappingProxyType(
    {EPUB: EPUB}
    | {
        f"{kind}{suffix}": kind
        for kind in (TEXT_DOCUMENT, SPREADSHEET, SLIDES)
        for suffix in ("", "-template")
    }
    | {f"{TEXT_DOCUMENT}-master": TEXT_DOCUMENT}
)
_FOLDERS = (("word/", DOCUMENT), ("xl/", WORKBOOK), ("ppt/", PRESENTATION))
_HEAD = 4_096
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"


class FileTypes(FileTypeDetector):
    """Tells file types apart by magic numbers and by the main part of a package."""

    def __init__(self, *, read_macro_files: bool = False) -> None:
        self._read_macro_files = read_macro_files

    def detect(self, file: IO[bytes]) -> str | None:
        """Return the media type of a zip package or compound file, None for other content."""
        head = file.read(_HEAD)
        if head.startswith(_ZIP):
            return self._allowed(_package_type(file, head))
        if head.startswith(OLE2):
            return _compound_type(file)
        if head.startswith(TNEF_SIGNATURE):
            return TNEF
        refusal = next((code for code, magic in _REFUSED if magic.match(head)), None)
        if refusal is not None:
            raise unsupported(refusal)
        return None

    def _allowed(self, found: tuple[str, bool]) -> str:
        media_type, has_macros = found
        if has_macros and not self._read_macro_files:
            raise unsupported("macro_enabled")
        return media_type


def _package_type(file: IO[bytes], head: bytes) -> tuple[str, bool]:
    """Return a package's media type, and whether it can contain macros."""
    try:
        with _archive(file) as archive:
            return _by_contents(archive)
    except READING_ERRORS as error:
        media_type = _by_folder(_local_names(head))
        if media_type is None:
            raise unsupported("unsupported_media_type") from error
        return media_type, False


def _archive(file: IO[bytes]) -> zipfile.ZipFile:
    """Return the archive; raises `zipfile.BadZipFile` for an oversized directory."""
    size = directory_size(file)
    if size is None or size > ScanLimits().directory_bytes:
        raise zipfile.BadZipFile
    return zipfile.ZipFile(file)


def _by_contents(archive: zipfile.ZipFile) -> tuple[str, bool]:
    names = archive.namelist()
    declared = _start(archive, "mimetype").decode("latin-1").strip()
    if declared in _MIME_TYPES:
        return _MIME_TYPES[declared], False
    types = _content_types(_start(archive, "[Content_Types].xml"))
    part = _main_part(_start(archive, "_rels/.rels")).lower()
    main = types.get(part) or types.get(posixpath.splitext(part)[1], "")
    if main in _MAIN_TYPES:
        is_binary = _MAIN_TYPES[main] == BINARY_WORKBOOK
        return _MAIN_TYPES[main], is_binary and _has_macros(names)
    for prefix, media_type in _WITH_MACROS:
        if main.startswith(prefix) and "macroenabled" in main:
            return media_type, True
    if main.startswith("application/vnd.ms-visio."):
        raise unsupported("visio")
    return _by_names(names), False


def _has_macros(names: Sequence[str]) -> bool:
    return any(name.lower().endswith("vbaproject.bin") for name in names)


_IWORK = re.compile(
    r"index/(?:document|metadata|tables/.*|slide.*)\.iwa\Z|index\.(?:zip|apxl|xml)\Z"
)


def _by_names(names: Sequence[str]) -> str:
    """Return the media type of a package whose main part is not declared."""
    media_type = _by_folder(names)
    if media_type is not None:
        return media_type
    lower = [name.lower() for name in names]
    raise unsupported("iwork" if any(map(_IWORK.match, lower)) else _other_zip(lower))


def _by_folder(names: Sequence[str]) -> str | None:
    """Return the media type by the folders of a package, None if they do not tell."""
    lower = [name.lower() for name in names]
    for folder, media_type in _FOLDERS:
        if any(name.startswith(folder) for name in lower):
            return media_type
    if "meta-inf/container.xml" in lower:
        return EPUB
    if any(name.startswith(("_rels/", "docprops/", "[content_types].xml")) for name in lower):
        return DOCUMENT
    return None


def _other_zip(names: Sequence[str]) -> str:
    return "unsupported_media_type" if "mimetype" in names else "archive"


_MEMBER = 1 << 20
_ELEMENTS = 20_000
_LONGEST_TAG = 16_384


def _start(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the first mebibyte of a member, nothing if it is missing, damaged or unusual."""
    wanted = name.lower()
    member = next((each for each in archive.infolist() if each.filename.lower() == wanted), None)
    if member is None or member.compress_type not in METHODS:
        return b""
    try:
        with archive.open(member) as opened:
            return opened.read(_MEMBER)
    except READING_ERRORS:
        return b""


def _content_types(data: bytes) -> Mapping[str, str]:
    """Return content types by `part/name` or `.extension`, both in lower case."""
    types = {}
    for _, attributes in _elements(data):
        name = attributes.get("PartName", "").lstrip("/")
        key = name or f".{attributes.get('Extension', '')}"
        types[key.lower()] = attributes.get("ContentType", "").lower()
    return types


def _main_part(data: bytes) -> str:
    """Return the target of the relationship of kind `officeDocument`."""
    for name, attributes in _elements(data):
        kind = attributes.get("Type", "")
        is_main = kind.endswith(("/officeDocument", "/relationships/document"))
        if name == "Relationship" and is_main:
            return posixpath.normpath(attributes.get("Target", "").lstrip("/"))
    return ""


def _elements(data: bytes) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the local names and attributes of a part's elements, up to the first fault or 20,000.

    A part with a tag of more than 16 KiB has none: expat reads all attributes of one at once.
    """
    if max(map(len, data.split(b">"))) > _LONGEST_TAG:
        return iter(())
    found: list[tuple[str, Mapping[str, str]]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if len(found) >= _ELEMENTS:
            raise ValueError
        found.append((name.rpartition(" ")[2], attributes))

    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes it by position
    except (expat.ExpatError, ValueError, LookupError):  # LookupError: an unknown encoding
        return iter(found)
    return iter(found)


def _refuse_doctype(*_declaration: object) -> None:
    raise ValueError


_LOCAL_HEADER_SIZE = 30


def _local_names(head: bytes) -> Sequence[str]:
    """Return the names in the visible local headers of a damaged archive."""
    names = []
    at = head.find(_ZIP)
    while at >= 0:
        size = int.from_bytes(head[at + 26 : at + 28], "little")
        start = at + _LOCAL_HEADER_SIZE
        names.append(head[start : start + size].decode("latin-1"))
        at = head.find(_ZIP, at + 4)
    return names


_STREAMS: Sequence[tuple[str, str]] = (
    ("WordDocument", "legacy_word"),
    ("PowerPoint Document", "legacy_powerpoint"),
    ("VisioDocument", "visio"),
    ("EncryptedPackage", "password_protected"),
)
_WORKBOOKS = ("Workbook", "Book")
_MESSAGE_PROPERTIES = "__properties_version1.0"


def _compound_type(file: IO[bytes]) -> str:
    """Return the media type of a compound file by its streams. Raises `UnsupportedError`."""
    names = stream_names(file)
    refusal = next((code for name, code in _STREAMS if name in names), None)
    if refusal is not None:
        raise unsupported(refusal)
    if any(name in names for name in _WORKBOOKS):
        return OLD_WORKBOOK
    if _MESSAGE_PROPERTIES in names:
        return OUTLOOK_MESSAGE
    raise unsupported("encrypted_or_legacy")


def _magic(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


_REFUSED = (
    ("archive", _magic(rb"PK\x05\x06|Rar!\x1a|7z\xbc\xaf\x27\x1c|\x1f\x8b\x08|BZh[1-9]1AY&SY")),
    ("archive", _magic(rb"\xfd7zXZ\0|\x28\xb5\x2f\xfd|.{257}ustar[\0 ]|MSCF\0\0\0\0")),
    ("picture", _magic(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*|RIFF.{4}WEBP")),
    ("picture", _magic(rb"BM.{4}\0\0\0\0|.{4}ftyp(?:heic|heix|mif1|msf1|avif)|8BPS\0\x01")),
    ("sound_or_film", _magic(rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2]|OggS\0|fLaC\0|RIFF.{4}WAVE")),
    ("sound_or_film", _magic(rb".{4}ftyp|\x1a\x45\xdf\xa3|RIFF.{4}AVI |#!AMR|\x30\x26\xb2\x75")),
    ("onenote", _magic(rb"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3")),
    ("onenote", _magic(rb"\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f")),
    ("outlook_store", _magic(rb"!BDN")),
)
