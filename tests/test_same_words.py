"""A bad value is refused with the same words, whichever way it comes in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ragtenancy import RagTenancy
from ragtenancy.cli.app import app as cli
from ragtenancy.domain.errors import RagTenancyError
from tests.bundles import with_config
from tests.http.service import Service

CONFIG = "clients/acme/config"
BAD: list[dict[str, Any]] = [
    {"prompts": {"greeting": "x" * 20_001}},
    {"search_settings": {"semantic_weight": 5}},
    {"search_settings": {"semantic_weight": 0.5}},
    {"search_settings": {"top_k": -1}},
    {"search_settings": {"top_k": "5"}},
    {"search_settings": {"language": "klingon"}},
    {"search_settings": {"unknown": 1}},
    {"llm_settings": {"temperature": 2.1}},
    {"features": {"image_processing": "yes"}},
    {"chunking": {"overlap_tokens": 81}},
    {"limits": {"max_documents": 0}},
    {"limits": {"requests_per_minute": 0}},
]


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    async with service.http:
        await service.create()
        yield service


@pytest.mark.parametrize("config", BAD)
async def test_http_the_library_and_a_bundle_agree(
    service: Service, tmp_path: Path, config: dict[str, Any]
) -> None:
    over_http = (await service.operate("PUT", CONFIG, json=config)).json()

    async with RagTenancy.open(container=service.container, worker=False) as rag:
        with pytest.raises(RagTenancyError) as by_library:
            await rag.tenant("acme").set_config(config)
        await rag.export_tenant("acme", tmp_path / "acme.bundle")
        forged = await with_config(tmp_path / "acme.bundle", config)
        with pytest.raises(RagTenancyError) as by_bundle:
            await rag.import_tenant(forged, tenant_id="globex")

    assert by_library.value.detail == over_http["detail"]
    assert by_library.value.reason == over_http["code"]
    assert by_bundle.value.reason == "bad_bundle"
    assert by_bundle.value.detail == (
        f"The bundle is refused: configs/1.json: {over_http['detail']}"
    )


@pytest.mark.parametrize("config", BAD)
async def test_the_command_line_agrees(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any]
) -> None:
    monkeypatch.setenv("RAGTENANCY_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "config.json").write_text(json.dumps(config))
    over_http = (await service.operate("PUT", CONFIG, json=config)).json()

    made = ["client", "create", "acme", "--config", str(tmp_path / "config.json")]
    result = await asyncio.to_thread(CliRunner().invoke, cli, made)

    assert isinstance(result.exception, RagTenancyError)
    assert result.exception.detail == over_http["detail"]
