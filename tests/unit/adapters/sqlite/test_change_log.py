"""The log of what moved at each generation."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragtenancy.adapters.sqlite import documents as documents_module
from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from tests.factories import ACME, active_document


async def test_the_log_keeps_the_last_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents_module, "KEPT", 3)
    files = TenantFiles(tmp_path)
    await files.create(ACME)
    documents = SqliteDocumentRepository(files)
    for number in range(5):
        await documents.add(ACME, active_document(ACME, f"doc_{number}"))

    kept = await files.read(ACME, lambda db: db.execute("SELECT count(*) FROM changes").get)
    recent, older = [await documents.manifest(ACME, since=since) for since in (2, 1)]
    await files.close()

    assert kept == 3
    assert (recent.whole, len(recent.active)) == (False, 3)
    assert (older.whole, len(older.active)) == (True, 5)
