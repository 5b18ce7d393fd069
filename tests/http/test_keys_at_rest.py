"""No key is ever stored or shown in the data folder, the logs or an error."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from ragtenancy.settings import Settings
from ragtenancy.telemetry import configure_logging
from tests.http.service import Service

SECRET = slice(-49, None)


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    written = io.StringIO()
    configure_logging("debug")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    yield written
    structlog.reset_defaults()


async def test_no_key_is_stored_logged_or_reported(tmp_path: Path, logs: io.StringIO) -> None:
    service = Service(Settings(storage="sqlite", data_dir=tmp_path))
    async with service.container.closers():
        keys = [await service.create("acme"), await service.create("globex")]
        made = await service.key("acme", scopes=["search"])
        keys.append(made["api_key"])
        replies = [
            await service.call("POST", "/api/v1/chat", keys[2], json={"message": "Hello?"}),
            await service.call("GET", f"/api/v1/ingest/status/{keys[0]}", keys[1]),
            await service.call("GET", "/api/v1/client", keys[0][:-1] + "!"),
            await service.call(
                "POST", "/api/v1/search", keys[0], json={"query": 1, "filters": keys[0]}
            ),
            await service.operate("GET", f"clients/{keys[0]}"),
            await service.call("GET", "/livez", headers={"X-Request-ID": keys[0]}),
            await service.operate("GET", "clients/acme/keys"),
            await service.operate("DELETE", f"clients/acme/keys/{made['key_id']}"),
            await service.call("GET", "/api/v1/client", keys[2]),
        ]
        await service.http.aclose()

    said = "".join(f"{reply.text}{reply.headers}" for reply in replies) + logs.getvalue()
    kept = everything_in(tmp_path)
    assert kept
    assert [key for key in keys if key[SECRET] in said or key[SECRET].encode() in kept] == []


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
