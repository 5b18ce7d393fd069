"""What every `Archives` does."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.formats.archives import ZipArchives
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.ports.archives import Archives
from tests.contract.backends import Backend, Tier, params


@asynccontextmanager
async def opened(_folder: Path) -> AsyncIterator[Archives]:
    yield ZipArchives()


BACKENDS = params(
    Backend[Archives](name="zip", tier=Tier.EMBEDDED, adapter=ZipArchives, open=opened)
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def archives(backend: Backend[Archives], tmp_path: Path) -> AsyncIterator[Archives]:
    async with backend.open(tmp_path) as found:
        yield found


def archive_of(**files: bytes) -> io.BytesIO:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return written


async def test_files_come_in_order_with_name_size_and_content(archives: Archives) -> None:
    body = bytes(range(256)) * 3_000

    files = archives.files(archive_of(B=b"one", a=body), most=2, total_bytes=10**6) or ()

    assert [(file.name, file.size) for file in files] == [("B", 3), ("a", len(body))]
    assert [file.open().read() for file in files] == [b"one", body]


async def test_another_file_is_no_archive(archives: Archives) -> None:
    assert archives.files(io.BytesIO(b"text"), most=1, total_bytes=1) is None


@pytest.mark.parametrize(
    ("most", "total_bytes", "code"), [(1, 100, "too_many_members"), (2, 5, "zip_bomb")]
)
async def test_an_archive_out_of_bounds_is_refused(
    archives: Archives, most: int, total_bytes: int, code: str
) -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        archives.files(archive_of(a=b"one", b=b"two"), most=most, total_bytes=total_bytes)

    assert refused.value.reason == code
