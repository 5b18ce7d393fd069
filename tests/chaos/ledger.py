"""What was tried and what was acknowledged, in a file that outlives every process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from ragtenancy.domain.ids import DocumentId, JobId, TenantId


class Entry(Struct, frozen=True, kw_only=True):
    """One line; `tag` numbers uploads, `document_id` is known once it was acknowledged."""

    what: Literal["try", "ack", "try-delete", "deleted"]
    tenant: TenantId
    tag: int = 0
    document_id: DocumentId | None = None
    job_id: JobId | None = None


class Ledger:
    """Lines that are appended whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, entry: Entry) -> None:
        """Append a line; what is written survives the process."""
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, msgspec.json.encode(entry) + b"\n")
        os.close(handle)

    def read(self) -> Sequence[Entry]:
        """Return every line so far."""
        if not self._path.exists():
            return []
        return [msgspec.json.decode(line, type=Entry) for line in self._path.open("rb")]


class Expected(Struct):
    """What may be found of a document: the versions that may answer, whether it may be gone."""

    tenant: TenantId
    tags: list[int]
    jobs: dict[int, JobId]
    may_be_gone: bool = False
    must_be_gone: bool = False


def expected(entries: Sequence[Entry]) -> dict[DocumentId, Expected]:
    """Return what must be found once everything has settled.

    The last acknowledged upload answers, or one that was tried after it.
    """
    found: dict[DocumentId, Expected] = {}
    for entry in entries:
        known = entry.document_id and found.get(entry.document_id)
        if entry.what == "ack" and entry.document_id:
            own = found.setdefault(
                entry.document_id, Expected(tenant=entry.tenant, tags=[], jobs={})
            )
            own.tags = [tag for tag in own.tags if tag >= entry.tag] or [entry.tag]
            own.jobs[entry.tag] = entry.job_id or JobId("")
        elif entry.what == "try" and known:
            known.tags.append(entry.tag)
        elif entry.what == "try-delete" and known:
            known.may_be_gone = True
        elif entry.what == "deleted" and known:
            known.must_be_gone = True
    return found
