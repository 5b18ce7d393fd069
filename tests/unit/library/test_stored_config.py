"""A stored configuration that is out of its bounds: it fails closed and can be put right."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import msgspec
import pytest

from ragtenancy import RagTenancy, Settings
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.library.tenant import TenantHandle
from tests.doubles import in_memory_container


def damage(folder: Path, section: str, **values: object) -> None:
    """Write values into the configuration that is in force, as by hand."""
    control = apsw.Connection(str(folder / "control.db"))
    query = "SELECT version, body FROM tenant_configs ORDER BY version DESC LIMIT 1"
    version, body = control.execute(query).fetchone() or (0, b"")
    record = msgspec.msgpack.decode(body)
    record["config"][section] |= values
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
    ("section", "values", "said"),
    [
        ("search_settings", {"top_k": -1}, "at search_settings.top_k;"),
        ("search_settings", {"language": "klingon"}, "at search_settings.language;"),
        ("search_settings", {"bm25_weight": 0.9}, "does not hold;"),
        ("limits", {"max_documents": 0}, "at limits.max_documents;"),
    ],
)
async def test_what_needs_it_is_refused_and_told_why(
    acme: TenantHandle, tmp_path: Path, section: str, values: dict[str, object], said: str
) -> None:
    damage(tmp_path, section, **values)

    with pytest.raises(UnavailableError, match=said) as refused:
        await acme.search("refunds")

    assert refused.value.reason == "bad_config"


async def test_what_does_not_need_it_goes_on(acme: TenantHandle, tmp_path: Path) -> None:
    damage(tmp_path, "search_settings", top_k=-1)

    assert [document.shown.filename async for document in acme.documents()] == ["guide.md"]


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
