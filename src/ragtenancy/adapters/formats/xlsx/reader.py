"""Reading Excel workbooks."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.file_types import (
    BINARY_WORKBOOK,
    MACRO_WORKBOOK,
    OLD_WORKBOOK,
    WORKBOOK,
)
from ragtenancy.adapters.formats.reader import Read, Reader


class XlsxReader(Reader):
    """Reads .xlsx and .xltx, and .xlsm without its macros: visible sheets as headings and tables."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (WORKBOOK, MACRO_WORKBOOK)

    def load(self) -> Read:
        """Import lxml."""
        from ragtenancy.adapters.formats.xlsx.workbook import read_workbook

        return read_workbook


class XlsReader(Reader):
    """Reads .xls (BIFF8 and older)."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (OLD_WORKBOOK,)

    def load(self) -> Read:
        """Import xlrd."""
        from ragtenancy.adapters.formats.xlsx.old_workbook import read_old_workbook

        return read_old_workbook


class XlsbReader(Reader):
    """Reads .xlsb, with the same result as the workbook saved as .xlsx."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (BINARY_WORKBOOK,)

    def load(self) -> Read:
        """Import lxml."""
        from ragtenancy.adapters.formats.xlsx.binary_workbook import read_binary_workbook

        return read_binary_workbook
