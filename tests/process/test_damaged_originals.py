"""An original that is not as long as it was: its download breaks off, and is never waited for."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.process.running import key, serving, succeeded, upload

NOTE = b"# Vault\n\nThe code of the vault is VA-4711.\n"


@pytest.mark.parametrize("damaged", [NOTE[:-7], NOTE + b"more"], ids=["shorter", "longer"])
def test_the_download_of_a_damaged_original_breaks_off(tmp_path: Path, damaged: bytes) -> None:
    data_dir = tmp_path / "data"
    with serving(data_dir) as server:
        api_key = server.create_client("acme")
        accepted = upload(server, api_key, "vault.md", NOTE)
        succeeded(server, api_key, accepted["job_id"])
        [original] = [path for path in data_dir.rglob("blob_*") if path.read_bytes() == NOTE]
        original.write_bytes(damaged)
        path = f"/api/v1/ingest/document/{accepted['document_id']}/content"

        with pytest.raises(httpx.RemoteProtocolError):
            server.http.get(path, headers=key(api_key), timeout=10)
        assert server.http.get("/livez").status_code == 200
