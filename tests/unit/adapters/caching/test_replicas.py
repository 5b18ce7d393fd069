"""Two replicas over one store: how long each may go on with what was, and with the store away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import TypeVar

import pytest

from ragtenancy.adapters.caching.api_keys import CachingApiKeyRepository
from ragtenancy.adapters.caching.tenant_configs import CachingTenantConfigRepository
from ragtenancy.adapters.caching.tenants import CachingTenantRepository
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.deletion_ledger import InMemoryDeletionLedger
from ragtenancy.adapters.memory.tenants import (
    InMemoryApiKeyRepository,
    InMemoryPepperStore,
    InMemoryTenantConfigRepository,
    InMemoryTenantRepository,
)
from ragtenancy.app.api_keys import ApiKeys, Authenticator, Peppers
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.api_keys import ApiKey, plan_key_id
from ragtenancy.domain.errors import (
    ClientSuspendedError,
    UnauthenticatedError,
    UnavailableError,
)
from ragtenancy.domain.ids import ApiKeyId, TenantUid
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from tests.factories import ACME, config_version, scope, tenant
from tests.scripted.clock import ScriptedClock
from tests.scripted.ids import ScriptedIds

CREDENTIAL = "a key of the original plan"
Answer = TypeVar("Answer")


class Cable:
    """What lies between the store and the replicas: counts the calls, and can be cut."""

    def __init__(self) -> None:
        self.calls = 0
        self.cut = False

    async def through(self, answer: Answer) -> Answer:
        self.calls += 1
        await asyncio.sleep(0)
        if self.cut:
            raise UnavailableError("The store is away.")
        return answer


class RemoteConfigs(InMemoryTenantConfigRepository):
    def __init__(self, memory: Memory, cable: Cable) -> None:
        super().__init__(memory)
        self._cable = cable
        self.unchanged = 0

    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        return await self._cable.through(await super().current(scope))

    async def refreshed(
        self, scope: TenantScope, known: ConfigVersion | None
    ) -> ConfigVersion | None:
        found = await super().refreshed(scope, known)
        self.unchanged += known is not None and found is known
        return found


class RemoteKeys(InMemoryApiKeyRepository):
    def __init__(self, memory: Memory, cable: Cable) -> None:
        super().__init__(memory)
        self._cable = cable

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        return await self._cable.through(await super().find(key_id))


class RemoteTenants(InMemoryTenantRepository):
    def __init__(self, memory: Memory, cable: Cable) -> None:
        super().__init__(memory)
        self._cable = cable

    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        return await self._cable.through(await super().find(tenant_uid))


class Replica:
    """One process's view of the store."""

    def __init__(self, memory: Memory, clock: ScriptedClock) -> None:
        self.cable = Cable()
        self.remote_configs = RemoteConfigs(memory, self.cable)
        self.configs = CachingTenantConfigRepository(self.remote_configs, clock)
        self.keys = CachingApiKeyRepository(RemoteKeys(memory, self.cable), clock)
        self.tenants = CachingTenantRepository(RemoteTenants(memory, self.cable), clock)
        self.peppers = Peppers(self.keys, InMemoryPepperStore())
        self.adopt = ApiKeys(
            TenantRecords(self.tenants, clock),
            self.keys,
            self.peppers,
            InMemoryDeletionLedger(memory),
            ScriptedIds(),
            clock,
            environment="test",
        ).adopt
        self.authenticate = self.authenticator(self.peppers, clock).tenant

    def authenticator(self, peppers: Peppers, clock: ScriptedClock) -> Authenticator:
        return Authenticator(self.keys, peppers, self.tenants, clock, admin_keys={})


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock()


@pytest.fixture
async def replicas(clock: ScriptedClock) -> tuple[Replica, Replica]:
    """Two replicas with one pepper, a client, its configuration and its key."""
    memory = Memory()
    one, other = Replica(memory, clock), Replica(memory, clock)
    other.authenticate = other.authenticator(one.peppers, clock).tenant
    await one.tenants.add(tenant())
    await one.configs.add(ACME, config_version(ACME, 1))
    await one.adopt(tenant(), plan_hash())
    return one, other


def plan_hash() -> str:
    return sha256(CREDENTIAL.encode()).hexdigest()


def wait(clock: ScriptedClock, seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds))


async def test_a_key_known_by_its_hash_alone_is_honoured(
    replicas: tuple[Replica, Replica],
) -> None:
    principal = await replicas[0].authenticate(CREDENTIAL)

    assert (principal.scope, principal.key_id) == (ACME, plan_key_id(plan_hash()))


async def test_a_key_is_adopted_once(replicas: tuple[Replica, Replica]) -> None:
    assert await replicas[0].adopt(tenant(), plan_hash()) is False


async def test_a_record_planted_without_the_pepper_is_worth_nothing(
    replicas: tuple[Replica, Replica],
) -> None:
    stranger = "another key of the plan"
    digest = sha256(stranger.encode())
    planted = ApiKey(
        key_id=plan_key_id(digest.hexdigest()),
        tenant_id=ACME.tenant_id,
        tenant_uid=ACME.tenant_uid,
        mac=digest.digest(),
        pepper_version=1,
        created_at=tenant().created_at,
    )
    await replicas[0].keys.add(ACME, planted)

    with pytest.raises(UnauthenticatedError):
        await replicas[0].authenticate(stranger)


