"""What every `UsageRepository` does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from ragtenancy.adapters.cosmos.usage import CosmosUsageRepository
from ragtenancy.adapters.memory.usage import InMemoryUsageRepository
from ragtenancy.adapters.sqlite.usage import SqliteUsageRepository
from ragtenancy.domain.errors import LimitError, NotFoundError, StaleWriteError
from ragtenancy.domain.usage import (
    Counts,
    Held,
    Period,
    Reservation,
    UsageRow,
    total,
)
from ragtenancy.ports.usage import Admit, UsageRepository
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, SECOND, conversation, document, scope, turn

BACKENDS = [
    *in_houses(InMemoryUsageRepository, SqliteUsageRepository),
    *on_cosmos(CosmosUsageRepository),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

TODAY = date(2026, 3, 5)
YESTERDAY = TODAY - timedelta(days=1)
BOTH = Period(YESTERDAY, TODAY)


@pytest.fixture
def usage(house: House) -> UsageRepository:
    return house.usage


def row(
    *, day: date = TODAY, key_id: str = "key1", model: str = "gpt", questions: int = 1
) -> UsageRow:
    counts = Counts(questions=questions, prompt_tokens=10 * questions, request_units=0.5)
    return UsageRow(day=day, key_id=key_id, model=model, counts=counts)


def admit_all(rows: Sequence[UsageRow], held: Held) -> None:
    """Admit every turn."""


def within(tokens: int) -> Admit:
    def admit(_: Sequence[UsageRow], held: Held) -> None:
        if held.tokens >= tokens:
            raise LimitError("Full.")

    return admit


def reservation(name: str, tokens: int = 10) -> Reservation:
    return Reservation(reservation_id=name, tokens=tokens, expires_at=NOW + SECOND)


async def test_counts_of_one_day_key_and_model_add_up(usage: UsageRepository) -> None:
    await usage.add(ACME, [row(), row(key_id="key2")])
    await usage.add(ACME, [row(questions=2), row(model="")])

    found = await usage.rows(ACME, BOTH)

    assert found == (row(model=""), _three(), row(key_id="key2"))


def _three() -> UsageRow:
    counts = Counts(questions=3, prompt_tokens=30, request_units=1.0)
    return UsageRow(day=TODAY, key_id="key1", model="gpt", counts=counts)


async def test_only_the_days_of_the_period_are_returned(usage: UsageRepository) -> None:
    for days in range(4):
        await usage.add(ACME, [row(day=TODAY - timedelta(days=days))])

    found = await usage.rows(ACME, Period(TODAY - timedelta(days=2), YESTERDAY))

    assert [each.day for each in found] == [TODAY - timedelta(days=2), YESTERDAY]


async def test_a_tenant_sees_its_own_usage_only(usage: UsageRepository) -> None:
    await usage.add(GLOBEX, [row()])

    assert await usage.rows(ACME, BOTH) == ()


async def test_a_tenant_that_is_gone_uses_nothing(usage: UsageRepository) -> None:
    with pytest.raises(NotFoundError):
        await usage.add(scope("nobody"), [row()])


async def test_concurrent_additions_are_all_counted(usage: UsageRepository) -> None:
    await asyncio.gather(*(usage.add(ACME, [row()]) for _ in range(12)))

    assert total(await usage.rows(ACME, BOTH)).questions == 12


async def test_a_turn_is_stored_with_its_usage(house: House) -> None:
    await house.conversations.append(ACME, conversation(), turn(0), [row()])
    await house.conversations.append(ACME, conversation(), turn(1), [row()])

    assert total(await house.usage.rows(ACME, BOTH)).questions == 2


async def test_a_turn_that_is_refused_uses_nothing(house: House) -> None:
    await house.conversations.append(ACME, conversation(), turn(0), [row()])

    with pytest.raises(StaleWriteError):
        await house.conversations.append(ACME, conversation(), turn(0), [row()])

    assert total(await house.usage.rows(ACME, BOTH)).questions == 1


async def test_the_usage_of_a_turn_whose_session_was_erased_is_stored(house: House) -> None:
    held = conversation()
    await house.conversations.append(ACME, held, turn(0), [row()])
    await house.conversations.delete(ACME, held.session_id)

    await house.conversations.append(ACME, held, turn(1), [row()])

    assert await house.conversations.get(ACME, held.session_id) is None
    assert total(await house.usage.rows(ACME, BOTH)).questions == 2


async def test_concurrent_turns_are_all_counted(house: House) -> None:
    sessions = [conversation(session_id=f"session_{n}") for n in range(8)]

    await asyncio.gather(
        *(house.conversations.append(ACME, each, turn(0), [row()]) for each in sessions)
    )

    assert total(await house.usage.rows(ACME, BOTH)).questions == 8


async def test_documents_are_stored_with_their_usage(house: House) -> None:
    added = document()
    await house.documents.add(ACME, added, [row(key_id="a")])
    await house.documents.save(ACME, added, [row(key_id="b")])
    await house.documents.remove(ACME, added.document_id, [row(key_id="c")])
    await house.documents.remove(ACME, added.document_id, [row(key_id="d")])

    assert [each.key_id for each in await house.usage.rows(ACME, BOTH)] == ["a", "b", "c"]


async def test_a_document_that_is_refused_uses_nothing(house: House) -> None:
    added = document()
    await house.documents.add(ACME, added)
    await house.documents.save(ACME, added)

    with pytest.raises(StaleWriteError):
        await house.documents.save(ACME, added, [row()])

    assert await house.usage.rows(ACME, BOTH) == ()


async def test_a_reservation_is_made_on_the_facts(usage: UsageRepository) -> None:
    seen: list[tuple[Sequence[UsageRow], Held]] = []
    await usage.add(ACME, [row()])
    await usage.reserve(ACME, reservation("one"), BOTH, admit_all, now=NOW)
    await usage.reserve(ACME, reservation("two", 7), BOTH, admit_all, now=NOW)

    await usage.reserve(
        ACME, reservation("three"), BOTH, lambda rows, held: seen.append((rows, held)), now=NOW
    )

    assert seen[-1] == ((row(),), Held(17, 0.0))


async def test_a_refused_reservation_holds_nothing(usage: UsageRepository) -> None:
    with pytest.raises(LimitError):
        await usage.reserve(ACME, reservation("one"), BOTH, within(0), now=NOW)

    assert await _held(usage) == Held()


async def test_a_released_or_expired_reservation_holds_nothing(usage: UsageRepository) -> None:
    await usage.reserve(ACME, reservation("one"), BOTH, admit_all, now=NOW)
    await usage.release(ACME, "one")
    await usage.release(ACME, "one")
    await usage.reserve(ACME, reservation("two"), BOTH, admit_all, now=NOW - 2 * SECOND)

    assert await _held(usage, at_second=1) == Held()


async def _held(usage: UsageRepository, *, at_second: int = 0) -> Held:
    seen: list[Held] = []
    probe = Reservation(reservation_id="probe", tokens=0, expires_at=NOW + 9 * SECOND)
    now = NOW + at_second * SECOND
    await usage.reserve(ACME, probe, BOTH, lambda _, held: seen.append(held), now=now)
    return seen[-1]


async def test_of_concurrent_reservations_only_those_that_fit_are_admitted(
    usage: UsageRepository,
) -> None:
    async def reserve(name: str) -> bool:
        try:
            await usage.reserve(ACME, reservation(name), BOTH, within(30), now=NOW)
        except LimitError:
            return False
        return True

    admitted = await asyncio.gather(*(reserve(f"r{n}") for n in range(10)))

    assert sum(admitted) == 3


async def test_marks_are_remembered(usage: UsageRepository) -> None:
    await usage.mark(ACME, "2026-03 80")
    await usage.mark(ACME, "2026-03 80")
    await usage.mark(GLOBEX, "2026-03 100")

    assert await usage.marks(ACME) == {"2026-03 80"}


async def test_usage_goes_with_the_tenant(house: House) -> None:
    await house.usage.add(ACME, [row()])

    await house.storage.drop(ACME)
    await house.storage.create(ACME)

    assert await house.usage.rows(ACME, BOTH) == ()
