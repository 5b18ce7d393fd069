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
    from azure.core.exceptions import AzureError, HttpResponseError

DEFAULT_RETRY_AFTER = 5.0
MAX_RETRY_AFTER = 300.0
NO_CONTAINER = "ContainerNotFound"
BAD_REPLY_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@asynccontextmanager
async def translated(*, seconds: float) -> AsyncIterator[None]:
    """Translate the SDK's exceptions into our errors, keeping each as the cause.

    Work that takes longer than `seconds`, including the SDK's retries, is cancelled.
    """
    from azure.core.exceptions import AzureError

    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise BackendTimeoutError("The blob storage did not answer in time.") from error
    except AzureError as error:
        raise _ours(error) from error
    except BAD_REPLY_ERRORS as error:
        raise bad_reply() from error


def bad_reply() -> RejectedError:
    """Return the error for a reply that is not from the service."""
    return RejectedError("The blob storage sent an unexpected reply.", code="bad_reply")


def _ours(error: AzureError) -> RagTenancyError:
    from azure.core.exceptions import HttpResponseError, ServiceResponseTimeoutError

    match error:
        case ServiceResponseTimeoutError():
            return BackendTimeoutError("The blob storage did not answer in time.")
        case HttpResponseError() if error.status_code is not None:
            return _by_status(error, error.status_code)
        case _:
            return _unreachable()


def _by_status(error: HttpResponseError, status: int) -> RagTenancyError:
    match status:
        case 404 if _code(error) == NO_CONTAINER:
            return UnavailableError("The blob storage container does not exist.", code="not_set_up")
        case 404:
            return NotFoundError("There is no such upload.")
        case 401 | 403:
            return UnavailableError(
                "The blob storage rejected the service's credentials.", code="backend_auth"
            )
        case 409 | 412:
            return ConflictError("Another request changed the upload.")
        case 408 | 504:
            return BackendTimeoutError("The blob storage did not answer in time.")
        case 429 | 503:
            return UnavailableError(
                "The blob storage is overloaded.", code="throttled", retry_after=_after(error)
            )
        case _ if status >= 500:
            return _unreachable()
        case _:
            return RejectedError("The blob storage refused the request.")


def _unreachable() -> UnavailableError:
    return UnavailableError("The blob storage cannot be reached.", retry_after=DEFAULT_RETRY_AFTER)


def _code(error: HttpResponseError) -> str:
    """Return the service's code of an error; the SDK sets it on parsed errors."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))


def _after(error: HttpResponseError) -> float:
    """Return seconds, bounded, from a header that may be absent or invalid."""
    headers = getattr(error.response, "headers", {})
    try:
        seconds = float(headers.get("Retry-After") or DEFAULT_RETRY_AFTER)
    except ValueError:
        return DEFAULT_RETRY_AFTER
    if math.isnan(seconds):
        return DEFAULT_RETRY_AFTER
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
