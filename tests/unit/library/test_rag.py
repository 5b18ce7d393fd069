"""An installation as a Python program uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ragtenancy
from ragtenancy import RagTenancy, RagTenancyError, TenantConfig
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    ClientSuspendedError,
    MalformedError,
    NotFoundError,
)


async def test_a_created_tenant_comes_with_its_first_key(rag: RagTenancy) -> None:
    created = await rag.create_tenant("acme", name="Acme")

    assert created.tenant.name == "Acme"
    assert created.api_key.startswith("rtk_")


async def test_an_id_is_taken_once(rag: RagTenancy) -> None:
    await rag.create_tenant("acme")

    with pytest.raises(AlreadyExistsError):
        await rag.create_tenant("acme")


async def test_tenants_are_listed_by_id(rag: RagTenancy) -> None:
    for number in range(120):
        await rag.create_tenant(f"t{number:03d}")

    listed = [tenant.tenant_id async for tenant in rag.tenants()]

    assert listed == [f"t{number:03d}" for number in range(120)]


async def test_an_unknown_tenant_is_not_found_at_its_first_use(rag: RagTenancy) -> None:
    handle = rag.tenant("nobody")

    with pytest.raises(NotFoundError):
        await handle.search("anything")


async def test_what_cannot_be_an_id_is_refused(rag: RagTenancy) -> None:
    with pytest.raises(MalformedError):
        rag.tenant("../acme")


async def test_a_suspended_tenant_is_not_served_until_it_is_resumed(rag: RagTenancy) -> None:
    await rag.create_tenant("acme")
    await rag.suspend_tenant("acme")

    with pytest.raises(ClientSuspendedError):
        await rag.tenant("acme").ask("Anything?")

    await rag.resume_tenant("acme")
    assert (await rag.tenant("acme").view()).client_id == "acme"


async def test_a_deleted_tenant_is_gone_and_its_receipt_is_kept(rag: RagTenancy) -> None:
    await rag.create_tenant("acme")
    await rag.tenant("acme").ingest(b"Refunds take 30 days.", filename="terms.txt")

    deletion = await rag.delete_tenant("acme")

    assert (await rag.deletion(deletion.deletion_id)).status == "verified"
    with pytest.raises(NotFoundError):
        await rag.get_tenant("acme")


async def test_a_configuration_out_of_bounds_names_its_field(rag: RagTenancy) -> None:
    with pytest.raises(MalformedError, match="top_k"):
        await rag.create_tenant("acme", config={"search_settings": {"top_k": 0}})


async def test_a_configuration_may_be_a_struct(rag: RagTenancy) -> None:
    await rag.create_tenant("acme", config=TenantConfig())

    assert (await rag.tenant("acme").config()).version == 1


async def test_the_installation_tells_its_health(rag: RagTenancy) -> None:
    assert (await rag.health()).status == "healthy"


def test_every_public_name_is_there() -> None:
    assert all(getattr(ragtenancy, name) is not None for name in ragtenancy.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        _ = ragtenancy.nothing_of_ours


def test_errors_share_a_root() -> None:
    assert issubclass(NotFoundError, RagTenancyError)


def test_importing_loads_no_heavy_package() -> None:
    program = (
        "import sys, ragtenancy; heavy = {'numpy', 'litestar', 'langgraph', 'apsw', 'msgspec',"
        " 'onnxruntime', 'structlog', 'asyncio'}; print(sorted(heavy & set(sys.modules)))"
    )

    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert printed.strip() == "[]"
