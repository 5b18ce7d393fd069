"""A local sentence model: the bundled one, or the operator's own in ONNX format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from ragtenancy.backend.offers import Backend, Backends, EmbeddingsOffer
from ragtenancy.backend.resources import Resources
from ragtenancy.backend.sections import Chosen, given

if TYPE_CHECKING:
    from ragtenancy.adapters.minilm.model_files import ModelFiles
    from ragtenancy.ports.embeddings import Embedder
    from ragtenancy.ports.token_counters import TokenCounter

MODEL = "RAGTENANCY_EMBEDDING_MODEL_PATH"
TOKENIZER = "RAGTENANCY_EMBEDDING_TOKENIZER_PATH"


class LocalModelSettings(
    Struct, frozen=True, kw_only=True, rename={"model_path": MODEL, "tokenizer_path": TOKENIZER}
):
    """A local sentence model, instead of the built-in one."""

    model_path: Annotated[
        Path | None, Meta(description="Another local sentence model (ONNX); set its tokenizer too.")
    ] = None
    tokenizer_path: Annotated[Path | None, Meta(description="The tokenizer of that model.")] = None


def model_files(chosen: Chosen) -> ModelFiles:
    """Return the files of the model in use. Raises `ConfigurationError` if one is missing."""
    from ragtenancy.adapters.minilm.model_files import embedded_model, local_model

    local = chosen.section(LocalModelSettings)
    if local.model_path is None and local.tokenizer_path is None:
        return embedded_model()
    return local_model(given(local.model_path, MODEL), given(local.tokenizer_path, TOKENIZER))


def open_token_counter(resources: Resources) -> TokenCounter:
    """Return the tokenizer that measures chunks, whichever embedder embeds them."""
    from ragtenancy.adapters.minilm.token_counters import MiniLmTokenCounter

    return MiniLmTokenCounter(model_files(resources.chosen))


def _open(resources: Resources) -> Embedder:
    from ragtenancy.adapters.minilm.session import MiniLmEmbedder

    return MiniLmEmbedder(model_files(resources.chosen), threads=resources.threads)


def _faults(chosen: Chosen, _: Backends) -> Iterator[str]:
    local = chosen.section(LocalModelSettings)
    if (local.model_path is None) != (local.tokenizer_path is None):
        yield f"Set both {MODEL} and {TOKENIZER}, or neither."


MINILM = Backend(
    name="minilm",
    section=LocalModelSettings,
    embeddings=EmbeddingsOffer(
        name="local", label=lambda chosen: f"local ({model_files(chosen).name})", open=_open
    ),
    faults=_faults,
)
