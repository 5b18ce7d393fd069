"""Wherever a process crashes, the intents lead a sweep to everything it left behind."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from dependency_injector import providers
from msgspec import structs

from ragtenancy.app.maintenance.garbage import SweepReport
from ragtenancy.backend.stores import Stores
from ragtenancy.container import Container
from ragtenancy.domain.jobs import LEASE
from ragtenancy.domain.tenants import TenantScope
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock
from tests.unit.app.conftest import Installation

NO_GRACE = timedelta(0)
FORMER = "# Refunds\n\nRefunds take 30 days.\n"
NEWER = "# Refunds\n\nRefunds take 60 days.\n"
NEWEST = "# Refunds\n\nRefunds take 90 days.\n"


class KilledError(BaseException):
    """The process ends here."""


class Life:
    """Ends after the n-th call; then nothing more is done."""

    def __init__(self, calls: int) -> None:
        self._left = calls

    @property
    def is_over(self) -> bool:
        return self._left <= 0

    def require(self) -> None:
        if self.is_over:
            raise KilledError

    def spend(self) -> None:
        self._left -= 1
        self.require()


class Mortal:
    """A real store whose process may end at any call to it."""

    def __init__(self, store: Any, life: Life) -> None:
        self._store = store
        self._life = life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if not inspect.iscoroutinefunction(method):
            return method

        async def call(*arguments: Any, **named: Any) -> Any:
            self._life.require()
            reply = await method(*arguments, **named)
            self._life.spend()
            return reply

        return call


Story = Callable[[Installation, TenantScope], Awaitable[object]]


async def upload(doomed: Installation, scope: TenantScope) -> None:
    await doomed.ingest(scope, FORMER, idempotency_key="one")


async def replace(doomed: Installation, scope: TenantScope) -> None:
    document_id = await doomed.ingest(scope, FORMER)
    await doomed.ingest(scope, NEWER, document_id=document_id)


async def overtake(doomed: Installation, scope: TenantScope) -> None:
    document_id = await doomed.ingest(scope, FORMER)
    await doomed.submit(scope, NEWER, document_id=document_id)
    await doomed.submit(scope, NEWEST, document_id=document_id)
    await doomed.work()


async def delete(doomed: Installation, scope: TenantScope) -> None:
    document_id = await doomed.ingest(scope, FORMER)
    await doomed.container.documents().delete(scope, document_id)


async def create(doomed: Installation, scope: TenantScope) -> None:
    await doomed.tenant(f"beside-{scope.tenant_id}")


STORIES: Mapping[str, Story] = {
    each.__name__: each for each in (upload, replace, overtake, delete, create)
}


@pytest.mark.parametrize("story", STORIES)
async def test_a_sweep_leaves_nothing_for_a_full_sweep(story: str) -> None:
    found = await lives(STORIES[story])

    assert len(found) > 8
    assert [report for report in found if report != SweepReport()] == []


async def lives(story: Story) -> list[SweepReport]:
    """Replay a story, each time ended one call later, until it completes.

    Return what a full look finds after each, once a sweep and a worker have passed.
    """
    found: list[SweepReport] = []
    while True:
        container = in_memory_container()
        scope = await Installation(container).tenant()
        life = Life(len(found) + 1)
        try:
            await story(process(container, life), scope)
        except (KilledError, BaseExceptionGroup):
            assert life.is_over
        found.append(await aftermath(container))
        assert await container.intent_log().opened(until=container.clock().now()) == ()
        if not life.is_over:
            return found


async def aftermath(container: Container) -> SweepReport:
    """Sweep and work as the processes do that go on, then look through everything."""
    after = process(container)
    clock = after.container.clock()
    assert isinstance(clock, ScriptedClock)
    clock.advance(LEASE)
    await after.work_through(2)
    await after.container.sweeper().sweep(grace=NO_GRACE)
    await after.work()
    return await after.container.sweeper().sweep_fully(grace=NO_GRACE)


def process(container: Container, life: Life | None = None) -> Installation:
    """Return a process on the same stores, mortal where it has a life."""
    stores = container.stores()
    if life is not None:
        names = Stores.__struct_fields__
        stores = structs.replace(
            stores, **{name: Mortal(getattr(stores, name), life) for name in names}
        )
    other = in_memory_container(container.settings())
    other.stores.override(providers.Object(stores))
    other.clock.override(providers.Object(container.clock()))
    return Installation(other)
