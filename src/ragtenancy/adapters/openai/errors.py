"""The one map from the SDK's errors to ours."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ragtenancy.domain.errors import (
    BackendTimeoutError,
    PromptTooLongError,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)

if TYPE_CHECKING:
    import openai

MAX_RETRY_AFTER = 300.0
DEFAULT_RETRY_AFTER = 5.0
TOO_LONG = ("context_length_exceeded", "exceed_context_size", "context length", "context window")
NO_VISION = "no_vision"
TAKES_NO_PICTURES = (
    "image_url is only supported by certain models",
    "unknown variant `image_url`",
    "not a multimodal model",
    "at most 0 image",
    "image input is not",
    "support image input",
    "not support images",
)
AWAY = frozenset({"server_error", "internal_error", "internal_server_error", "service_unavailable"})
BAD_REPLY_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@asynccontextmanager
async def translated(*, seconds: float | None = None) -> AsyncIterator[None]:
    """Translate the SDK's exceptions into our errors, keeping each as the cause.

    The SDK parses replies loosely: a malformed one shows up as a Python exception. Work that takes
    longer than `seconds`, including retries, is cancelled: the SDK's own timeout limits only
    silence, and a slow trickle is never silent.
    """
    import openai

    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise BackendTimeoutError("The model did not answer in time.") from error
    except openai.OpenAIError as error:
        raise _ours(error) from error
    except _sign_in_errors() as error:
        raise _refused_us() from error
    except BAD_REPLY_ERRORS as error:
        raise RejectedError("The model sent an unexpected reply.", code="bad_reply") from error


def told(error: openai.APIError) -> str:
    """Return a server's error message, in OpenAI's shape, as a text, or in pydantic's."""
    if isinstance(error.body, str):
        return error.body
    details = error.body.get("detail") if isinstance(error.body, dict) else None
    if not isinstance(details, list):
        return error.message
    each = (detail for detail in details if isinstance(detail, dict))
    return " ".join(f"{detail.get('loc')} {detail.get('msg')}" for detail in each)


def _ours(error: Exception) -> RagTenancyError:
    import openai

    match error:
        case openai.APIStatusError() if _takes_no_pictures(error):
            return RejectedError("The model does not accept pictures.", code=NO_VISION)
        case openai.APITimeoutError():
            return BackendTimeoutError("The model did not answer in time.")
        case openai.APIConnectionError() | openai.InternalServerError():
            return UnavailableError("The model cannot be reached.", retry_after=DEFAULT_RETRY_AFTER)
        case openai.RateLimitError():
            after = _retry_after(error.response.headers.get("retry-after"))
            return UnavailableError("The model is overloaded.", code="throttled", retry_after=after)
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return _refused_us()
        case openai.APIStatusError(status_code=408):
            return BackendTimeoutError("The model did not answer in time.")
        case openai.APIError():
            return _named(error.code, told(error))
        case _:
            return RejectedError("The model refused the request or sent an unusable reply.")


def _named(code: str | None, message: str) -> RagTenancyError:
    """Return the error for the code in a reply, or in an event of a stream."""
    said = f"{code} {message}".lower()
    if code == "content_filter":
        return RejectedError(
            "The model's content filter blocked the request.", code="content_filter"
        )
    if any(words in said for words in TOO_LONG):
        return PromptTooLongError()
    if code == "rate_limit_exceeded":
        return UnavailableError(
            "The model is overloaded.", code="throttled", retry_after=DEFAULT_RETRY_AFTER
        )
    if code in AWAY:
        return UnavailableError("The model interrupted its reply.", retry_after=DEFAULT_RETRY_AFTER)
    return RejectedError("The model refused the request or sent an unusable reply.")


def _takes_no_pictures(error: openai.APIStatusError) -> bool:
    """Return whether the model rejects all pictures, whatever the server's status code."""
    said = told(error).lower()
    return any(words in said for words in TAKES_NO_PICTURES)


def _refused_us() -> RagTenancyError:
    return UnavailableError(
        "The model server rejected the service's credentials.", code="backend_auth"
    )


def _sign_in_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions of managed identity, if it is installed."""
    try:
        from azure.core.exceptions import AzureError
    except ImportError:
        return ()
    return (AzureError,)


def _retry_after(header: str | None) -> float:
    """Return seconds, bounded, from a header that may be absent or invalid."""
    try:
        seconds = float(header or DEFAULT_RETRY_AFTER)
    except ValueError:
        return DEFAULT_RETRY_AFTER
    if math.isnan(seconds):
        return DEFAULT_RETRY_AFTER
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
