"""Records as bytes."""

from __future__ import annotations

import msgspec
import pytest

from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import InvalidError
from ragtenancy.persistence.record_codec import RecordCodec
from tests.factories import active_document, chunk, turn, upload


def test_a_record_of_tuples_comes_out_equal() -> None:
    codec = RecordCodec(Turn)

    assert codec.decode(codec.encode(turn())) == turn()


def test_metadata_keep_their_types() -> None:
    codec = RecordCodec(Document)
    metadata = {"whole": 1, "real": 1.0, "flag": True, "word": "1"}
    document = active_document(pending=upload(metadata=metadata))

    back = codec.decode(codec.encode(document))

    assert back == document
    assert back.pending is not None
    kept = back.pending.metadata.values()
    assert [type(value) for value in kept] == [int, float, bool, str]


def test_lists_come_out_as_tuples() -> None:
    codec = RecordCodec(Chunk)

    assert codec.decode(codec.encode(chunk(section=["a", "b"]))) == chunk(section=("a", "b"))


@pytest.mark.parametrize("value", [2**70, "\ud800"])
def test_what_has_no_bytes_is_invalid(value: int | str) -> None:
    document = active_document(pending=upload(metadata={"odd": value}))

    with pytest.raises(InvalidError):
        RecordCodec(Document).encode(document)


def test_bytes_that_are_no_record_are_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        RecordCodec(Chunk).decode(b"\x80")
