"""Reading Excel workbooks."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.adapters.formats.refusals import unsupported
from ragtenancy.adapters.formats.zip_heads import zip_head

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAIN_TYPES = (b"spreadsheetml.sheet.main+xml", b"spreadsheetml.template.main+xml")
_BINARY = b"ms-excel.sheet.binary"


class XlsxReader(Reader):
    """Reads .xlsx and .xltx: every visible sheet as a heading and its tables."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (WORKBOOK,)

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - content decides
        """Return the media type by the first bytes."""
        package = zip_head(head)
        if package is None:
            return None
        types = package.content_types
        if _BINARY in types:
            raise unsupported("unsupported_media_type")
        if b"vnd.ms-excel." in types and b".macroEnabled.main+xml" in types:
            raise unsupported("macro_enabled")
        is_own = any(kind in types for kind in _MAIN_TYPES) or package.has_folder(b"xl/")
        return WORKBOOK if is_own else None

    def load(self) -> Read:
        """Import calamine."""
        from ragtenancy.adapters.formats.packages import after_check
        from ragtenancy.adapters.formats.xlsx.workbook import read_workbook

        return after_check(read_workbook, (".xml", ".rels"))
