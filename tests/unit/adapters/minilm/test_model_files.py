"""The local model's files."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from ragtenancy.adapters.minilm.model_files import embedded_model, local_model
from ragtenancy.adapters.minilm.session import MiniLmEmbedder
from ragtenancy.domain.errors import ConfigurationError


async def test_a_model_file_of_another_content_is_refused(tmp_path: Path) -> None:
    forged = tmp_path / "model.onnx"
    forged.write_bytes(b"not the model")
    embedder = MiniLmEmbedder(structs.replace(embedded_model(), model=forged))

    with pytest.raises(ConfigurationError):
        await embedder.embed(["text"])


def test_an_own_model_needs_both_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        local_model(tmp_path / "model.onnx", tmp_path / "tokenizer.json")


async def test_an_own_model_has_the_threshold_of_unknown_ones() -> None:
    shipped = embedded_model()
    embedder = MiniLmEmbedder(local_model(shipped.model, shipped.tokenizer))

    vectors = await embedder.embed(["text"])

    assert vectors.shape == (1, 384)


async def test_the_same_weights_have_the_same_fingerprint_wherever_they_lie() -> None:
    shipped = embedded_model()
    own = MiniLmEmbedder(local_model(shipped.model, shipped.tokenizer))

    await own.embed(["text"])

    assert own.model.fingerprint == MiniLmEmbedder(shipped).model.fingerprint


async def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"not a model")
    embedder = MiniLmEmbedder(local_model(model, embedded_model().tokenizer))

    with pytest.raises(ConfigurationError):
        await embedder.embed(["text"])


async def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_text("{}")
    embedder = MiniLmEmbedder(local_model(embedded_model().model, tokenizer))

    with pytest.raises(ConfigurationError):
        await embedder.embed(["text"])
