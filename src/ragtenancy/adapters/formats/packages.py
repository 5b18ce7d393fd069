"""Zip packages: directory and XML are checked before members are inflated or trees built."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import IO, Protocol
from xml.parsers import expat

from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.reader import Read
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.parsed import ParsedDocument

_END_RECORD = b"PK\x05\x06"
_END_RECORD_SIZE = 22
_LONGEST_COMMENT = 65_535
_LOCATOR = b"PK\x06\x07"
_LOCATOR_SIZE = 20
_LONG_END_RECORD = b"PK\x06\x06"
_LONG_END_RECORD_SIZE = 56
_TAIL = _LONGEST_COMMENT + _END_RECORD_SIZE + _LOCATOR_SIZE + _LONG_END_RECORD_SIZE
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_STEP = 262_144

READING_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OSError,
)


class Members(Protocol):
    """The members of a document by name."""

    def __contains__(self, name: str) -> bool: ...

    def read(self, name: str) -> bytes:
        """Return a member's whole content."""


class Container(Members):
    """The members of a checked zip file, found by name without regard to case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        files = (info for info in archive.infolist() if not info.is_dir())
        self._members = {info.filename.lower(): info for info in files}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield a member's content in pieces; a broken one raises `bad_container`."""
        try:
            with self._archive.open(self._members[name.lower()]) as member:
                while piece := member.read(_STEP):
                    yield piece
        except READING_ERRORS as error:
            raise unreadable("bad_container") from error

    def read(self, name: str) -> bytes:
        """Return a member's whole content."""
        return b"".join(self.chunks(name))

    def names(self) -> Sequence[str]:
        """Return the members' names in lower case."""
        return list(self._members)

    def sizes(self) -> Mapping[str, int]:
        """Return the members' declared sizes in bytes by name, in their own case."""
        return {info.filename: info.file_size for info in self._members.values()}


def open_container(file: IO[bytes], limits: ScanLimits) -> Container:
    """Return the members of a zip file; raise `UnreadableDocumentError` for an unsound one."""
    size = directory_size(file)
    if size is None:
        raise unreadable("bad_container")
    if size > limits.directory_bytes:
        raise unreadable("too_many_members")
    try:
        archive = zipfile.ZipFile(file)
    except READING_ERRORS as error:
        raise unreadable("bad_container") from error
    members = [info for info in archive.infolist() if not info.is_dir()]
    _check_sizes(members, limits)
    _check_names(archive.infolist())
    _check_methods(members)
    _check_places(file, members, archive.start_dir)
    return Container(archive)


