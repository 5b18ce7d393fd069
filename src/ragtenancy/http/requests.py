"""Reading requests: JSON body, query string, path ids, precondition and request id.

Reading is strict; each reader raises the error that the caller receives.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.types import Scope
from msgspec import structs

from ragtenancy.domain import ids
from ragtenancy.domain.api_keys import KEY_PATTERN
from ragtenancy.domain.bounds import malformed
from ragtenancy.domain.errors import (
    MalformedError,
    NotFoundError,
    StaleWriteError,
    TooLargeError,
    UnsupportedError,
)
from ragtenancy.domain.ids import (
    ApiKeyId,
    DeletionId,
    DeliveryId,
    DocumentId,
    JobId,
    SessionId,
    TenantId,
    WebhookId,
)
from ragtenancy.domain.validation_words import named

AnyConnection = ASGIConnection[object, object, object, State]
AnyRequest = Request[object, object, State]
Body = TypeVar("Body", bound=msgspec.Struct)

MAX_JSON_BYTES = 1_000_000
_MAX_SHOWN = 100  # characters of a repeated field
REQUEST_ID_HEADER = "X-Request-ID"
_JSON = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json\Z")
_PLAUSIBLE = re.compile(r"[A-Za-z0-9_:.-]{1,128}\Z")
_TAG = re.compile(r'(?:W/)?"[!#-~]*"\Z')
_OURS = re.compile(r'"(0|[1-9][0-9]{0,14})"\Z')
_API_KEY = re.compile(KEY_PATTERN)
_REQUEST_ID = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?\Z")


def allowed(methods: Iterable[str]) -> str:
    """Return the Allow header field of a path with these methods; HEAD is answered as GET is."""
    names = {*methods, "OPTIONS"}
    return ", ".join(sorted(names | ({"HEAD"} if "GET" in names else set())))


async def read_json(request: AnyRequest, kind: type[Body], *, optional: bool = False) -> Body:
    """Return the body as a `kind`; an empty optional body counts as `{}`.

    Raises `MalformedError` naming the field, `TooLargeError`, `UnsupportedError`.
    """
    _require_json(request, optional=optional)
    body = await _whole(request)
    decoded: Body = decode_json(b"{}" if optional and not body else body, kind)
    return decoded


def decode_json(body: bytes, kind: Any) -> Any:  # noqa: ANN401 - any type that msgspec knows
    """Decode JSON as a `kind`. Raises `MalformedError` naming the field."""
    try:
        require_unique(body)
        value = msgspec.json.decode(body.decode(), type=kind)
    except UnicodeDecodeError:
        raise MalformedError("The body is not UTF-8.", field="$") from None
    except RecursionError:
        raise MalformedError("The body is nested too deeply.", field="$") from None
    except msgspec.ValidationError as error:
        raise malformed(error) from None
    except msgspec.DecodeError:
        raise MalformedError("The body is not valid JSON.", field="$") from None
    if b"\\u0000" in body:
        refuse_nul(msgspec.to_builtins(value), "$")
    return value


def require_unique(body: bytes) -> None:
    """Raise `MalformedError` if an object names a field twice: readers differ on which counts.

    What is not JSON is left to the decoder.
    """
    with suppress(ValueError):
        json.loads(
            body.decode(),
            object_pairs_hook=_unique,
            parse_int=str,
            parse_float=str,
            strict=False,
        )


def _unique(pairs: Sequence[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            shown = name[:_MAX_SHOWN]
            raise MalformedError(
                f"The field `{shown}` is given twice.", field=shown, code="repeated_field"
            )
        seen.add(name)


def read_query(request: AnyRequest, kind: type[Body]) -> Body:
    """Return the query string as a `kind`; unknown names are ignored.

    Raises `MalformedError` naming the field.
    """
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=100,
        )
        known = [pair for pair in pairs if pair[0] in kind.__struct_encode_fields__]
        if len(dict(known)) < len(known):
            raise MalformedError("A query parameter is given twice.")
        value = msgspec.convert(dict(known), kind, strict=False)
    except msgspec.ValidationError as error:
        raise malformed(error) from None
    except ValueError:
        raise MalformedError("The query string is malformed.") from None
    refuse_nul(dict(known), "$")
    _require_plain(dict(known), value)
    return value


def _require_plain(known: Mapping[str, str], value: msgspec.Struct) -> None:
    """Raise `MalformedError` for what the lax decoder takes beyond the API's description.

    It reads `null` as an absent value, and a number as seconds since 1970.
    """
    for field in structs.fields(value):
        text, read = known.get(field.encode_name), getattr(value, field.name)
        name = field.encode_name
        if text is not None and read is None:
            raise MalformedError(f"`{name}` cannot be null.", field=f"$.{name}")
        if text is not None and isinstance(read, datetime) and ":" not in text:
            raise MalformedError(f"`{name}` must be a date and time.", field=f"$.{name}")


async def pieces(request: AnyRequest) -> AsyncIterator[bytes]:
    """Yield the body as it arrives. Raises `MalformedError` if the client disconnects."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise MalformedError("The body ended too early.")
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


