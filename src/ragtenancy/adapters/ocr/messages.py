"""Messages between the service and its reader: a length, then a picture or a reply."""

from __future__ import annotations

import struct

import msgspec
from msgspec import Struct


class Ready(Struct, frozen=True, tag="ready"):
    """The models are loaded."""


class Words(Struct, frozen=True, kw_only=True, tag="words"):
    """The text of a picture, "" for none."""

    text: str


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """The picture cannot be read: a code, and the exception's name for diagnosis."""

    code: str
    kind: str = ""


Reply = Ready | Words | Refused

LENGTH = struct.Struct(">I")
MAX_REPLY = 1 << 18
encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def decode(data: bytes) -> Reply:
    """Return the reply; raises `msgspec.MsgspecError` for anything else."""
    return _decoder.decode(data)


def framed(data: bytes) -> bytes:
    """Return the data prefixed with its length."""
    return LENGTH.pack(len(data)) + data
