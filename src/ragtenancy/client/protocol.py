"""What both clients share: addresses, errors, retries, uploads and events."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import httpx2
import msgspec
from msgspec import Struct

from ragtenancy.domain import errors
from ragtenancy.wire.chat import ChatReply
from ragtenancy.wire.documents import Job
from ragtenancy.wire.search import Source

API = "/api/v1"
DEFAULT_URL = "http://127.0.0.1:8000"
POLL_SECONDS = 0.2
MAX_WAIT = 60.0
BACKOFF = (0.5, 1.0, 2.0, 4.0, 8.0)
_FAMILIES: Mapping[int, type[errors.RagTenancyError]] = {
    400: errors.MalformedError,
    401: errors.UnauthenticatedError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    408: errors.RequestTimeoutError,
    409: errors.ConflictError,
    412: errors.StaleWriteError,
    413: errors.TooLargeError,
    415: errors.UnsupportedError,
    422: errors.InvalidError,
    429: errors.LimitError,
    431: errors.HeadTooLargeError,
    502: errors.RejectedError,
    503: errors.UnavailableError,
    504: errors.BackendTimeoutError,
}
_BY_CODE: Mapping[str, type[errors.RagTenancyError]] = {
    kind.code: kind
    for kind in (
        errors.AlreadyExistsError,
        errors.ClientSuspendedError,
        errors.InsufficientScopeError,
        errors.OverloadedError,
        errors.ReindexRequiredError,
        errors.SessionBusyError,
        errors.StoppingError,
    )
}
_PROBLEM = frozenset({"type", "title", "status", "detail", "code"})
_BUSY = frozenset({429, 503})
_UNHEALTHY = 503
Kind = TypeVar("Kind")
Readable = str | os.PathLike[str] | bytes
Watch = Callable[[Job], None]
Sent = Callable[[int, int], None]


class SourcesFound(Struct, frozen=True, kw_only=True):
    """The passages given to the answerer; precedes the first token."""

    sources: list[Source]


class Token(Struct, frozen=True, kw_only=True):
    """A piece of the answer; the pieces concatenate to exactly the answer."""

    text: str


class Done(Struct, frozen=True, kw_only=True):
    """The last event of a turn."""

    reply: ChatReply


TurnEvent = SourcesFound | Token | Done


def address(base_url: str | None) -> str:
    """Return the server's address: the given one, RAGTENANCY_URL, or this machine."""
    return (base_url or os.environ.get("RAGTENANCY_URL") or DEFAULT_URL).rstrip("/")


def credential(api_key: str | None) -> dict[str, str]:
    """Return the header with the key: the given one, or RAGTENANCY_API_KEY.

    Raises `ConfigurationError` without a key.
    """
    key = api_key or os.environ.get("RAGTENANCY_API_KEY")
    if not key:
        raise errors.ConfigurationError("Give an api_key, or set RAGTENANCY_API_KEY.")
    return {"X-API-Key": key}


def between(since: datetime | None, until: datetime | None) -> dict[str, str | None]:
    """Return the query parameters of a span of time."""
    return {
        "from": None if since is None else since.isoformat(),
        "to": None if until is None else until.isoformat(),
    }


def decoded(response: httpx2.Response, kind: type[Kind]) -> Kind:
    """Return the body of a successful reply."""
    return msgspec.json.decode(response.content, type=kind)


def error_of(status: int, body: bytes, retry_after: str | None) -> errors.RagTenancyError:
    """Return a problem as the error that the server raised, with the problem's members."""
    try:
        members = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        members = {}
    code = str(members.get("code") or f"http_{status}")
    family = _FAMILIES.get(status, errors.RagTenancyError)
    kind = _BY_CODE.get(code, family)
    error = kind.__new__(kind)
    context = {
        name: value
        for name, value in members.items()
        if name not in _PROBLEM and isinstance(value, str | int | float | bool)
    }
    errors.RagTenancyError.__init__(
        error,
        str(members.get("detail") or f"The server replied {status}."),
        code=code,
        retry_after=_seconds(retry_after),
        **context,
    )
    return error


