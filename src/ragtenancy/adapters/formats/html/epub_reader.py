"""Reading e-books."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.adapters.formats.zip_heads import zip_head

EPUB = "application/epub+zip"


class EpubReader(Reader):
    """Reads EPUB 2 and 3: the documents of the spine, in order."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (EPUB,)

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - content decides
        """Return the media type by the first bytes."""
        package = zip_head(head)
        is_own = package is not None and package.mime_type.strip().startswith(EPUB.encode())
        return EPUB if is_own else None

    def load(self) -> Read:
        """Import lxml."""
        from ragtenancy.adapters.formats.html.book import read_book
        from ragtenancy.adapters.formats.packages import after_check

        return after_check(read_book, (".opf", "meta-inf/container.xml"), doctypes=True)