def declared_length(request: AnyRequest) -> int | None:
    """Return Content-Length. Raises `MalformedError` if it is not a length."""
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise MalformedError("Content-Length is not a valid length.")
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


def refuse_nul(value: object, path: str) -> None:
    """Raise `MalformedError` naming a text in a decoded value that holds a NUL character."""
    if isinstance(value, str) and "\0" in value:
        raise MalformedError(f"{named(path)} must not contain NUL characters.", field=path)
    if isinstance(value, dict):
        for key, item in value.items():
            refuse_nul(key, path)
            refuse_nul(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            refuse_nul(item, f"{path}[{index}]")


def accepts(accept: str, media_type: str) -> bool:
    """Return whether an `Accept` header names a media type."""
    kinds = [part.partition(";") for part in accept.lower().split(",")]
    return any(
        kind.strip() == media_type and "q=0" not in _weights(parameters)
        for kind, _, parameters in kinds
    )


def _weights(parameters: str) -> set[str]:
    return {parameter.strip() for parameter in parameters.split(";")}


def etag(version: int) -> dict[str, str]:
    """Return the ETag header for a version."""
    return {"ETag": f'"{version}"'}


def expected_version(request: AnyRequest) -> int | None:
    """Return the version that `If-Match` requires, None for any.

    Raises `MalformedError` for an invalid tag, `StaleWriteError` for one we never issued.
    """
    given = request.headers.getall("if-match", [])
    if not given or given == ["*"]:
        return None
    if len(given) > 1 or not _TAG.match(given[0].strip()):
        raise MalformedError('If-Match must be one entity tag, such as "3", or *.')
    ours = _OURS.match(given[0].strip())
    if ours is None:
        raise StaleWriteError("The record changed since it was read.")
    return int(ours[1])


def chosen_request_id(headers: Iterable[tuple[bytes, bytes]], made: str) -> str:
    """Return the caller's request id (≤ 128 printable ASCII), or `made` if missing or invalid.

    An API key that was given for an id by mistake is invalid: ids are logged.
    """
    name = REQUEST_ID_HEADER.lower().encode()
    values = [value.decode("latin-1") for key, value in headers if key.lower() == name]
    if len(values) != 1 or not _REQUEST_ID.match(values[0]) or _API_KEY.search(values[0]):
        return made
    return values[0]


def request_id(scope: Scope) -> str:
    """Return the id of the current request."""
    state: dict[str, object] = scope.get("state") or {}
    return str(state.get("request_id", ""))


def _document_id(text: str) -> DocumentId:
    """Return the document's id. Raises `NotFoundError`."""
    return DocumentId(_plausible(text, "document"))


def _job_id(text: str) -> JobId:
    """Return the job's id. Raises `NotFoundError`."""
    return JobId(_plausible(text, "job"))


def _key_id(text: str) -> ApiKeyId:
    """Return the key's id. Raises `NotFoundError`."""
    return ApiKeyId(_plausible(text, "key"))


def _deletion_id(text: str) -> DeletionId:
    """Return the deletion's id. Raises `NotFoundError`."""
    return DeletionId(_plausible(text, "deletion"))


def _client_id(text: str) -> TenantId:
    """Return the client's id. Raises `NotFoundError` if it is malformed."""
    try:
        return ids.tenant_id(text)
    except MalformedError:
        raise NotFoundError("There is no such client.") from None


def _session_id(text: str) -> SessionId:
    """Return the session's id. Raises `MalformedError`: callers choose session ids."""
    return ids.session_id(text)


def _turn_id(text: str) -> str:
    """Return the turn's id. Raises `NotFoundError`."""
    return _plausible(text, "turn")


def _plausible(text: str, thing: str) -> str:
    if not _PLAUSIBLE.match(text):
        raise NotFoundError(f"There is no such {thing}.")
    return text


PATH_IDS: Mapping[str, Callable[[str], str]] = {
    "document_id": _document_id,
    "deleted_document_id": _document_id,
    "job_id": _job_id,
    "key_id": _key_id,
    "deletion_id": _deletion_id,
    "client_id": _client_id,
    "session_id": _session_id,
    "turn_id": _turn_id,
    "store_id": str,
    "webhook_id": lambda text: WebhookId(_plausible(text, "webhook")),
    "delivery_id": lambda text: DeliveryId(_plausible(text, "delivery")),
    "model": str,
}