class NewFile:
    """A file to upload, opened once for all attempts."""

    def __init__(self, source: Readable, filename: str | None, sent: Sent | None) -> None:
        self._file = _opened(source)
        self.name = filename or ("" if isinstance(source, bytes) else Path(source).name)
        self.size = self._file.seek(0, io.SEEK_END)
        self._sent = sent

    def part(self) -> tuple[str, Any]:
        """Return the part of the form, read from the beginning."""
        self._file.seek(0)
        return "file", (self.name, self, "application/octet-stream")

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, and report how many have been read."""
        piece = self._file.read(size)
        if self._sent is not None:
            self._sent(self._file.tell(), self.size)
        return piece

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move within the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Request(Struct, frozen=True, kw_only=True):
    """One request; `body` is sent as JSON, `fields` and `files` as a form."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    params: Mapping[str, Any] | None = None
    body: object = None
    fields: Mapping[str, Any] | None = None
    files: Sequence[NewFile] = ()

    @property
    def is_harmless(self) -> bool:
        """Whether a server may receive it twice."""
        return self.method != "POST" or "Idempotency-Key" in self.headers

    def reads(self, status: int) -> bool:
        """Return whether a status that is no success is an answer all the same."""
        return self.path == "/health" and status == _UNHEALTHY


class Refusal(Exception):  # noqa: N818 - no error yet: the next attempt may succeed
    """An attempt that failed, and whether another may be made."""

    def __init__(self, error: errors.RagTenancyError, *, may_repeat: bool) -> None:
        super().__init__(error.detail)
        self.error = error
        self.may_repeat = may_repeat


def unreachable(request: Request, failed: httpx2.HTTPError) -> Refusal:
    """Return the refusal by a server that cannot be reached or does not answer in time."""
    error = errors.UnavailableError(
        f"The server could not be reached ({type(failed).__name__}).", code="server_unreachable"
    )
    never_sent = isinstance(failed, httpx2.ConnectError)
    return Refusal(error, may_repeat=request.is_harmless or never_sent)


def refused(response: httpx2.Response) -> Refusal:
    """Return the refusal in a reply; a busy server has done nothing."""
    error = error_of(response.status_code, response.content, response.headers.get("retry-after"))
    return Refusal(error, may_repeat=response.status_code in _BUSY)


def pause(refusal: Refusal, attempt: int, retries: int) -> float | None:
    """Return the seconds to wait before the next attempt; None if there is to be none.

    A server says when to come back (`Retry-After`); up to a minute is waited.
    """
    if attempt >= retries or not refusal.may_repeat:
        return None
    wanted = refusal.error.retry_after
    if wanted is None:
        return BACKOFF[min(attempt, len(BACKOFF) - 1)]
    return wanted if wanted <= MAX_WAIT else None


def _opened(source: Readable) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb")


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdigit() else None


def require_succeeded(job: Job) -> Job:
    """Return a finished job. Raises the error of one that failed or was cancelled."""
    if job.status == "succeeded":
        return job
    if job.error is None:
        raise errors.ConflictError(
            "The job was cancelled.", code="job_cancelled", job_id=job.job_id
        )
    passing = job.error.code in {"attempts_exhausted", "internal"}
    family = errors.UnavailableError if passing else errors.UnreadableDocumentError
    raise family(
        job.error.detail, code=job.error.code, job_id=job.job_id, document_id=job.document_id
    )


def is_finished(job: Job) -> bool:
    """Return whether a job has ended."""
    return job.status in {"succeeded", "failed", "cancelled"}


# -- events


def turn_event(name: str, data: bytes) -> TurnEvent:
    """Return an event of a turn. Raises the error that an `error` event reports."""
    if name == "sources":
        return msgspec.json.decode(data, type=SourcesFound)
    if name == "token":
        return msgspec.json.decode(data, type=Token)
    if name == "done":
        return Done(reply=msgspec.json.decode(data, type=ChatReply))
    status = msgspec.json.decode(data, type=dict[str, Any]).get("status", 500)
    raise error_of(int(status), data, None)


def without_nulls(**values: object) -> dict[str, Any]:
    """Return the values that are given."""
    return {name: msgspec.to_builtins(v) for name, v in values.items() if v is not None}
