"""Encoding records as bytes for the stores, and decoding them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct, ValidationError, inspect
from msgspec.structs import force_setattr

from ragtenancy.domain.errors import InvalidError, MalformedError

_PLAIN = (
    inspect.NoneType,
    inspect.BoolType,
    inspect.IntType,
    inspect.FloatType,
    inspect.StrType,
    inspect.BytesType,
    inspect.DateTimeType,
)
Record = TypeVar("Record", bound=Struct)
REFUSALS = (ValidationError, InvalidError, MalformedError)


class RecordCodec(Generic[Record]):
    """MessagePack codec for one kind of Struct, with fields by name so that more can be added.

    Sequences are decoded as tuples, so that a record built from tuples round-trips equal. With
    `heal`, a record that fails validation is tried once more as `heal` returns it.
    """

    def __init__(self, kind: type[Record], heal: Callable[[object], object] | None = None) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._kind = kind
        self._heal = heal

    def encode(self, record: Record) -> bytes:
        """Encode a record. Raises `InvalidError` for text or numbers that cannot be encoded."""
        try:
            return self._encoder.encode(record)
        except (OverflowError, UnicodeError) as error:
            raise InvalidError("A value cannot be stored.") from error

    def decode(self, data: bytes) -> Record:
        """Decode a record. Raises `msgspec.MsgspecError` for invalid bytes."""
        try:
            record = self._decoder.decode(data)
        except REFUSALS as error:
            record = self._healed(msgspec.msgpack.decode(data), error)
        _freeze(record)
        return record

    def as_json(self, record: Record) -> object:
        """Return a record as JSON values. Raises `InvalidError` for those JSON cannot represent."""
        self.encode(record)
        return msgspec.to_builtins(record)

    def of_json(self, data: object) -> Record:
        """Return the record in JSON values. Raises `msgspec.MsgspecError` for invalid ones."""
        try:
            record = msgspec.convert(data, self._kind)
        except REFUSALS as error:
            record = self._healed(data, error)
        _freeze(record)
        return record

    def _healed(self, data: object, refusal: Exception) -> Record:
        if self._heal is None:
            raise ValidationError(str(refusal).rstrip(".")) from refusal
        try:
            return msgspec.convert(self._heal(data), self._kind)
        except (InvalidError, MalformedError) as error:
            raise ValidationError(str(error).rstrip(".")) from error


def _freeze(record: Struct) -> None:
    """Replace the lists in a newly decoded record with tuples, in place."""
    for name in _holding(type(record)):
        value = getattr(record, name)
        if isinstance(value, list):
            force_setattr(record, name, _tuple(value))
        elif isinstance(value, Struct):
            _freeze(value)


@cache
def _holding(kind: type[Struct]) -> Sequence[str]:
    """Return the names of the fields that may hold more than a scalar."""
    fields = inspect.type_info(kind).fields  # type: ignore[attr-defined]
    return [field.name for field in fields if not _is_plain(field.type)]


def _is_plain(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.UnionType):
        return all(map(_is_plain, kind.types))
    return isinstance(kind, _PLAIN)


def _tuple(values: list[object]) -> tuple[object, ...]:
    for value in values:
        if isinstance(value, Struct):
            _freeze(value)
    return tuple(_tuple(value) if isinstance(value, list) else value for value in values)
