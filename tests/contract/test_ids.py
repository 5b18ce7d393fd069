"""What every `Ids` does."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.system.machine import SystemIds
from ragtenancy.domain.ids import is_tenant_uid
from ragtenancy.ports.ids import Ids
from tests.contract.backends import Backend, Tier, params
from tests.scripted.ids import ScriptedIds


@asynccontextmanager
async def scripted(folder: Path) -> AsyncIterator[Ids]:  # noqa: ARG001 - the frame gives it
    yield ScriptedIds()


@asynccontextmanager
async def system(folder: Path) -> AsyncIterator[Ids]:  # noqa: ARG001 - the frame gives it
    yield SystemIds()


BACKENDS = params(
    Backend[Ids](name="scripted", tier=Tier.FAKE, adapter=ScriptedIds, open=scripted),
    Backend[Ids](name="system", tier=Tier.EMBEDDED, adapter=SystemIds, open=system),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def ids(backend: Backend[Ids], tmp_path: Path) -> AsyncIterator[Ids]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_ids_have_their_kind_and_form(ids: Ids) -> None:
    assert re.fullmatch(r"doc_[a-z2-7]{26}", ids.new("doc"))


async def test_tenant_uids_have_their_form(ids: Ids) -> None:
    assert is_tenant_uid(ids.tenant_uid())


@pytest.mark.parametrize("length", [1, 11, 43])
async def test_tokens_are_base62_of_the_length_asked_for(ids: Ids, length: int) -> None:
    assert re.fullmatch(rf"[0-9A-Za-z]{{{length}}}", ids.token(length))


async def test_no_id_comes_twice(ids: Ids) -> None:
    made = [*(ids.new("job") for _ in range(200)), *(ids.tenant_uid() for _ in range(200))]

    assert len(set(made)) == 400


async def test_jitter_is_a_factor_from_a_half_to_1(ids: Ids) -> None:
    factors = [ids.jitter() for _ in range(200)]

    assert all(0.5 <= factor <= 1 for factor in factors)
