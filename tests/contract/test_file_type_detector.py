"""What every detector of file types promises."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.formats.file_types import FileTypes
from ragtenancy.domain.errors import UnsupportedError
from ragtenancy.ports.parsing import FileTypeDetector
from tests.contract.backends import Backend, Tier, params
from tests.factories_files import xlsx_bytes
from tests.factories_office import compound_bytes


@asynccontextmanager
async def opened(_folder: Path) -> AsyncIterator[FileTypeDetector]:
    yield FileTypes()


BACKENDS = params(
    Backend(name="formats", tier=Tier.EMBEDDED, adapter=FileTypes, open=opened),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def detector(
    backend: Backend[FileTypeDetector], tmp_path: Path
) -> AsyncIterator[FileTypeDetector]:
    async with backend.open(tmp_path) as made:
        yield made


def test_a_container_has_the_type_of_its_main_part(detector: FileTypeDetector) -> None:
    media_type = detector.detect(io.BytesIO(xlsx_bytes(["a"])))

    assert media_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize("content", [b"", b"text", b"%PDF-1.7", b"<html>"])
def test_other_content_is_left_to_the_parsers(detector: FileTypeDetector, content: bytes) -> None:
    assert detector.detect(io.BytesIO(content)) is None


def test_known_content_that_no_parser_reads_is_refused(detector: FileTypeDetector) -> None:
    with pytest.raises(UnsupportedError) as refused:
        detector.detect(io.BytesIO(compound_bytes({"WordDocument": b"a"})))

    assert refused.value.reason == "legacy_word"
