"""Reading Outlook messages."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.file_types import OUTLOOK_MESSAGE
from ragtenancy.adapters.formats.reader import Read, Reader


class OutlookReader(Reader):
    """Reads .msg like the e-mail that it was."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (OUTLOOK_MESSAGE,)

    def load(self) -> Read:
        """Import olefile, and the reader of e-mails."""
        from ragtenancy.adapters.formats.html.message import read_message
        from ragtenancy.adapters.formats.outlook.message import internet_message

        return lambda file: read_message(internet_message(file))
