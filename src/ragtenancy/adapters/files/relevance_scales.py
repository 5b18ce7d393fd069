"""The operator's fitted relevance scales, in a JSON file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import msgspec
from msgspec import Meta, Struct

from ragtenancy.adapters.files.durable import put_in_place, translated
from ragtenancy.domain.errors import ConfigurationError, MalformedError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.relevance import Factor, Offset, Scale

FORMAT = 1


class KeptScale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An embedder's fitted scale; `model` and `questions` are for the reader."""

    fingerprint: Annotated[str, Meta(min_length=1, max_length=100)]
    model: str
    questions: int
    offset: Offset
    factor: Factor


class ScalesFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The scales of one or several embedders."""

    format: Annotated[int, Meta(ge=FORMAT, le=FORMAT)]
    scales: Sequence[KeptScale]


def read_scales(path: Path) -> Mapping[Fingerprint, Scale]:
    """Return the scales by fingerprint. Raises `ConfigurationError`."""
    return {
        Fingerprint(kept.fingerprint): Scale(
            offset=kept.offset, factor=kept.factor, source="fitted"
        )
        for kept in _read(path).scales
    }


def write_scale(path: Path, kept: KeptScale) -> None:
    """Write an embedder's scale, in place of its former one; other embedders' are kept."""
    others = [
        each
        for each in (_read(path).scales if path.exists() else ())
        if each.fingerprint != kept.fingerprint
    ]
    body = msgspec.json.format(
        msgspec.json.encode(ScalesFile(format=FORMAT, scales=[*others, kept])), indent=2
    )
    written = path.with_name(f".{path.name}.{uuid4().hex}")
    with translated():
        written.write_bytes(body + b"\n")
        put_in_place(written, path)


def _read(path: Path) -> ScalesFile:
    try:
        return msgspec.json.decode(path.read_bytes(), type=ScalesFile)
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"The file of relevance scales {path} does not exist. Write it with `ragtenancy eval "
            "threshold --write`, or unset RAGTENANCY_RELEVANCE_SCALES."
        ) from error
    except OSError as error:
        raise ConfigurationError(f"The file of relevance scales {path} cannot be read.") from error
    except (msgspec.MsgspecError, MalformedError) as error:
        raise ConfigurationError(
            f"The file of relevance scales {path} is damaged or of another version: {error}."
        ) from error
