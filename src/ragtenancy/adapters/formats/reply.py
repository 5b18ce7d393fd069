"""The child process's reply: a document or a refusal, as MessagePack.

A reply is a sequence of frames, each with its length before it. The first is an `Answer` or a
`Refused`; the contents of a document follow in parts, so that no single frame keeps other threads
from running for long while it is decoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct, structs

from ragtenancy.domain.parsed import Attachment, Block, Image, ParsedDocument

_LENGTH = 8  # bytes
_BATCH = 500  # blocks


class Answer(Struct, frozen=True, kw_only=True, tag="answer"):
    """The document was read."""

    document: ParsedDocument


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """The document cannot be read: a code, and the exception's name for diagnosis."""

    code: str
    kind: str = ""


class _Head(Struct, frozen=True, kw_only=True, tag="head"):
    """A document without its contents, and the number of parts that follow."""

    document: ParsedDocument
    parts: int


class _Part(Struct, frozen=True, kw_only=True):
    blocks: Sequence[Block] = ()
    images: Sequence[Image] = ()
    attachments: Sequence[Attachment] = ()


Reply = Answer | Refused

_encoder = msgspec.msgpack.Encoder()
_first: msgspec.msgpack.Decoder[_Head | Refused] = msgspec.msgpack.Decoder(_Head | Refused)
_further: msgspec.msgpack.Decoder[_Part] = msgspec.msgpack.Decoder(_Part)


def encode(reply: Reply) -> bytearray:
    """Return a reply as frames."""
    if isinstance(reply, Refused):
        return _framed([reply])
    parts = list(_parts(reply.document))
    head = structs.replace(reply.document, blocks=(), images=(), attachments=())
    return _framed([_Head(document=head, parts=len(parts)), *parts])


def decode(data: bytes | bytearray) -> Reply:
    """Return the reply; raises `msgspec.MsgspecError` for anything else."""
    frames = _frames(memoryview(data))
    first = _first.decode(next(frames, b""))
    if isinstance(first, Refused):
        return first
    parts = [_further.decode(frame) for frame in frames]
    if len(parts) != first.parts:
        raise msgspec.DecodeError("The reply is truncated.")
    document = structs.replace(
        first.document,
        blocks=[block for part in parts for block in part.blocks],
        images=[image for part in parts for image in part.images],
        attachments=[file for part in parts for file in part.attachments],
    )
    return Answer(document=document)


def _parts(document: ParsedDocument) -> Iterator[_Part]:
    for start in range(0, len(document.blocks), _BATCH):
        yield _Part(blocks=document.blocks[start : start + _BATCH])
    for image in document.images:
        yield _Part(images=[image])
    for attachment in document.attachments:
        yield _Part(attachments=[attachment])


def _framed(frames: Sequence[Struct]) -> bytearray:
    reply = bytearray()
    for frame in frames:
        start = len(reply) + _LENGTH
        reply += bytes(_LENGTH)
        _encoder.encode_into(frame, reply, -1)
        reply[start - _LENGTH : start] = (len(reply) - start).to_bytes(_LENGTH, "big")
    return reply


def _frames(reply: memoryview) -> Iterator[memoryview]:
    start = 0
    while start < len(reply):
        end = start + _LENGTH + int.from_bytes(reply[start : start + _LENGTH], "big")
        yield reply[start + _LENGTH : end]
        start = end
