"""The one map from the SDK's errors to ours."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ragtenancy.domain.errors import (
    BackendTimeoutError,
    ConflictError,
    NotFoundError,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from pinecone.errors import ApiError

TIMEOUT_SECONDS = 30.0
MAX_RETRY_AFTER = 300.0
DEFAULT_RETRY_AFTER = 5.0
FORBIDDEN = 403
THROTTLED = 429
QUOTA = "QUOTA_EXCEEDED"
SERVER_FAULT = 500
BAD_REPLY_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@asynccontextmanager
async def translated(*, seconds: float | None = TIMEOUT_SECONDS) -> AsyncIterator[None]:
    """Translate the SDK's exceptions into our errors, keeping each as the cause.

    Work that takes longer than `seconds`, including the SDK's retries, is cancelled. An absent
    resource raises `NotFoundError`, an existing one `ConflictError`.
    """
    import httpx
    from pinecone.errors import PineconeError

    try:
        async with asyncio.timeout(seconds):
            yield
    except PineconeError as error:
        raise _ours(error) from error
    except TimeoutError as error:
        raise BackendTimeoutError("The vector store did not answer in time.") from error
    except (httpx.HTTPError, *BAD_REPLY_ERRORS) as error:
        raise RejectedError(
            "The vector store sent an unexpected reply.", code="bad_reply"
        ) from error


def _ours(error: Exception) -> RagTenancyError:
    from pinecone import errors

    match error:
        case errors.NotFoundError():
            return NotFoundError("There is no such namespace or index.")
        case errors.ConflictError():
            return ConflictError("The namespace or index already exists.")
        case errors.ApiError() if _is_quota(error):
            return UnavailableError("The vector store's quota is used up.", code="quota_exceeded")
        case errors.PaymentRequiredError():
            return UnavailableError("The vector store's plan is not paid.", code="payment_required")
        case errors.UnauthorizedError() | errors.ForbiddenError():
            return UnavailableError(
                "The vector store rejected the service's credentials.", code="backend_auth"
            )
        case errors.PineconeTimeoutError():
            return BackendTimeoutError("The vector store did not answer in time.")
        case errors.PineconeConnectionError():
            return UnavailableError(
                "The vector store cannot be reached.", retry_after=DEFAULT_RETRY_AFTER
            )
        case errors.ResponseParsingError():
            return RejectedError("The vector store sent an unexpected reply.", code="bad_reply")
        case errors.ApiError():
            return _of_status(error.status_code, dict(error.headers or {}))
        case _:
            return RejectedError("The vector store refused the request.")


def _is_quota(error: ApiError) -> bool:
    """Return whether a quota is used up, which waiting does not change, unlike a rate limit.

    "Errors" and "Rate limits" in docs.pinecone.io: 403 for objects, 429 for a month's units.
    """
    said = error.message.lower()
    if error.status_code == THROTTLED:
        return error.error_code == QUOTA or "limit for the current month" in said
    return error.error_code == QUOTA or (error.status_code == FORBIDDEN and "quota" in said)


def _of_status(status: int, headers: dict[str, str]) -> RagTenancyError:
    if status == THROTTLED:
        return UnavailableError(
            "The vector store is overloaded.",
            code="throttled",
            retry_after=_retry_after(headers.get("retry-after")),
        )
    if status >= SERVER_FAULT:
        return UnavailableError("The vector store failed.", retry_after=DEFAULT_RETRY_AFTER)
    return RejectedError("The vector store refused the request.", status=status)


def _retry_after(header: str | None) -> float:
    """Return seconds, bounded, from a header that may be absent or invalid."""
    try:
        seconds = float(header or DEFAULT_RETRY_AFTER)
    except ValueError:
        return DEFAULT_RETRY_AFTER
    if math.isnan(seconds):
        return DEFAULT_RETRY_AFTER
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
