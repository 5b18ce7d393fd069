"""Reading e-books."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.file_types import EPUB
from ragtenancy.adapters.formats.reader import Read, Reader


class EpubReader(Reader):
    """Reads EPUB 2 and 3: the documents of the spine, in order."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (EPUB,)

    def load(self) -> Read:
        """Import lxml."""
        from ragtenancy.adapters.formats.html.book import read_book
        from ragtenancy.adapters.formats.packages import after_check

        return after_check(read_book, (".opf", "meta-inf/container.xml"), doctypes=True)
