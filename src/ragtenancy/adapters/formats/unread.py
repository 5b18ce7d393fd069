"""What a reader saw in a file and did not read: counted by kind, embedded files kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ragtenancy.adapters.formats.embedded import embedded_file
from ragtenancy.domain.contents import CONTENTS
from ragtenancy.domain.parsed import Attachment, Block, Note

_FILES = 20
_FILE_BYTES = 25 << 20


class Unread:
    """Counts of omitted content, which become the document's warnings; and embedded files."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self.attachments: list[Attachment] = []

    def add(self, one: str, many: str, why: str = "not read", count: int = 1) -> None:
        """Count content of a kind, such as `("hidden row", "hidden rows", "left out")`."""
        if count:
            self._counts[one, many, why] += count

    def add_contents(self, blocks: Iterable[Block]) -> None:
        """Count the tables of contents among blocks."""
        count = sum(isinstance(block, Note) and block.kind == CONTENTS for block in blocks)
        self.add("table of contents", "tables of contents", "left out of the chunks", count)

    def embed(self, filename: str, data: bytes) -> None:
        """Keep an embedded file, or the one in an OLE object, within 20 files of up to 25 MiB."""
        if len(self.attachments) < _FILES and len(data) <= _FILE_BYTES:
            self.attachments.append(embedded_file(filename, data))
        else:
            self.add("embedded file beyond the limits", "embedded files beyond the limits")

    def warnings(self) -> Iterator[str]:
        """Yield one sentence per kind, in the order of their first appearance."""
        for (one, many, why), count in self._counts.items():
            yield f"1 {one} was {why}." if count == 1 else f"{count} {many} were {why}."
