"""The child process's reply: a document or a refusal, as MessagePack."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ragtenancy.domain.parsed import ParsedDocument


class Answer(Struct, frozen=True, kw_only=True, tag="answer"):
    """The document was read."""

    document: ParsedDocument


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """The document cannot be read: a code, and the exception's name for diagnosis."""

    code: str
    kind: str = ""


Reply = Answer | Refused

encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def decode(data: bytes) -> Reply:
    """Return the reply; raises `msgspec.MsgspecError` for anything else."""
    return _decoder.decode(data)
