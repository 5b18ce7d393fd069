"""Reading OpenDocument files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import IO

from ragtenancy.adapters.formats.file_types import SLIDES, SPREADSHEET, TEXT_DOCUMENT
from ragtenancy.adapters.formats.plain.encoding import decoded_head
from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.domain.parsed import ParsedDocument

_PACKAGES = (TEXT_DOCUMENT, SPREADSHEET, SLIDES)
_FLAT = "-flat-xml"
_FLAT_FILE = re.compile(
    r"\s*<\?xml[^>]*\?>\s*<office:document\s[^>]*?office:mimetype=[\"']([\w./-]+?)(?:-template)?[\"']"
)
_ZIP = b"PK"


class OdfReader(Reader):
    """Reads .odt, .ods and .odp, their templates, and the same as one XML file (.fodt …)."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (*_PACKAGES, *(f"{kind}{_FLAT}" for kind in _PACKAGES))

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - content decides
        """Return the media type of a flat file; that of a package is told by its members."""
        found = _FLAT_FILE.match(decoded_head(head) or "")
        return f"{found[1]}{_FLAT}" if found and found[1] in _PACKAGES else None

    def load(self) -> Read:
        """Import lxml."""
        from ragtenancy.adapters.formats.odf.document import read_document, read_flat_document
        from ragtenancy.adapters.formats.packages import after_check

        read_package = after_check(read_document, ("content.xml", "styles.xml", "meta.xml"))

        def read(file: IO[bytes]) -> ParsedDocument:
            is_package = file.read(len(_ZIP)) == _ZIP
            file.seek(0)
            return read_package(file) if is_package else read_flat_document(file)

        return read
