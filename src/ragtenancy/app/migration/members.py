"""What a bundle holds, and how each member is written.

`client/client.json` is first; `configs/<version>.json`; for each document that answers
`documents/<n>.json`, `originals/<n>.bin`, `chunks/<n>.jsonl` and `vectors/<n>.npy`;
`sessions/<n>.jsonl`, the session's record and then its turns.
"""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Sequence
from typing import Generic, TypeVar

import msgspec
import numpy as np
from msgspec import DecodeError, Struct, ValidationError

from ragtenancy.domain.bounds import bounded, malformed
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import Conversation, Turn
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.bundles import BundleReader
from ragtenancy.ports.embeddings import Vectors
from ragtenancy.wire.configs import ConfigInput

Record = TypeVar("Record", bound=Struct)
CLIENT = "client/client.json"
BAD = "bad_bundle"


class BundledClient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who the client was, and how much of it the bundle holds."""

    client_id: str
    name: str
    configs: int = 0
    documents: int = 0
    sessions: int = 0


class Lines(Generic[Record]):
    """Records as lines of JSON."""

    def __init__(self, kind: type[Record]) -> None:
        self._codec = RecordCodec(kind)

    def encode(self, record: Record) -> bytes:
        """Return a line."""
        return msgspec.json.encode(self._codec.as_json(record)) + b"\n"

    def decode(self, line: bytes) -> Record:
        """Return a line's record. Raises `MalformedError`."""
        return self.made(decoded(line))

    def made(self, value: object) -> Record:
        """Return the record of a line that was decoded already. Raises `MalformedError`."""
        try:
            return self._codec.of_json(value)
        except ValidationError as error:
            raise malformed(error) from error


class Versions(Lines[ConfigVersion]):
    """Versions of a configuration: refused where `PUT config` refuses it, and in the same words."""

    def made(self, value: object) -> ConfigVersion:
        """Return the version. Raises `MalformedError`, `InvalidError`."""
        whole = value if isinstance(value, dict) else {}
        for name in sorted(whole.keys() - set(ConfigVersion.__struct_fields__)):
            raise MalformedError(f"$: Object contains unknown field `{name}`.", field=f"$.{name}")
        config = bounded(whole.get("config"), ConfigInput).filled()
        return super().made({**whole, "config": config})


CLIENTS = Lines(BundledClient)
CONFIGS = Versions(ConfigVersion)
DOCUMENTS = Lines(Document)
CHUNKS = Lines(Chunk)
SESSIONS = Lines(Conversation)
TURNS = Lines(Turn)


async def whole(bundle: BundleReader, name: str) -> bytes:
    """Return a member."""
    return b"".join([piece async for piece in bundle.read(name)])


async def once(body: bytes) -> AsyncIterator[bytes]:
    """Yield bytes that are there already."""
    yield body


def packed(vectors: Vectors) -> bytes:
    """Return vectors as a NumPy file, float32, little-endian."""
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(vectors, np.dtype("<f4")), allow_pickle=False)
    return file.getvalue()


def unpacked(body: bytes, count: int) -> Vectors:
    """Return the vectors of a document of so many chunks. Raises `MalformedError`."""
    try:
        vectors = np.load(io.BytesIO(body), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise bad("its vectors cannot be read") from error
    if vectors.dtype != np.dtype("<f4") or vectors.ndim != 2 or len(vectors) != count:
        raise bad("its vectors are not of the shape of its chunks")
    if not np.isfinite(vectors).all():
        raise bad("its vectors are not finite")
    return np.ascontiguousarray(vectors, np.float32)


def decoded(line: bytes) -> object:
    """Return JSON of which no object names a field twice. Raises `MalformedError`."""
    try:
        value = msgspec.json.decode(line)
        json.loads(line, object_pairs_hook=_unique)
    except RecursionError:
        raise MalformedError("It is nested too deeply.") from None
    except (DecodeError, ValueError) as error:
        raise MalformedError("It is not JSON.") from error
    return value


def _unique(pairs: Sequence[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise MalformedError(f"The field `{name[:100]}` is given twice.", field=name[:100])
        seen.add(name)


def bad(detail: str) -> MalformedError:
    """Return the error of a bundle whose members do not hold together."""
    return MalformedError(f"The bundle is refused: {detail}.", code=BAD)


def split(body: bytes) -> Sequence[bytes]:
    """Return the lines of a member."""
    return [line for line in body.split(b"\n") if line]
