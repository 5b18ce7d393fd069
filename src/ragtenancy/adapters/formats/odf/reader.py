"""Reading OpenDocument files."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.file_types import SLIDES, SPREADSHEET, TEXT_DOCUMENT
from ragtenancy.adapters.formats.reader import Read, Reader


class OdfReader(Reader):
    """Reads .odt, .ods and .odp, and their templates."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (TEXT_DOCUMENT, SPREADSHEET, SLIDES)

    def load(self) -> Read:
        """Import lxml."""
        from ragtenancy.adapters.formats.odf.document import read_document
        from ragtenancy.adapters.formats.packages import after_check

        return after_check(read_document, ("content.xml", "styles.xml", "meta.xml"))
