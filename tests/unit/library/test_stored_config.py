"""A stored configuration that is out of its bounds: it heals, and can be put right."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import msgspec
import pytest
from msgspec import Struct, structs
from structlog.testing import capture_logs

from ragtenancy import RagTenancy, Settings
from ragtenancy.domain.tenant_config import (
    Chunking,
    Limits,
    Prompts,
    SearchSettings,
    TenantConfig,
)
from ragtenancy.library.tenant import TenantHandle
from tests.doubles import in_memory_container


def damage(folder: Path, section: str, **values: object) -> None:
    """Write values into the configuration that is in force, as by hand."""
    config = msgspec.to_builtins(TenantConfig())
    config[section] |= values
    write(folder, config)


def write(folder: Path, config: object) -> None:
    """Write over the configuration that is in force, as by hand."""
    control = apsw.Connection(str(folder / "control.db"))
    query = "SELECT version, body FROM tenant_configs ORDER BY version DESC LIMIT 1"
    version, body = control.execute(query).fetchone() or (0, b"")
    record = msgspec.msgpack.decode(body) | {"config": config}
    update = "UPDATE tenant_configs SET body = ? WHERE version = ?"
    control.execute(update, (msgspec.msgpack.encode(record), version))
    control.close()


@pytest.fixture
async def acme(tmp_path: Path) -> AsyncIterator[TenantHandle]:
    container = in_memory_container(Settings(data_dir=tmp_path))
    container.clock.reset_override()
    async with RagTenancy.open(container=container) as rag:
        await rag.create_tenant("acme")
        await rag.tenant("acme").ingest(b"# Refunds\n\nAfter 30 days.", filename="guide.md")
        yield rag.tenant("acme")


@pytest.mark.parametrize(
    ("section", "stored", "read"),
    [
        ("search_settings", {"top_k": -1}, SearchSettings()),
        (
            "search_settings",
            {"language": "klingon", "top_k": 7},
            SearchSettings(top_k=7),
        ),
        ("search_settings", {"bm25_weight": 0.9, "top_k": 7}, SearchSettings(top_k=7)),
        ("search_settings", {"semantic_weight": 5, "bm25_weight": -4.5}, SearchSettings()),
        (
            "chunking",
            {"target_tokens": 100, "overlap_tokens": 99},
            Chunking(),
        ),
        ("limits", {"max_documents": 0, "max_pending_jobs": 2}, Limits(max_pending_jobs=2)),
        (
            "prompts",
            {"greeting": "x" * 20_001, "system_prompt": "Be brief."},
            Prompts(system_prompt="Be brief."),
        ),
    ],
)
async def test_what_does_not_hold_takes_its_default_and_the_rest_stays(
    acme: TenantHandle, tmp_path: Path, section: str, stored: dict[str, object], read: Struct
) -> None:
    damage(tmp_path, section, **stored)

    in_force = await acme.config()

    assert in_force.config == structs.replace(TenantConfig(), **{section: read})
    assert (await acme.search("refunds")).hits


async def test_it_is_logged(acme: TenantHandle, tmp_path: Path) -> None:
    damage(tmp_path, "search_settings", top_k=-1)

    with capture_logs() as logs:
        await acme.config()

    assert {"event": "config_healed", "log_level": "warning", "store": "sqlite"} in logs


async def test_a_configuration_that_is_none_takes_every_default(
    acme: TenantHandle, tmp_path: Path
) -> None:
    write(tmp_path, {"prompts": 1, "search_settings": None, "unknown": {}})

    assert (await acme.config()).config == TenantConfig()


async def test_another_can_be_put_in_force(acme: TenantHandle, tmp_path: Path) -> None:
    damage(tmp_path, "search_settings", top_k=-1)

    put = await acme.set_config({})

    assert put.version == 2
    assert (await acme.search("refunds")).hits


async def test_the_version_before_it_can_be_put_in_force(
    acme: TenantHandle, tmp_path: Path
) -> None:
    await acme.set_config({"search_settings": {"top_k": 7}})
    damage(tmp_path, "search_settings", top_k=-1)

    put = await acme.rollback_config(1)

    assert (put.version, (await acme.config()).config.search_settings.top_k) == (3, 5)
