"""What every `ApiKeyRepository` does."""

from __future__ import annotations

import pytest
from msgspec import structs

from ragtenancy.adapters.caching.api_keys import CachingApiKeyRepository
from ragtenancy.adapters.cosmos.api_keys import CosmosApiKeyRepository
from ragtenancy.adapters.memory.tenants import InMemoryApiKeyRepository
from ragtenancy.adapters.sqlite.tenants import SqliteApiKeyRepository
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    IsolationBreach,
    MalformedError,
    NotFoundError,
)
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.pages import Cursor
from ragtenancy.ports.api_keys import ApiKeyRepository
from tests.contract.caching_house import joined
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, SECOND, api_key

BACKENDS = [
    *in_houses(InMemoryApiKeyRepository, SqliteApiKeyRepository),
    *on_cosmos(CosmosApiKeyRepository),
    *joined(CachingApiKeyRepository),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

KEY = api_key(ACME, scopes=(Scope.CHAT, Scope.SEARCH), expires_at=NOW + SECOND)


@pytest.fixture
def keys(house: House) -> ApiKeyRepository:
    return house.api_keys


async def test_what_keys_were_signed_with_is_told_once(keys: ApiKeyRepository) -> None:
    old = structs.replace(api_key(GLOBEX, "old"), pepper_version=1, pepper_fingerprint=None)
    new = structs.replace(KEY, pepper_version=2, pepper_fingerprint=bytes(16))
    also_new = structs.replace(new, key_id=ApiKeyId("also"))
    revoked = structs.replace(new, key_id=ApiKeyId("gone"), revoked_at=NOW)
    before = await keys.signatures()
    for each in (new, also_new, revoked):
        await keys.add(ACME, each)
    await keys.add(GLOBEX, old)

    after = await keys.signatures()

    assert before == frozenset()
    assert after == {new.signature, revoked.signature, old.signature}
    assert len({new.signature, revoked.signature, old.signature}) == 3


async def test_signatures_go_with_the_tenants_keys(keys: ApiKeyRepository) -> None:
    await keys.add(ACME, KEY)
    await keys.drop(ACME)

    assert await keys.signatures() == frozenset()


async def test_an_absent_key_is_none(keys: ApiKeyRepository) -> None:
    assert await keys.find(KEY.key_id) is None
    assert await keys.get(ACME, KEY.key_id) is None


async def test_a_key_is_found_by_its_id_as_it_was_added(keys: ApiKeyRepository) -> None:
    await keys.add(ACME, KEY)

    assert await keys.find(KEY.key_id) == KEY
    assert await keys.get(ACME, KEY.key_id) == KEY


async def test_a_taken_id_is_refused_to_every_tenant(keys: ApiKeyRepository) -> None:
    await keys.add(ACME, KEY)

    with pytest.raises(AlreadyExistsError):
        await keys.add(GLOBEX, api_key(GLOBEX, KEY.key_id))

    assert await keys.find(KEY.key_id) == KEY


async def test_save_writes_a_record_of_the_tenant(keys: ApiKeyRepository) -> None:
    await keys.add(ACME, KEY)

    await keys.save(ACME, KEY.revoked(NOW))

    assert await keys.find(KEY.key_id) == KEY.revoked(NOW)


async def test_a_record_is_refreshed_while_it_is_as_known(keys: ApiKeyRepository) -> None:
    used = structs.replace(KEY, last_used_on=NOW)
    await keys.add(ACME, KEY)

    assert await keys.refresh(ACME, KEY, used)
    assert await keys.get(ACME, KEY.key_id) == used


async def test_refreshing_does_not_undo_a_revocation(keys: ApiKeyRepository) -> None:
    await keys.add(ACME, KEY)
    await keys.save(ACME, KEY.revoked(NOW))

    assert not await keys.refresh(ACME, KEY, structs.replace(KEY, last_used_on=NOW))
    assert await keys.find(KEY.key_id) == KEY.revoked(NOW)


async def test_an_absent_or_foreign_record_is_not_refreshed(keys: ApiKeyRepository) -> None:
    await keys.add(ACME, KEY)
    foreign = api_key(GLOBEX, KEY.key_id)

    assert not await keys.refresh(GLOBEX, foreign, foreign)
    assert not await keys.refresh(ACME, api_key(ACME, "absent"), api_key(ACME, "absent"))
    assert await keys.find(KEY.key_id) == KEY


async def test_save_of_the_absent_and_of_the_foreign_is_not_found(keys: ApiKeyRepository) -> None:
    await keys.add(ACME, KEY)

    with pytest.raises(NotFoundError):
        await keys.save(GLOBEX, api_key(GLOBEX, KEY.key_id))
    with pytest.raises(NotFoundError):
        await keys.save(ACME, api_key(ACME, "absent"))

    assert await keys.find(KEY.key_id) == KEY


async def test_get_does_not_see_another_tenants_key(keys: ApiKeyRepository) -> None:
    await keys.add(ACME, KEY)

    assert await keys.get(GLOBEX, KEY.key_id) is None


async def test_pages_are_oldest_first_and_the_tenants_own(keys: ApiKeyRepository) -> None:
    for key_id in ("c", "a", "b"):
        await keys.add(ACME, api_key(ACME, key_id))
        await keys.add(GLOBEX, api_key(GLOBEX, f"globex-{key_id}"))

    first = await keys.page(ACME, limit=2)
    await keys.add(ACME, api_key(ACME, "0"))
    second = await keys.page(ACME, after=first.next, limit=2)

    assert [key.key_id for key in (*first.items, *second.items)] == ["c", "a", "b", "0"]
    assert second.next is None


async def test_a_bad_cursor_is_malformed(keys: ApiKeyRepository) -> None:
    with pytest.raises(MalformedError):
        await keys.page(ACME, after=Cursor("LTU"))


async def test_drop_removes_the_tenants_keys_alone(keys: ApiKeyRepository) -> None:
    await keys.add(ACME, KEY)
    await keys.add(GLOBEX, api_key(GLOBEX, "other"))

    await keys.drop(ACME)
    await keys.drop(ACME)

    assert await keys.find(KEY.key_id) is None
    assert await keys.find(ApiKeyId("other")) is not None


async def test_another_tenants_record_is_not_taken_in(keys: ApiKeyRepository) -> None:
    with pytest.raises(IsolationBreach):
        await keys.add(GLOBEX, KEY)


async def test_a_misfiled_key_opens_nothing(house: House) -> None:
    await house.api_keys.add(ACME, KEY)

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await house.api_keys.find(KEY.key_id)
    with pytest.raises(IsolationBreach):
        await house.api_keys.get(GLOBEX, KEY.key_id)
