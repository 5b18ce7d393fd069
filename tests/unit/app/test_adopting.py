"""Adopting a client of the original plan: idempotent, resumable, and with its own key."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec import structs

from ragtenancy.container import Container
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    ClientSuspendedError,
    InvalidError,
    UnauthenticatedError,
)
from ragtenancy.domain.ids import Namespace, TenantId
from ragtenancy.domain.plan_clients import PlanClient
from ragtenancy.domain.tenant_config import LlmSettings, Prompts, TenantConfig
from ragtenancy.domain.tenants import TenantStatus
from tests.doubles import in_memory_container

KEY = "c2VjcmV0LW9mLXRoZS1wbGFuLXdpdGgtMzItYnl0ZXM="
CLIENT = PlanClient(
    tenant_id=TenantId("circular_ai"),
    name="CircularAI Platform",
    namespace=Namespace("circular_ai"),
    config=TenantConfig(prompts=Prompts(greeting="Hello! I'm here to help...")),
    api_key_hash=sha256(KEY.encode()).hexdigest(),
)


@pytest.fixture
def container() -> Container:
    return in_memory_container()


async def test_the_client_exists_with_its_configuration_and_its_key(container: Container) -> None:
    tenant = await container.tenants().adopt(CLIENT)

    principal = await container.authenticator().tenant(KEY)
    current = await container.tenant_config_repository().current(tenant.scope)
    assert principal.scope == tenant.scope
    assert current is not None
    assert (current.version, current.config) == (1, CLIENT.config)
    assert await container.document_repository().count(tenant.scope) == 0


async def test_repeating_changes_nothing(container: Container) -> None:
    first = await container.tenants().adopt(CLIENT)
    await container.configs().put(first.tenant_id, TenantConfig(), created_by="olga")

    second = await container.tenants().adopt(CLIENT)

    assert second == first
    assert (await container.configs().get(first.tenant_id)).version == 2


async def test_a_revoked_key_stays_revoked(container: Container) -> None:
    tenant = await container.tenants().adopt(CLIENT)
    principal = await container.authenticator().tenant(KEY)
    await container.api_keys().revoke(tenant.tenant_id, principal.key_id)

    await container.tenants().adopt(CLIENT)

    with pytest.raises(UnauthenticatedError):
        await container.authenticator().tenant(KEY)


async def test_missing_parts_are_created_after_a_crash(container: Container) -> None:
    tenant = CLIENT.tenant(container.ids().tenant_uid(), container.clock().now())
    await container.tenant_repository().add(tenant)

    adopted = await container.tenants().adopt(CLIENT)

    assert adopted == tenant
    assert (await container.authenticator().tenant(KEY)).scope == tenant.scope


async def test_a_client_with_keys_gets_no_other(container: Container) -> None:
    await container.tenants().create("circular_ai", "CircularAI Platform")

    with pytest.raises(AlreadyExistsError):
        await container.tenants().adopt(CLIENT)
    with pytest.raises(UnauthenticatedError):
        await container.authenticator().tenant(KEY)


async def test_a_suspended_client_stays_suspended(container: Container) -> None:
    await container.tenants().adopt(structs.replace(CLIENT, status=TenantStatus.SUSPENDED))

    with pytest.raises(ClientSuspendedError):
        await container.authenticator().tenant(KEY)


async def test_without_a_hash_no_key_is_created(container: Container) -> None:
    tenant = await container.tenants().adopt(structs.replace(CLIENT, api_key_hash=None))

    assert (await container.api_keys().page(tenant.tenant_id)).items == ()


async def test_an_invalid_configuration_creates_nothing(container: Container) -> None:
    other = TenantConfig(llm_settings=LlmSettings(model="gpt-9"))

    with pytest.raises(InvalidError):
        await container.tenants().adopt(structs.replace(CLIENT, config=other))

    assert await container.tenant_repository().get(CLIENT.tenant_id) is None


async def test_another_clients_namespace_is_not_taken(container: Container) -> None:
    await container.tenants().create("other", "Other", namespace="circular_ai")

    with pytest.raises(AlreadyExistsError):
        await container.tenants().adopt(CLIENT)


async def test_another_clients_key_is_not_taken(container: Container) -> None:
    await container.tenants().adopt(CLIENT)
    other = structs.replace(
        CLIENT, tenant_id=TenantId("other"), namespace=Namespace("other"), name="Other"
    )

    with pytest.raises(AlreadyExistsError):
        await container.tenants().adopt(other)

    assert (await container.authenticator().tenant(KEY)).scope.tenant_id == "circular_ai"