async def test_a_warm_request_asks_the_store_nothing(replicas: tuple[Replica, Replica]) -> None:
    one, _ = replicas
    await one.authenticate(CREDENTIAL)
    await one.configs.current(ACME)
    before = one.cable.calls

    await one.authenticate(CREDENTIAL)
    await one.configs.current(ACME)

    assert one.cable.calls == before


async def test_a_configuration_serves_five_minutes_and_its_writer_at_once(
    replicas: tuple[Replica, Replica], clock: ScriptedClock
) -> None:
    one, other = replicas
    await one.configs.current(ACME)
    await other.configs.current(ACME)

    await one.configs.add(ACME, config_version(ACME, 2))

    assert await one.configs.current(ACME) == config_version(ACME, 2)
    wait(clock, 299.9)
    assert await other.configs.current(ACME) == config_version(ACME, 1)
    wait(clock, 0.1)
    assert await other.configs.current(ACME) == config_version(ACME, 2)


async def test_an_unchanged_configuration_is_refreshed_by_its_version(
    replicas: tuple[Replica, Replica], clock: ScriptedClock
) -> None:
    one, _ = replicas
    first = await one.configs.current(ACME)
    wait(clock, 300)

    assert await one.configs.current(ACME) is first
    assert one.remote_configs.unchanged == 1


async def test_the_configurations_of_a_hundred_clients_are_remembered(
    replicas: tuple[Replica, Replica],
) -> None:
    one, _ = replicas
    owners = [scope(f"client-{'abcdefghij'[n // 10]}{'abcdefghij'[n % 10]}") for n in range(100)]
    await one.configs.current(ACME)
    for owner in owners:
        await one.configs.add(owner, config_version(owner, 1))
        await one.configs.current(owner)
    before = one.cable.calls

    for owner in owners:
        await one.configs.current(owner)
    assert one.cable.calls == before
    await one.configs.current(ACME)
    assert one.cable.calls == before + 1


async def test_many_requests_ask_for_a_configuration_once(
    replicas: tuple[Replica, Replica],
) -> None:
    one, _ = replicas
    before = one.cable.calls

    await asyncio.gather(*(one.configs.current(ACME) for _ in range(100)))

    assert one.cable.calls == before + 1


async def test_a_revocation_holds_everywhere_within_ten_seconds(
    replicas: tuple[Replica, Replica], clock: ScriptedClock
) -> None:
    one, other = replicas
    await one.authenticate(CREDENTIAL)
    await other.authenticate(CREDENTIAL)
    key = await one.keys.get(ACME, plan_key_id(plan_hash()))
    assert key is not None

    await one.keys.save(ACME, key.revoked(clock.now()))

    with pytest.raises(UnauthenticatedError):
        await one.authenticate(CREDENTIAL)
    wait(clock, 9.9)
    with pytest.raises(UnauthenticatedError):
        await other.authenticate(CREDENTIAL)


async def test_a_suspension_holds_everywhere_within_ten_seconds(
    replicas: tuple[Replica, Replica], clock: ScriptedClock
) -> None:
    one, other = replicas
    await one.authenticate(CREDENTIAL)
    await other.authenticate(CREDENTIAL)

    suspended = tenant().changed(at=clock.now(), status=TenantStatus.SUSPENDED)
    await one.tenants.save(suspended)

    with pytest.raises(ClientSuspendedError):
        await one.authenticate(CREDENTIAL)
    wait(clock, 9.9)
    with pytest.raises(ClientSuspendedError):
        await other.authenticate(CREDENTIAL)


async def test_with_the_store_away_authentication_fails_closed_within_ten_seconds(
    replicas: tuple[Replica, Replica], clock: ScriptedClock
) -> None:
    one, _ = replicas
    await one.authenticate(CREDENTIAL)
    one.cable.cut = True

    assert (await one.authenticate(CREDENTIAL)).scope == ACME
    wait(clock, 9.9)
    with pytest.raises(UnavailableError):
        await one.authenticate(CREDENTIAL)


async def test_with_the_store_away_a_configuration_serves_to_its_bound(
    replicas: tuple[Replica, Replica], clock: ScriptedClock
) -> None:
    one, _ = replicas
    await one.configs.current(ACME)
    one.cable.cut = True

    wait(clock, 299.9)
    assert await one.configs.current(ACME) == config_version(ACME, 1)
    wait(clock, 0.1)
    with pytest.raises(UnavailableError):
        await one.configs.current(ACME)


async def test_a_key_that_nobody_knows_is_unavailable_while_the_store_is_away(
    replicas: tuple[Replica, Replica],
) -> None:
    replicas[0].cable.cut = True

    with pytest.raises(UnavailableError):
        await replicas[0].authenticate("an unknown key of the plan")