def directory_size(file: IO[bytes]) -> int | None:
    """Return the declared size of a zip file's directory, None without a sound end record.

    `zipfile` follows a ZIP64 record whenever there is one, so the larger size counts.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END_RECORD)
    if at < 0 or len(tail) - at < _END_RECORD_SIZE:
        return None
    short = int.from_bytes(tail[at + 12 : at + 16], "little")
    locator = tail[max(0, at - _LOCATOR_SIZE) : at]
    record = tail[max(0, at - _LOCATOR_SIZE - _LONG_END_RECORD_SIZE) :]
    if not locator.startswith(_LOCATOR):
        return short
    if not record.startswith(_LONG_END_RECORD):
        return None
    return max(short, int.from_bytes(record[40:48], "little"))


def _check_sizes(members: Sequence[zipfile.ZipInfo], limits: ScanLimits) -> None:
    if len(members) > limits.members:
        raise unreadable("too_many_members", members=len(members), limit=limits.members)
    declared = sum(info.file_size for info in members)
    if declared > limits.declared_bytes:
        raise unreadable("zip_bomb", declared_bytes=declared, limit=limits.declared_bytes)
    for info in members:
        if info.file_size > max(limits.ratio_from_bytes, limits.ratio * info.compress_size):
            raise unreadable("zip_bomb", ratio_limit=limits.ratio)


def _check_names(members: Sequence[zipfile.ZipInfo]) -> None:
    names = [info.orig_filename for info in members]
    if len({name.lower() for name in names}) < len(names) or any(map(_is_unsafe, names)):
        raise unreadable("bad_container")


def _is_unsafe(name: str) -> bool:
    return (
        not name
        or name.startswith("/")
        or any(character in name for character in "\\\0")
        or ".." in name.split("/")
        or ":" in name.split("/", maxsplit=1)[0]
    )


def _check_methods(members: Sequence[zipfile.ZipInfo]) -> None:
    if any(info.flag_bits & _ENCRYPTED_FLAGS for info in members):
        raise unreadable("encrypted")
    if any(info.compress_type not in METHODS for info in members):
        raise unreadable("bad_container")


def _check_places(file: IO[bytes], members: Sequence[zipfile.ZipInfo], directory: int) -> None:
    """Reject members that overlap each other or the directory."""
    places = sorted(_place(file, info) for info in members)
    places.append((directory, directory))
    if any(end > following for (_, end), (following, _) in pairwise(places)):
        raise unreadable("bad_container")


def _place(file: IO[bytes], info: zipfile.ZipInfo) -> tuple[int, int]:
    """Return the offsets of a member's start and its data's end, by its own header."""
    if info.header_offset < 0:
        raise unreadable("bad_container")
    file.seek(info.header_offset)
    raw = file.read(_LOCAL_HEADER.size)
    if len(raw) < _LOCAL_HEADER.size or not raw.startswith(b"PK\x03\x04"):
        raise unreadable("bad_container")
    *_, name_size, extra_size = _LOCAL_HEADER.unpack(raw)
    data = info.header_offset + _LOCAL_HEADER.size + name_size + extra_size
    return info.header_offset, data + info.compress_size


class XmlScan:
    """Counts elements over all parts of one document; rejects a DOCTYPE at once.

    With `doctypes` it passes over one that declares nothing, as in EPUB 2.
    """

    def __init__(self, limits: ScanLimits, *, doctypes: bool = False) -> None:
        self._limits = limits
        self._doctypes = doctypes
        self._depth = 0
        self._elements = 0

    def check(self, pieces: Iterable[bytes]) -> None:
        """Scan one part; raise `UnreadableDocumentError` if it is malformed or too large."""
        self._depth = 0
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._declaration
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            for piece in pieces:
                parser.Parse(piece)
            parser.Parse(b"", True)  # noqa: FBT003 - expat takes it by position
        except expat.ExpatError as error:
            raise unreadable("corrupt_document") from error

    def _doctype(self, *_declaration: object) -> None:
        if not self._doctypes:
            raise unreadable("dtd")

    def _declaration(self, *_declaration: object) -> None:
        raise unreadable("dtd")

    def _start(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            raise unreadable("too_deep", limit=self._limits.depth)
        if self._elements > self._limits.elements:
            raise unreadable("too_many_elements", limit=self._limits.elements)

    def _end(self, _name: str) -> None:
        self._depth -= 1


ELEMENTS = 3_000_000
_ZIP_SIGNATURE = b"PK"


def after_check(read: Read, xml_suffixes: Sequence[str], *, doctypes: bool = False) -> Read:
    """Return a function that reads a file after it has passed `check_package`."""

    def checked(file: IO[bytes]) -> ParsedDocument:
        check_package(file, xml_suffixes, doctypes=doctypes)
        return read(file)

    return checked


def check_xml(data: bytes) -> None:
    """Scan a document that is one XML file; raises as `check_package` does."""
    XmlScan(ScanLimits(elements=ELEMENTS)).check([data])


def check_package(file: IO[bytes], xml_suffixes: Sequence[str], *, doctypes: bool = False) -> None:
    """Check the directory, then the members whose names end in one of the XML suffixes.

    Raises `UnreadableDocumentError` for a malformed or oversized file, or a DOCTYPE; with
    `doctypes` only for one that declares entities.
    """
    if not file.read(len(_ZIP_SIGNATURE)) == _ZIP_SIGNATURE:
        raise unreadable("corrupt_document")
    limits = ScanLimits(elements=ELEMENTS)
    container = open_container(file, limits)
    scan = XmlScan(limits, doctypes=doctypes)
    for name in container.names():
        if name.endswith(tuple(xml_suffixes)):
            scan.check(container.chunks(name))
    file.seek(0)
