"""Full sweeps: their schedule, their work, and the data in progress that they leave alone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest
from dependency_injector import providers
from msgspec import structs

from ragtenancy.app.maintenance.sweeper import DERIVED_KEPT, GRACE, SWEEP_EVERY, Sweeper
from ragtenancy.container import Container
from ragtenancy.domain.errors import UnavailableError, UnsupportedError
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.intents import Work
from ragtenancy.ports.vectors import VectorIndex
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock
from tests.unit.app.conftest import Installation

AT = "03:00"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
DOCUMENT = DocumentId("doc_elsewhere")
ONE = Revision("1-1")
VECTORS = np.ones((3, 64), np.float32)


@pytest.fixture
def clock(container: Container) -> ScriptedClock:
    clock = container.clock()
    assert isinstance(clock, ScriptedClock)
    return clock


def at_night(clock: ScriptedClock, **later: int) -> None:
    """Advance the clock to 03:00 of the next day, and on."""
    morning = datetime.combine(clock.now().date() + DAY, time.fromisoformat(AT), clock.now().tzinfo)
    clock.advance(morning - clock.now() + timedelta(**later))


def nightly(container: Container, at: str | None = AT) -> Sweeper:
    """Return the sweeper of another process on the same stores."""
    process = in_memory_container(structs.replace(container.settings(), full_sweep_at=at))
    process.stores.override(providers.Object(container.stores()))
    process.clock.override(providers.Object(container.clock()))
    return process.sweeper()


async def test_of_all_processes_one_sweeps_every_five_minutes(
    container: Container, clock: ScriptedClock
) -> None:
    first, second = nightly(container), nightly(container)

    swept = [await first.sweep_in_turn(), await second.sweep_in_turn()]
    clock.advance(SWEEP_EVERY)
    swept += [await second.sweep_in_turn(), await first.sweep_in_turn()]

    assert [report is not None for report in swept] == [True, False, True, False]


async def test_one_full_sweep_runs_per_night(container: Container, clock: ScriptedClock) -> None:
    at_night(clock)
    first, second = nightly(container), nightly(container)

    swept = [await first.sweep_nightly(), await second.sweep_nightly()]
    at_night(clock)
    swept += [await second.sweep_nightly(), await first.sweep_nightly()]

    assert [report is not None for report in swept] == [True, False, True, False]


async def test_no_full_sweep_runs_by_day(container: Container, clock: ScriptedClock) -> None:
    at_night(clock, minutes=-1)
    before = await nightly(container).sweep_nightly()
    clock.advance(62 * MINUTE)
    after = await nightly(container).sweep_nightly()

    assert (before, after) == (None, None)


async def test_no_full_sweep_runs_without_a_time(
    container: Container, clock: ScriptedClock
) -> None:
    at_night(clock)

    assert await nightly(container, None).sweep_nightly() is None


async def test_the_setting_names_the_time(tmp_path: Path) -> None:
    container = in_memory_container(Settings(data_dir=tmp_path, storage="memory", full_sweep_at=AT))
    clock = container.clock()
    assert isinstance(clock, ScriptedClock)
    at_night(clock)

    assert await container.sweeper().sweep_nightly() is not None


async def test_an_imports_staged_data_is_left_alone(
    installation: Installation, clock: ScriptedClock
) -> None:
    container = installation.container
    scope = await installation.tenant()
    await container.intents().open(scope, Work.STAGE, "import", document_id=DOCUMENT)
    await container.vectors().stage(scope, DOCUMENT, ONE, VECTORS)

    await container.sweeper().sweep_fully()
    under_way = await container.vectors().count(scope, DOCUMENT)
    clock.advance(GRACE)
    await container.sweeper().sweep()

    assert under_way == 3
    assert await container.vectors().count(scope, DOCUMENT) == 0


async def test_a_migrations_copy_is_left_to_the_operator(
    installation: Installation, clock: ScriptedClock
) -> None:
    container = installation.container
    scope = await installation.tenant()
    await container.intents().open(scope, Work.MIGRATE)
    await container.vectors().stage(scope, DOCUMENT, ONE, VECTORS)
    clock.advance(2 * GRACE)

    await container.sweeper().sweep()
    await container.sweeper().sweep_fully()

    assert await container.vectors().count(scope, DOCUMENT) == 3


class OnceAway:
    """A vector index that is unreachable at the first deletion."""

    def __init__(self, vectors: VectorIndex) -> None:
        self._vectors = vectors
        self._is_away = True

    def __getattr__(self, name: str) -> object:
        if name == "delete" and self._is_away:
            self._is_away = False
            raise UnavailableError("The store is away.")
        return getattr(self._vectors, name)


async def test_the_next_sweep_resumes_a_deletion_that_a_store_held_up(
    installation: Installation,
) -> None:
    container = installation.container
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    container.vectors.override(providers.Object(OnceAway(container.vectors())))
    container.documents.reset()
    receipt = await container.documents().delete(scope, document_id)

    report = await container.sweeper().sweep()

    assert (receipt.verified, report.documents) == (False, 1)
    assert (await container.documents().page(scope)).items == ()


async def test_an_overtaken_uploads_original_is_removed(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    first = await installation.submit(scope, "First.")
    await installation.submit(scope, "Second.", document_id=first.document_id)

    assert len(await installation.container.blobs().names(scope)) == 1


async def test_a_failed_upload_leaves_no_intent(installation: Installation) -> None:
    scope = await installation.tenant()
    with pytest.raises(UnsupportedError):
        await installation.submit(scope, "\x00\x01", filename="x.bin")

    now = installation.container.clock().now()
    assert await installation.container.intent_log().opened(until=now) == ()


async def test_expired_values_are_purged_without_further_requests(
    installation: Installation, clock: ScriptedClock
) -> None:
    container = installation.container
    scope = await installation.tenant()
    await installation.ingest(scope, idempotency_key="one")
    clock.advance(DERIVED_KEPT + MINUTE)

    await container.sweeper().sweep()

    census = await container.storage().census(scope)
    assert (census["derived"], census["idempotency_keys"]) == (0, 0)


async def test_a_sweep_held_up_by_one_tenant_continues_with_the_next(
    installation: Installation, clock: ScriptedClock
) -> None:
    container = installation.container
    broken, sound = await installation.tenant("broken"), await installation.tenant("sound")
    for scope in (broken, sound):
        await container.intents().open(scope, Work.STAGE, "crash", document_id=DOCUMENT)
        await container.vectors().stage(scope, DOCUMENT, ONE, VECTORS)
    await container.storage().drop(broken)
    clock.advance(GRACE)

    await container.sweeper().sweep()

    assert await container.vectors().count(sound, DOCUMENT) == 0
