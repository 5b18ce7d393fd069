"""A document's record as the original plan stores it beside the vectors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

ACTIVE = "active"
_MAJOR = re.compile(r"\D{0,2}(\d{1,9})")


class PlanDocument(Struct, frozen=True, kw_only=True):
    """The plan's record of a document; what it lacks, or states in another form, is None."""

    record_id: str
    filename: str
    version: str = "1"
    uploaded_at: datetime | None = None
    status: str = ACTIVE
    total_chunks: int | None = None
    images_processed: int = 0

    @property
    def upload_version(self) -> int:
        """The version as a number of uploads: 2 for "2.0", 1 for anything without a number."""
        found = _MAJOR.match(self.version)
        return max(1, int(found[1])) if found else 1

    @property
    def metadata(self) -> Mapping[str, str]:
        """The parts of the record that have no field of their own."""
        version = self.upload_version
        is_same = self.version in {str(version), f"{version}.0"}
        more = {} if is_same else {"plan_version": self.version[:1_000]}
        return {"plan_document": self.record_id[:1_000], **more}

    def difference(self, total: int) -> str:
        """Return how a document of `total` chunks, now active, differs from its record."""
        if self.status != ACTIVE:
            return f"its status was {self.status[:100]}"
        return (
            "" if self.total_chunks in (None, total) else f"{total} of {self.total_chunks} chunks"
        )


def record_of(
    records: Sequence[PlanDocument], key: str, filename: str, total: int
) -> PlanDocument | None:
    """Return the record of a document: by its id, else the best one of its filename.

    Of several records of one filename an active one, of the same number of chunks, and the latest
    is the best.
    """
    by_id = [each for each in records if each.record_id == key]
    named = [each for each in records if each.filename == filename]
    return max(by_id or named, key=lambda each: _rank(each, total), default=None)


def _rank(record: PlanDocument, total: int) -> tuple[bool, bool, float]:
    uploaded = record.uploaded_at.timestamp() if record.uploaded_at else 0.0
    return record.status == ACTIVE, record.total_chunks == total, uploaded
