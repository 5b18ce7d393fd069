"""Files inside a file (a mail's attachments, embedded workbooks) as documents of their own.

They are read one level deep: an attachment's own attachments are not. An attached document's id
follows from its parent and its content, so that it is made once, whatever is repeated.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct

from ragtenancy.domain.bounds import UNPRINTABLE
from ragtenancy.domain.charsets import CHARSET, codec_of
from ragtenancy.domain.documents import (
    MAX_FILENAME,
    MAX_METADATA,
    Document,
    Metadata,
)
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.parsed import Attachment
from ragtenancy.domain.visible_text import visible_text

MAX_ATTACHMENTS = 50
BETWEEN = " › "  # noqa: RUF001
_LONGEST_NAME = 100
_LONGEST_ENDING = 16
_FORBIDDEN = re.compile(rf"[{UNPRINTABLE}/\\\\]+")


class AttachedFile(Struct, frozen=True, kw_only=True):
    """A file inside a document's original, and the document that it becomes.

    `filename` names the parent, then the file: `offer.eml › prices.csv`.
    """  # noqa: RUF002

    document_id: DocumentId
    filename: str
    data: bytes
    charset: str = ""

    def metadata(self, of_parent: Metadata) -> Metadata:
        """Return its parent's metadata, with the encoding that the containing file declares.

        Without the encoding if there is no room for another key.
        """
        shared = {key: value for key, value in of_parent.items() if key != CHARSET}
        is_declared = codec_of(self.charset) and len(shared) < MAX_METADATA
        return shared | ({CHARSET: self.charset} if is_declared else {})


def attached_files(
    parent_id: DocumentId, parent_filename: str, attachments: Sequence[Attachment]
) -> list[AttachedFile]:
    """Return the first `MAX_ATTACHMENTS` distinct files, in order."""
    files = {
        file.document_id: file
        for attachment in attachments
        for file in [_attached(parent_id, parent_filename, attachment)]
    }
    return list(files.values())[:MAX_ATTACHMENTS]


def unread_attachments(attachments: Sequence[Attachment], beyond: int = 0) -> list[str]:
    """Return the warning that names the attachments after the first `beyond`; none if none."""
    names = ", ".join(_cleaned(each.filename) for each in attachments[beyond:])
    return [f"Attached or embedded files were not read: {names}."] if names else []


def is_detached(document: Document, parent: Document | None) -> bool:
    """Return whether it is a file of a document that is gone or no longer contains it."""
    if document.attached_to is None:
        return False
    if parent is None or parent.deleting or parent.document_id != document.attached_to:
        return True
    return document.document_id not in parent.files


def _attached(parent_id: DocumentId, parent: str, attachment: Attachment) -> AttachedFile:
    name = _cleaned(attachment.filename)
    content = sha256(attachment.data).hexdigest()
    digest = sha256(f"{parent_id}\0{name}\0{content}".encode()).digest()
    room = MAX_FILENAME - len(BETWEEN) - len(name)
    return AttachedFile(
        document_id=DocumentId(f"doc_{b32encode(digest[:16]).decode().rstrip('=').lower()}"),
        filename=f"{parent[:room]}{BETWEEN}{name}",
        data=attachment.data,
        charset=attachment.charset,
    )


def _cleaned(filename: str) -> str:
    """Return a printable name without a path; a long one keeps its ending."""
    last = re.split(r"[/\\]", filename)[-1]
    name = _FORBIDDEN.sub("", visible_text(last)).strip() or "unnamed"
    ending = "".join(name.rpartition(".")[1:])[-_LONGEST_ENDING:]
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - len(ending)] + ending
