"""A reindexing that crashes at any store call: nothing is lost, mixed or paid for twice."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from dependency_injector import providers
from msgspec import Struct, structs

from ragtenancy.container import Container
from ragtenancy.domain.errors import ReindexRequiredError
from ragtenancy.domain.tenants import TenantScope
from tests.doubles import in_memory_container
from tests.scripted.embeddings import ScriptedEmbedder
from tests.unit.app.conftest import GUIDE, Installation

OTHER = "# Shipping\n\nParcels leave the warehouse within two days of the order.\n"
NO_GRACE = timedelta(0)


class KilledError(BaseException):
    """The process ends here."""


class Life:
    """Ends at the n-th call, before it or after it."""

    def __init__(self, calls: int, moment: str) -> None:
        self.left = calls
        self._moment = moment

    def end(self, moment: str) -> None:
        self.left -= moment == "before"
        if self.left == 0 and moment == self._moment:
            raise KilledError


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
            self._life.end("before")
            reply = await method(*arguments, **named)
            self._life.end("after")
            return reply

        return call


class Aftermath(Struct, frozen=True):
    """The state after a crash, and after the next run."""

    answering: Sequence[str]
    paid_twice: int
    leftovers: int
    answering_at_last: Sequence[str]


@pytest.fixture(params=["before", "after"])
def moment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_after_any_crash_the_next_run_finishes_and_pays_once(
    container: Container, moment: str
) -> None:
    crashes = await crashes_at_every_call(container, moment)

    assert len(crashes) > 25
    assert {tuple(crash.answering) for crash in crashes} == {("old",), ("new",)}
    assert {tuple(crash.answering_at_last) for crash in crashes} == {("new",)}
    assert max(crash.leftovers for crash in crashes) == 0
    # twice only where it ends between the model's reply and the cache, once for each document
    assert sum(bool(crash.paid_twice) for crash in crashes) == 2 * (moment == "before")


async def crashes_at_every_call(container: Container, moment: str) -> list[Aftermath]:
    """Reindex one client after the other, each ended one call later, until one is not."""
    crashes: list[Aftermath] = []
    former = Installation(container)
    while True:
        scope = await former.tenant(f"client-{len(crashes)}")
        await former.ingest(scope, GUIDE)
        await former.ingest(scope, OTHER)
        new = ScriptedEmbedder(name="new", dimension=48)
        doomed = upgraded(container, new, Life(len(crashes) + 1, moment))
        try:
            await doomed.container.reindexing().reindex(scope, lambda _: None)
        except (KilledError, BaseExceptionGroup):
            crashes.append(await aftermath(container, scope, new))
        else:
            return crashes


async def aftermath(container: Container, scope: TenantScope, new: ScriptedEmbedder) -> Aftermath:
    former, after = Installation(container), upgraded(container, new)
    answering = [await model_of(former, scope, "old"), await model_of(after, scope, "new")]
    await former.container.sweeper().sweep(grace=NO_GRACE)
    await after.container.reindexing().reindex(scope, lambda _: None)
    await after.container.sweeper().sweep(grace=NO_GRACE)
    at_last = [await model_of(former, scope, "old"), await model_of(after, scope, "new")]
    manifest = await container.document_repository().manifest(scope)
    live = {(entry.document_id, entry.revision) for entry in manifest.active}
    return Aftermath(
        answering=[model for model in answering if model],
        paid_twice=len(new.texts) - len(set(new.texts)),
        leftovers=len(set(await container.chunks().revisions(scope)) ^ live),
        answering_at_last=[model for model in at_last if model],
    )


async def model_of(installation: Installation, scope: TenantScope, model: str) -> str | None:
    """The model, if its process finds both documents; None where it must not answer."""
    try:
        found = await installation.search(scope, "refunds parcels")
    except ReindexRequiredError:
        return None
    assert len({hit.source.document_id for hit in found.hits}) == 2
    return model


def upgraded(
    container: Container, embedder: ScriptedEmbedder, life: Life | None = None
) -> Installation:
    """A process on the same stores with another model, mortal where it has a life."""
    stores = container.stores()
    if life is not None:
        mortal = ("documents", "chunks", "vectors", "derived_cache")
        stores = structs.replace(
            stores, **{name: Mortal(getattr(stores, name), life) for name in mortal}
        )
    process = in_memory_container(container.settings())
    process.stores.override(providers.Object(stores))
    process.clock.override(providers.Object(container.clock()))
    process.embedder.override(providers.Object(embedder))
    process.reindexing().concurrency = 1
    return Installation(process)
