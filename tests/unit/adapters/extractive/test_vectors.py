"""Vectors of sentences: recent ones in memory, the others beside their revisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pytest

from ragtenancy.adapters.extractive.vectors import Sentence, SentenceVectors, decoded, encoded
from ragtenancy.adapters.memory.client import Container, Memory
from ragtenancy.adapters.memory.documents import InMemoryChunkRepository
from ragtenancy.adapters.memory.vectors import InMemorySentenceVectorCache
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.sentence_vectors import SentenceKey, SentenceVectorCache
from tests.factories import ACME, DOCUMENT_ID, GLOBEX, REVISION, chunk
from tests.scripted.embeddings import ScriptedEmbedder

TEXTS = [
    Sentence(DOCUMENT_ID, REVISION, text) for text in ("Refunds take a week.", "Lunch is free.")
]


class BrokenCache(SentenceVectorCache):
    """Cannot be reached."""

    async def get(self, *_: object) -> Mapping[SentenceKey, bytes]:
        raise UnavailableError("The store is damaged.")

    async def put(self, *_: object) -> None:
        raise UnavailableError("The store is damaged.")


class DamagedCache(SentenceVectorCache):
    """Holds something else in place of each vector."""

    async def get(
        self, _: TenantScope, keys: Collection[SentenceKey]
    ) -> Mapping[SentenceKey, bytes]:
        return dict.fromkeys(keys, b"short")

    async def put(self, *_: object) -> None:
        pass


@pytest.fixture
async def cache() -> SentenceVectorCache:
    """A cache in which two tenants have the same document."""
    memory = Memory()
    for scope in (ACME, GLOBEX):
        memory.containers[scope.tenant_uid] = Container(uid=scope.tenant_uid)
        await InMemoryChunkRepository(memory).stage(scope, DOCUMENT_ID, REVISION, [chunk(0)])
    return InMemorySentenceVectorCache(memory)


async def test_a_sentence_is_encoded_once() -> None:
    embedder = ScriptedEmbedder()
    vectors = SentenceVectors()

    first = await vectors.of(embedder, ACME, [*TEXTS, TEXTS[0]])
    again = await vectors.of(embedder, ACME, TEXTS)

    assert embedder.texts == [sentence.text for sentence in TEXTS]
    assert np.array_equal(first[:2], again)


async def test_another_process_finds_what_was_kept(cache: SentenceVectorCache) -> None:
    first = await SentenceVectors(cache).of(ScriptedEmbedder(), ACME, TEXTS)
    embedder = ScriptedEmbedder()

    again = await SentenceVectors(cache).of(embedder, ACME, TEXTS)

    assert embedder.texts == []
    assert np.array_equal(first, again)


async def test_vectors_of_another_model_are_not_taken(cache: SentenceVectorCache) -> None:
    await SentenceVectors(cache).of(ScriptedEmbedder(name="one"), ACME, TEXTS)
    embedder = ScriptedEmbedder(name="another")

    await SentenceVectors(cache).of(embedder, ACME, TEXTS)

    assert len(embedder.texts) == len(TEXTS)


async def test_no_tenant_has_what_another_was_encoded(cache: SentenceVectorCache) -> None:
    embedder = ScriptedEmbedder()
    vectors = SentenceVectors(cache)

    await vectors.of(embedder, ACME, TEXTS)
    await vectors.of(embedder, GLOBEX, TEXTS)

    assert len(embedder.texts) == 2 * len(TEXTS)


@pytest.mark.parametrize("broken", [BrokenCache(), DamagedCache()])
async def test_without_a_sound_cache_sentences_are_encoded_anew(
    broken: SentenceVectorCache,
) -> None:
    expected = await SentenceVectors().of(ScriptedEmbedder(), ACME, TEXTS)

    found = await SentenceVectors(broken).of(ScriptedEmbedder(), ACME, TEXTS)

    assert np.array_equal(found, expected)


async def test_the_least_recently_used_leave_first() -> None:
    embedder = ScriptedEmbedder()
    vectors = SentenceVectors(most=1)

    await vectors.of(embedder, ACME, TEXTS)
    await vectors.of(embedder, ACME, TEXTS[1:])
    await vectors.of(embedder, ACME, TEXTS[:1])

    assert [text.split()[0] for text in embedder.texts] == ["Refunds", "Lunch", "Refunds"]


def test_a_quantized_vector_is_nearly_the_same() -> None:
    rows = np.random.default_rng(1).standard_normal((50, 384))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    found = [row for each in vectors if (row := decoded(encoded(each), 384)) is not None]

    assert np.vecdot(np.stack(found), vectors).min() > 0.9999
    assert np.linalg.norm(np.stack(found), axis=1) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("kept", [None, b"", b"ab", bytes(384)])
def test_what_is_absent_or_damaged_is_no_vector(kept: bytes | None) -> None:
    assert decoded(kept, 384) is None
