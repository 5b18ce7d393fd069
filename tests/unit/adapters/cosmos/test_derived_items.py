"""What Cosmos DB stores of data that can be derived again, and for how long."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.expiring import (
    DERIVED_SECONDS,
    CosmosDerivedCache,
    RecentEmbeddings,
)
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.tenant_state import CosmosTenantStorage
from ragtenancy.ports.derived_cache import DESCRIPTION, EMBEDDING
from tests.emulators.cosmos import cosmos_database
from tests.factories import ACME, GLOBEX, NOW, SECOND

VECTOR = np.random.default_rng(1).normal(size=1_536).astype(np.float32).tobytes()


@pytest.fixture
async def cosmos() -> AsyncIterator[Cosmos]:
    async with cosmos_database() as opened:
        await CosmosTenantStorage(opened).create(ACME)
        yield opened


async def _stored(cosmos: Cosmos) -> list[dict[str, Any]]:
    return await Items(cosmos, "derived").query(ACME.tenant_id, "*", "true")


@pytest.mark.emulator
async def test_embeddings_are_not_stored(cosmos: Cosmos) -> None:
    derived = CosmosDerivedCache(cosmos)

    await derived.put(ACME, EMBEDDING, {"a": VECTOR}, at=NOW)

    assert await _stored(cosmos) == []
    assert await derived.get(ACME, EMBEDDING, ["a"]) == {"a": VECTOR}


@pytest.mark.emulator
async def test_bytes_are_stored_in_base64_and_expire(cosmos: Cosmos) -> None:
    await CosmosDerivedCache(cosmos).put(ACME, DESCRIPTION, {"a": VECTOR}, at=NOW)

    [item] = await _stored(cosmos)
    assert base64.b64decode(item["record"]["content"]) == VECTOR
    assert len(item["record"]["content"]) == 4 * len(VECTOR) / 3
    assert item["ttl"] == DERIVED_SECONDS


@pytest.mark.emulator
async def test_a_deleted_clients_embeddings_are_forgotten(cosmos: Cosmos) -> None:
    derived = CosmosDerivedCache(cosmos)
    await derived.put(ACME, EMBEDDING, {"a": VECTOR}, at=NOW)

    await CosmosTenantStorage(cosmos, cached=[derived]).drop(ACME)

    assert await derived.get(ACME, EMBEDDING, ["a"]) == {}


def test_embeddings_beyond_the_bound_are_evicted_oldest_first() -> None:
    recent = RecentEmbeddings(max_bytes=10)

    recent.put(ACME.tenant_uid, {"a": b"12345", "b": b"12345"}, NOW)
    recent.put(GLOBEX.tenant_uid, {"a": b"54321"}, NOW + SECOND)

    assert recent.get(ACME.tenant_uid, ["a", "b"]) == {"b": b"12345"}
    assert recent.get(GLOBEX.tenant_uid, ["a", "b"]) == {"a": b"54321"}


def test_embeddings_are_kept_for_an_hour() -> None:
    recent = RecentEmbeddings()
    recent.put(ACME.tenant_uid, {"a": b"1"}, NOW)

    recent.put(ACME.tenant_uid, {"b": b"2"}, NOW + timedelta(hours=1))

    assert recent.get(ACME.tenant_uid, ["a", "b"]) == {"b": b"2"}
