"""Optimistic concurrency: read, decide, save; retry if another writer came first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ragtenancy.domain.errors import RagTenancyError, StaleWriteError, VersionMismatchError

MAX_WRITES = 5
Result = TypeVar("Result")


async def retry_stale(
    attempt: Callable[[], Awaitable[Result]], exhausted: RagTenancyError
) -> Result:
    """Return the attempt's result; retry it while its write is stale, up to 5 attempts in all.

    An attempt reads the record, decides and saves. Raises `exhausted` after the last one, and
    `VersionMismatchError` at once: a caller's expected version is never overridden.
    """
    for _ in range(MAX_WRITES):
        try:
            return await attempt()
        except VersionMismatchError:
            raise
        except StaleWriteError:
            continue
    raise exhausted


def require_version(version: int, expected: int | None) -> None:
    """Raise `VersionMismatchError` unless the record is at the caller's expected version."""
    if expected is not None and expected != version:
        raise VersionMismatchError("The record changed since it was read.")
