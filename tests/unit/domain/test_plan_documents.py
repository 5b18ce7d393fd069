"""The plan's records of documents, matched to migrated ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec import structs

from ragtenancy.domain.plan_documents import PlanDocument, record_of

RECORD = PlanDocument(record_id="doc_1", filename="guide.docx", total_chunks=3)
LATER = structs.replace(
    RECORD, record_id="doc_2", total_chunks=None, uploaded_at=datetime(2026, 1, 1, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("version", "number"),
    [("1.0", 1), ("2", 2), ("v3.1", 3), ("0.9", 1), ("final", 1), ("", 1), ("2026-01", 2026)],
)
def test_a_version_is_a_number_of_uploads(version: str, number: int) -> None:
    assert structs.replace(RECORD, version=version).upload_version == number


def test_a_version_of_another_form_is_kept_as_metadata() -> None:
    assert structs.replace(RECORD, version="2.1").metadata["plan_version"] == "2.1"
    assert "plan_version" not in structs.replace(RECORD, version="2.0").metadata


def test_an_id_decides_before_a_filename() -> None:
    assert record_of([RECORD, LATER], "doc_1", "guide.docx", 9) == RECORD
    assert record_of([RECORD], "x", "other.docx", 3) is None


def test_of_several_records_of_a_filename_the_best_is_taken() -> None:
    archived = structs.replace(RECORD, status="archived")

    assert record_of([RECORD, LATER], "x", "guide.docx", 3) == RECORD
    assert record_of([RECORD, LATER], "x", "guide.docx", 4) == LATER
    assert record_of([archived, LATER], "x", "guide.docx", 3) == LATER


def test_a_difference_is_told() -> None:
    assert RECORD.difference(3) == LATER.difference(7) == ""
    assert RECORD.difference(2) == "2 of 3 chunks"
    assert structs.replace(RECORD, status="archived").difference(3) == "its status was archived"
