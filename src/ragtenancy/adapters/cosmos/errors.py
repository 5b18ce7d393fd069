"""The one map from the SDK's errors to ours, and bounded retries of throttled requests."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from ragtenancy.domain.errors import (
    AlreadyExistsError,
    BackendTimeoutError,
    InvalidError,
    NotFoundError,
    RagTenancyError,
    RejectedError,
    StaleWriteError,
    UnavailableError,
)

TIMEOUT_SECONDS = 15.0
DEFAULT_RETRY_AFTER = 1.0
MAX_RETRY_AFTER = 60.0
NO_SUCH_CONTAINER = 1003
BAD_REPLY_ERRORS = (AttributeError, LookupError, TypeError, ValueError)


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Translate the SDK's exceptions into our errors; an absent item is a `NotFoundError`.

    Work that takes longer than `TIMEOUT_SECONDS`, including the SDK's retries, is cancelled.
    """
    from azure.core import exceptions as core
    from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            yield
    except (TimeoutError, core.ServiceRequestTimeoutError, core.ServiceResponseTimeoutError) as e:
        raise BackendTimeoutError("The store did not answer in time.") from e
    except CosmosHttpResponseError as error:
        raise _ours(error.status_code or 0, error.sub_status or 0, error.headers or {}) from error
    except CosmosBatchOperationError as error:
        raise _ours(error.status_code or 0, 0, error.headers or {}) from error
    except (core.DecodeError, *BAD_REPLY_ERRORS) as error:
        raise RejectedError("The store sent an unexpected reply.", code="bad_reply") from error
    except core.AzureError as error:
        raise UnavailableError(
            "The store cannot be reached.", code="storage_unreachable", retry_after=5.0
        ) from error


def _ours(status: int, substatus: int, headers: object) -> RagTenancyError:
    if status == 404 and substatus == NO_SUCH_CONTAINER:
        return UnavailableError("The store is not set up.", code="storage_not_set_up")
    match status:
        case 404:
            return NotFoundError("There is no such item.")
        case 409:
            return AlreadyExistsError("The item already exists.")
        case 412 | 449:  # 449 (Retry With): a concurrent write won
            return StaleWriteError("The record changed since it was read.")
        case 413:
            return InvalidError(
                "A record is larger than the store accepts.", code="record_too_large"
            )
        case 429:
            after = _retry_after(headers)
            return UnavailableError("The store is overloaded.", code="throttled", retry_after=after)
        case 401 | 403:
            return UnavailableError(
                "The store rejected the service's credentials.", code="backend_auth"
            )
        case 408:
            return BackendTimeoutError("The store did not answer in time.")
        case 400:
            return RejectedError("The store refused the request.")
        case _:
            return UnavailableError("The store failed.", code="storage_failed", retry_after=5.0)


def _retry_after(headers: object) -> float:
    """Return seconds, bounded, from a header in milliseconds."""
    given = headers.get("x-ms-retry-after-ms") if hasattr(headers, "get") else None
    try:
        seconds = float(given) / 1000 if given is not None else DEFAULT_RETRY_AFTER
    except (TypeError, ValueError):
        return DEFAULT_RETRY_AFTER
    return DEFAULT_RETRY_AFTER if math.isnan(seconds) else min(max(seconds, 0.0), MAX_RETRY_AFTER)


MAX_TRIES = 4
MAX_WAIT_SECONDS = 5.0
Given = ParamSpec("Given")
Result = TypeVar("Result")


def patient(call: Callable[Given, Awaitable[Result]]) -> Callable[Given, Awaitable[Result]]:
    """Retry throttled calls, which had no effect; re-raise if the wait would exceed the bounds.

    The SDK would retry too, but it sleeps as long as the store requests before checking its limit.
    """

    @wraps(call)
    async def repeated(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        left = MAX_WAIT_SECONDS
        for _ in range(MAX_TRIES - 1):
            try:
                return await call(*args, **kwargs)
            except UnavailableError as error:
                wait = error.retry_after or 0.0
                if error.reason != "throttled" or wait > left:
                    raise
            left -= wait
            await asyncio.sleep(wait)
        return await call(*args, **kwargs)

    return repeated
