"""Reading pages of HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragtenancy.adapters.formats.plain.encoding import decoded_head
from ragtenancy.adapters.formats.reader import Read, Reader

HTML = "text/html"
_SUFFIXES = (".html", ".htm", ".xhtml")
_BEFORE = re.compile(r"\A(?:\s+|<!--.*?-->|<\?xml[^>]*\?>)+", re.DOTALL)
_BEGINNING = re.compile(r"<!doctype\s+html|<(?:html|head|body|title|meta)\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9]*[\s>/]", re.IGNORECASE)


class HtmlReader(Reader):
    """Reads a page's visible content; nothing is fetched."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (HTML,)

    def recognises(self, head: bytes, filename: str) -> str | None:
        """Return the media type by the first bytes."""
        text = decoded_head(head)
        if text is None:
            return None
        if _BEGINNING.match(_BEFORE.sub("", text)):
            return HTML
        named = filename.lower().endswith(_SUFFIXES)
        return HTML if named and _TAG.search(text) else None

    def load(self) -> Read:
        """Import lxml."""
        from ragtenancy.adapters.formats.html.page import read_document

        return lambda file: read_document(file.read(), self.charset)
