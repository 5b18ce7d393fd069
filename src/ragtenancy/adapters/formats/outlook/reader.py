"""Reading Outlook messages."""

from __future__ import annotations

from collections.abc import Sequence
from email.policy import SMTP
from typing import IO

from ragtenancy.adapters.formats.file_types import OUTLOOK_MESSAGE, TNEF, TNEF_SIGNATURE
from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.domain.parsed import ParsedDocument


class OutlookReader(Reader):
    """Reads .msg and winmail.dat like the e-mails that they were."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (OUTLOOK_MESSAGE, TNEF)

    def load(self) -> Read:
        """Import olefile, and the reader of e-mails."""
        from ragtenancy.adapters.formats.html.message import read_message
        from ragtenancy.adapters.formats.outlook.message import internet_message
        from ragtenancy.adapters.formats.outlook.tnef import unpacked

        def read(file: IO[bytes]) -> ParsedDocument:
            data = file.read()
            if data.startswith(TNEF_SIGNATURE):
                return read_message(unpacked(data).as_bytes(policy=SMTP))
            return read_message(internet_message(data))

        return read
