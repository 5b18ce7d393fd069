"""A local sentence model, embedding in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.minilm.model_files import (
    DIMENSION,
    MAX_TOKENS,
    MODEL_SHA256,
    ModelFiles,
    sha256_of,
)
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vector, Vectors, checked

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer


TOKENS_PER_LAYER = ("input_ids", "attention_mask", "token_type_ids")
TRIAL = "text"
Integers = npt.NDArray[np.int64]


class ModelSession:
    """A loaded model: mean pooling over the mask, norm 1, at most 256 tokens.

    One text per run: quantization scales by the whole batch, so a text's neighbours would change
    its last bits; and padding makes batches slower here.
    """

    def __init__(self, model_files: ModelFiles, threads: int) -> None:
        digest = sha256_of(model_files.model)
        if model_files.expected_sha256 not in (None, digest):
            raise ConfigurationError("The embedding model's file has an unexpected checksum.")
        self._tokenizer = truncating_tokenizer(model_files)
        try:
            self._session = _opened(model_files, threads)
            self._inputs = [entry.name for entry in self._session.get_inputs()]
            dimension = len(self._vector(self._tokenizer.encode(TRIAL).ids))
        except Exception as error:
            raise ConfigurationError("The embedding model cannot be loaded or run.") from error
        self.model = EmbeddingModel(
            name=model_files.name,
            dimension=dimension,
            max_tokens=MAX_TOKENS,
            fingerprint=fingerprint(digest, dimension),
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimension)."""
        rows = [self._vector(encoding.ids) for encoding in self._tokenizer.encode_batch(texts)]
        return np.stack(rows) if rows else np.empty((0, self.model.dimension), np.float32)

    def _vector(self, token_ids: Sequence[int]) -> Vector:
        ids: Integers = np.array([token_ids], dtype=np.int64)
        given = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        output = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        pooled = output[0].mean(axis=0) if output.ndim == len(TOKENS_PER_LAYER) else output[0]
        vector: Vector = (pooled / np.linalg.norm(pooled)).astype(np.float32)
        return vector


def _opened(model_files: ModelFiles, threads: int) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads sleep
    return onnxruntime.InferenceSession(
        str(model_files.model), options, providers=["CPUExecutionProvider"]
    )


def fingerprint(model_sha256: str, dimension: int) -> Fingerprint:
    """Return the identity of weights, pooling, dimension and maximum tokens."""
    facts = f"{model_sha256} mean-normalised {dimension} {MAX_TOKENS}"
    return Fingerprint(sha256(facts.encode()).hexdigest()[:16])


def truncating_tokenizer(model_files: ModelFiles) -> Tokenizer:
    """Return the tokenizer, truncating at the model's maximum."""
    tokenizer = plain_tokenizer(model_files)
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def plain_tokenizer(model_files: ModelFiles) -> Tokenizer:
    """Return the tokenizer, without truncation and padding."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(model_files.tokenizer))
    except Exception as error:
        raise ConfigurationError("The embedding model's tokenizer cannot be read.") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


class MiniLmEmbedder(Embedder):
    """Loads its model once, on the first text, and embeds in threads."""

    def __init__(self, model_files: ModelFiles, *, threads: int = 2) -> None:
        self._files = model_files
        self._threads = threads
        self._loading = threading.Lock()
        self._session: ModelSession | None = None

    @property
    def model(self) -> EmbeddingModel:
        """The model's properties; the bundled model's are known without loading it."""
        if self._session is None and self._files.expected_sha256 == MODEL_SHA256:
            return EmbeddingModel(
                name=self._files.name,
                dimension=DIMENSION,
                max_tokens=MAX_TOKENS,
                fingerprint=fingerprint(MODEL_SHA256, DIMENSION),
            )
        return self._loaded().model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of norm 1 per text."""
        vectors = await asyncio.to_thread(self._embed, list(texts))
        return checked(vectors, count=len(texts), dimension=self.model.dimension)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return self._loaded().embed(texts)

    def _loaded(self) -> ModelSession:
        with self._loading:
            if self._session is None:
                self._session = ModelSession(self._files, self._threads)
            return self._session
