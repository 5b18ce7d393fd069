"""Kinds of files that are zip containers of XML: scanned before their reader sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from ragtenancy.adapters.formats.archive import open_container
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.reader import Read
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.xml_scan import XmlScan
from ragtenancy.domain.parsed import ParsedDocument

ELEMENTS = 3_000_000
_SIGNATURE = b"PK"


def after_check(read: Read, xml_suffixes: Sequence[str]) -> Read:
    """Return a function that reads a file once it has passed `check_package`."""

    def checked(file: IO[bytes]) -> ParsedDocument:
        check_package(file, xml_suffixes)
        return read(file)

    return checked


def check_package(file: IO[bytes], xml_suffixes: Sequence[str]) -> None:
    """Check the directory, then the XML members, whose names end in one of the suffixes.

    Raises `UnreadableDocumentError` for what is unsound, too much, or declares a DOCTYPE.
    """
    if not file.read(len(_SIGNATURE)) == _SIGNATURE:
        raise unreadable("corrupt_document")
    limits = ScanLimits(elements=ELEMENTS)
    container = open_container(file, limits)
    scan = XmlScan(limits)
    for name in container.names():
        if name.endswith(tuple(xml_suffixes)):
            scan.check(container.chunks(name))
    file.seek(0)
