"""Keys that are rotated with an overlap, and the day of their latest use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ragtenancy.app.api_keys import IssuedKey
from ragtenancy.container import Container
from ragtenancy.domain.api_keys import ApiKey, Pepper, Scope
from ragtenancy.domain.errors import (
    ConflictError,
    MalformedError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from ragtenancy.domain.ids import ApiKeyId, TenantId
from tests.scripted.clock import ScriptedClock
from tests.unit.app.conftest import Installation

ACME = TenantId("acme")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Keys:
    """The keys of one client, and a clock."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.use_cases = container.api_keys()
        clock = container.clock()
        assert isinstance(clock, ScriptedClock)
        self.clock = clock

    async def issue(self, **given: object) -> IssuedKey:
        return await self.use_cases.issue(ACME, **given)  # type: ignore[arg-type]

    async def rotate(self, issued: IssuedKey, overlap: timedelta) -> IssuedKey:
        return await self.use_cases.rotate(ACME, issued.record.key_id, overlap=overlap)

    async def works(self, issued: IssuedKey) -> bool:
        try:
            await self.container.authenticator().tenant(issued.api_key)
        except UnauthenticatedError:
            return False
        return True

    async def record(self, issued: IssuedKey) -> ApiKey:
        found: ApiKey | None = await self.container.api_key_repository().find(issued.record.key_id)
        assert found is not None
        return found


@pytest.fixture
async def keys(installation: Installation) -> Keys:
    await installation.tenant()
    return Keys(installation.container)


async def test_both_keys_work_until_the_overlap_ends(keys: Keys) -> None:
    old = await keys.issue()
    new = await keys.rotate(old, DAY)
    during = (await keys.works(old), await keys.works(new))
    keys.clock.advance(DAY)

    assert during == (True, True)
    assert (await keys.works(old), await keys.works(new)) == (False, True)


async def test_without_overlap_the_old_key_is_revoked_at_once(keys: Keys) -> None:
    old = await keys.issue()

    new = await keys.rotate(old, timedelta(0))

    assert (await keys.works(old), await keys.works(new)) == (False, True)
    assert (await keys.record(old)).revoked_at == keys.clock.now()


async def test_the_expiry_of_the_old_key_is_in_its_record(keys: Keys) -> None:
    old = await keys.issue()

    await keys.rotate(old, DAY)

    assert (await keys.record(old)).expires_at == keys.clock.now() + DAY


async def test_an_overlap_never_lengthens_a_keys_life(keys: Keys) -> None:
    end = keys.clock.now() + HOUR
    old = await keys.issue(expires_at=end)

    new = await keys.rotate(old, DAY)

    assert ((await keys.record(old)).expires_at, new.record.expires_at) == (end, end)


async def test_the_successor_may_do_what_the_old_key_may(keys: Keys) -> None:
    old = await keys.issue(label="web", scopes=(Scope.SEARCH,))

    new = await keys.rotate(old, DAY)

    assert (new.record.label, list(new.record.scopes)) == ("web", [Scope.SEARCH])
    assert new.api_key != old.api_key


async def test_a_key_that_no_longer_works_has_no_successor(keys: Keys) -> None:
    old = await keys.issue()
    await keys.use_cases.revoke(ACME, old.record.key_id)

    with pytest.raises(ConflictError) as raised:
        await keys.rotate(old, DAY)

    assert raised.value.reason == "key_not_usable"


async def test_an_unknown_key_is_not_found(keys: Keys) -> None:
    with pytest.raises(NotFoundError):
        await keys.use_cases.rotate(ACME, ApiKeyId("absent"))


@pytest.mark.parametrize("overlap", [-HOUR, 31 * DAY])
async def test_an_overlap_has_bounds(keys: Keys, overlap: timedelta) -> None:
    old = await keys.issue()

    with pytest.raises(MalformedError, match="overlap_seconds"):
        await keys.rotate(old, overlap)


async def test_the_day_of_the_latest_use_is_recorded(keys: Keys) -> None:
    issued = await keys.issue()
    before = (await keys.record(issued)).last_used
    await keys.works(issued)
    first = (await keys.record(issued)).last_used
    keys.clock.advance(2 * DAY)
    await keys.works(issued)

    assert (before, first) == (None, (keys.clock.now() - 2 * DAY).date())
    assert (await keys.record(issued)).last_used == keys.clock.now().date()


async def test_a_refused_key_is_not_used(keys: Keys) -> None:
    issued = await keys.issue()
    await keys.use_cases.revoke(ACME, issued.record.key_id)

    await keys.works(issued)

    assert (await keys.record(issued)).last_used is None


async def test_a_key_is_written_once_a_day(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = await keys.issue()
    repository, written = type(keys.container.api_key_repository()), []
    refresh = repository.refresh

    async def counted(self: object, *given: object) -> bool:
        written.append(given)
        return bool(await refresh(self, *given))

    monkeypatch.setattr(repository, "refresh", counted)
    for _ in range(5):
        await keys.works(issued)

    assert len(written) == 1


async def test_a_store_that_cannot_be_written_refuses_no_key(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = await keys.issue()

    async def failing(*_: object) -> bool:
        raise UnavailableError("full", code="storage_full")

    monkeypatch.setattr(type(keys.container.api_key_repository()), "refresh", failing)

    assert await keys.works(issued)


async def test_a_used_key_is_signed_by_the_newest_pepper(keys: Keys) -> None:
    issued = await keys.issue()
    newer = Pepper(version=2, secret=b"2" * 32)
    keys.container.pepper_store()._peppers[2] = newer

    first = await keys.works(issued)
    record = await keys.record(issued)

    assert (first, await keys.works(issued)) == (True, True)
    assert (record.pepper_version, record.pepper_fingerprint) == (2, newer.fingerprint)
