"""What the child process answers: a document or a refusal, as MessagePack."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from ragtenancy.domain.parsed import ParsedDocument

RefusalCode = Literal[
    "not_docx",
    "bad_container",
    "encrypted",
    "zip_bomb",
    "too_many_members",
    "dtd",
    "too_deep",
    "too_many_elements",
    "too_many_cells",
    "macro_enabled",
    "corrupt_docx",
    "parser_memory",
]


class Read(Struct, frozen=True, kw_only=True, tag="read"):
    """The document was read."""

    document: ParsedDocument


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """The document cannot be read; `kind` names the exception, for whoever looks into it."""

    code: RefusalCode
    kind: str = ""


Reply = Read | Refused

encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def decode(data: bytes) -> Reply:
    """Return the reply; raises `msgspec.MsgspecError` for anything else."""
    return _decoder.decode(data)
