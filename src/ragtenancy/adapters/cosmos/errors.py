"""The one map from the SDK's errors to ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

from ragtenancy.adapters.cosmos.traffic import INTERACTIVE, retry_after
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

BAD_REPLY_ERRORS = (AttributeError, LookupError, TypeError, ValueError)


@asynccontextmanager
async def translated(seconds: float = INTERACTIVE.seconds) -> AsyncIterator[None]:
    """Translate the SDK's exceptions into our errors; an absent item is a `NotFoundError`.

    Work that takes longer than `seconds`, including retries, is cancelled.
    """
    from azure.core import exceptions as core
    from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, core.ServiceRequestTimeoutError, core.ServiceResponseTimeoutError) as e:
        raise BackendTimeoutError("The store did not answer in time.") from e
    except CosmosHttpResponseError as error:
        raise _ours(error) from error
    except CosmosBatchOperationError as error:
        raise _ours(error) from error
    except (core.DecodeError, *BAD_REPLY_ERRORS) as error:
        raise RejectedError("The store sent an unexpected reply.", code="bad_reply") from error
    except core.ClientAuthenticationError as error:
        raise UnavailableError(
            "The service got no token for the store.", code="backend_auth"
        ) from error
    except core.AzureError as error:
        raise UnavailableError(
            "The store cannot be reached.", code="storage_unreachable", retry_after=5.0
        ) from error


NO_SUCH_CONTAINER = 1003
READ_SESSION_NOT_AVAILABLE = 1002
WRITE_FORBIDDEN = 3
PARTITION_FULL = 1014
RBAC = range(5300, 5400)


class VendorError(Protocol):
    """The SDK's error of a request, or of an operation in a batch."""

    status_code: int | None
    sub_status: int | None
    http_error_message: object
    headers: Any


def _ours(error: VendorError) -> RagTenancyError:
    match error.status_code:
        case 404:
            return _absent(error.sub_status or 0)
        case 409:
            return AlreadyExistsError("The item already exists.")
        case 412 | 449:  # 449 (Retry With): a concurrent write won
            return StaleWriteError("The record changed since it was read.")
        case 413:
            return InvalidError(
                "A record is larger than the store accepts.", code="record_too_large"
            )
        case 429:
            after = retry_after(error.headers)
            return UnavailableError("The store is overloaded.", code="throttled", retry_after=after)
        case 401:
            return UnavailableError(
                "The store rejected the service's credentials.", code="backend_auth"
            )
        case 403:
            return _forbidden(error.sub_status or 0, str(error.http_error_message or "").lower())
        case 408:
            return BackendTimeoutError("The store did not answer in time.")
        case 400:
            return RejectedError("The store refused the request.")
        case _:
            return UnavailableError("The store failed.", code="storage_failed", retry_after=5.0)


def _absent(substatus: int) -> RagTenancyError:
    """Return the error of a 404; only one without a substatus says that the item is absent."""
    if substatus == 0:
        return NotFoundError("There is no such item.")
    if substatus == NO_SUCH_CONTAINER:
        return UnavailableError("The store is not set up.", code="storage_not_set_up")
    if substatus == READ_SESSION_NOT_AVAILABLE:
        return UnavailableError(
            "The store does not show the latest writes yet.", code="storage_behind", retry_after=1.0
        )
    return UnavailableError("The store failed.", code="storage_failed", retry_after=5.0)


def _forbidden(substatus: int, message: str) -> RagTenancyError:
    """Return the error of a 403, whose substatus or message says what is forbidden."""
    if substatus == PARTITION_FULL:
        return UnavailableError("The client's storage is full.", code="partition_full")
    if substatus in RBAC or "rbac permissions" in message:
        return UnavailableError(
            "The service lacks a role that the store requires.", code="backend_role"
        )
    if substatus == WRITE_FORBIDDEN:
        return UnavailableError("The store cannot be written.", code="storage_read_only")
    if "firewall" in message or "request originated from" in message:
        return UnavailableError("The store's firewall blocks the service.", code="backend_firewall")
    if "quota" in message or "throughput limit" in message:
        return UnavailableError("The store's quota is used up.", code="quota_exceeded")
    return UnavailableError("The store rejected the service's credentials.", code="backend_auth")
