"""Reading requests: JSON bodies and query strings, strictly, into Structs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from ragtenancy.domain.bounds import malformed
from ragtenancy.domain.errors import MalformedError, TooLargeError, UnsupportedError
from ragtenancy.http.connections import AnyRequest

Body = TypeVar("Body", bound=msgspec.Struct)

MAX_JSON_BYTES = 1_000_000
_JSON = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json\Z")


async def read_json(request: AnyRequest, kind: type[Body], *, optional: bool = False) -> Body:
    """Return the body as a `kind`; an empty one is `{}` where the body is optional.

    Raises `MalformedError` naming the field, `TooLargeError`, `UnsupportedError`.
    """
    _require_json(request, optional=optional)
    body = await _whole(request)
    decoded: Body = decode_json(b"{}" if optional and not body else body, kind)
    return decoded


def decode_json(body: bytes, kind: Any) -> Any:  # noqa: ANN401 - any type that msgspec knows
    """Return JSON as a `kind`; raise `MalformedError` naming the field."""
    try:
        value = msgspec.json.decode(body.decode(), type=kind)
    except UnicodeDecodeError:
        raise MalformedError("The body is not UTF-8.", field="$") from None
    except RecursionError:
        raise MalformedError("The body is nested too deeply.", field="$") from None
    except msgspec.ValidationError as error:
        raise malformed(error) from None
    except msgspec.DecodeError:
        raise MalformedError("The body is not JSON.", field="$") from None
    if b"\\u0000" in body:
        _refuse_nul(msgspec.to_builtins(value), "$")
    return value


def read_query(request: AnyRequest, kind: type[Body]) -> Body:
    """Return the query string as a `kind`; unknown names are left alone.

    Raises `MalformedError` naming the field.
    """
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=100,
        )
        known = [pair for pair in pairs if pair[0] in kind.__struct_fields__]
        if len(dict(known)) < len(known):
            raise MalformedError("A query parameter is given twice.")
        value = msgspec.convert(dict(known), kind, strict=False)
    except msgspec.ValidationError as error:
        raise malformed(error) from None
    except ValueError:
        raise MalformedError("The query string is malformed.") from None
    _refuse_nul(dict(known), "$")
    return value


async def pieces(request: AnyRequest) -> AsyncIterator[bytes]:
    """Yield the body as it arrives. Raises `MalformedError` when the client goes away."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise MalformedError("The body ended too early.")
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


def declared_length(request: AnyRequest) -> int | None:
    """Return Content-Length; raise `MalformedError` for what is no length."""
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise MalformedError("Content-Length is not a length.")
    return int(text)


async def _whole(request: AnyRequest) -> bytes:
    if (declared_length(request) or 0) > MAX_JSON_BYTES:
        raise TooLargeError("The body is too large.", limit=MAX_JSON_BYTES)
    body = bytearray()
    async for piece in pieces(request):
        body += piece
        if len(body) > MAX_JSON_BYTES:
            raise TooLargeError("The body is too large.", limit=MAX_JSON_BYTES)
    return bytes(body)


def _require_json(request: AnyRequest, *, optional: bool) -> None:
    given = request.headers.get("content-type")
    if given is None or (optional and request.headers.get("content-length") == "0"):
        return
    kind, _, parameters = given.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    utf8 = not charset.startswith("charset=") or charset.split(";")[0] in {
        "charset=utf-8",
        "charset=utf8",
    }
    if not _JSON.match(kind.strip().lower()) or not utf8:
        raise UnsupportedError("The body must be JSON in UTF-8.")


def _refuse_nul(value: object, path: str) -> None:
    if isinstance(value, str) and "\0" in value:
        raise MalformedError(f"{path}: NUL characters are not accepted.", field=path)
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_nul(key, path)
            _refuse_nul(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_nul(item, f"{path}[{index}]")
