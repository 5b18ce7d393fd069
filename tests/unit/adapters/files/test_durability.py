"""What is on the disk when a write is acknowledged: content, names, and in which order."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from msgspec import Struct

from ragtenancy.adapters.files.blobs import FileBlobStore, FileTenantStorage
from ragtenancy.domain.ids import BlobName
from tests.factories import ACME

NAME = BlobName("blob_1")


class Synced(Struct, frozen=True):
    """What an fsync made durable: a file's bytes, or the names in a folder."""

    path: Path
    content: bytes | frozenset[str]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Synced]:
    """What the disk was made to hold, in order."""
    found: list[Synced] = []
    sync: Callable[[int], None] = os.fsync

    def recorded(handle: int) -> None:
        sync(handle)
        path = Path(f"/proc/self/fd/{handle}").readlink()
        names = frozenset(child.name for child in path.iterdir()) if path.is_dir() else None
        found.append(Synced(path, names if names is not None else path.read_bytes()))

    monkeypatch.setattr(os, "fsync", recorded)
    return found


async def body() -> AsyncIterator[bytes]:
    yield b"con"
    yield b"tent"


async def test_a_blob_is_synced_before_it_has_its_name_and_its_name_before_the_reply(
    tmp_path: Path, synced: list[Synced]
) -> None:
    await FileTenantStorage(tmp_path).create(ACME)
    folder = tmp_path / ACME.tenant_uid / "blobs"
    synced.clear()

    await FileBlobStore(tmp_path).put(ACME, NAME, body(), max_bytes=10)

    (content, names) = synced
    assert content.path.parent == folder
    assert content.path.name != NAME
    assert content.content == b"content"
    assert (names.path, NAME in names.content) == (folder, True)


async def test_a_clients_folder_and_its_owner_are_synced(
    tmp_path: Path, synced: list[Synced]
) -> None:
    folder = tmp_path / ACME.tenant_uid / "blobs"

    await FileTenantStorage(tmp_path).create(ACME)

    assert [each.content for each in synced if each.path.name.startswith(".owner")] == [
        ACME.tenant_uid.encode()
    ]
    assert [".owner" in each.content for each in synced if each.path == folder] == [True]
    assert [ACME.tenant_uid in each.content for each in synced if each.path == tmp_path] == [True]


async def test_a_clients_deletion_is_synced(tmp_path: Path, synced: list[Synced]) -> None:
    storage = FileTenantStorage(tmp_path)
    await storage.create(ACME)
    synced.clear()

    await storage.drop(ACME)

    assert synced == [Synced(tmp_path, frozenset())]
