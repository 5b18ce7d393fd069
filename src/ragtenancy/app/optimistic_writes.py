"""Optimistic concurrency: read, decide, save; and again when another writer got in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ragtenancy.domain.errors import RagTenancyError, StaleWriteError, VersionMismatchError

MAX_WRITES = 5
Result = TypeVar("Result")


async def retry_stale(
    attempt: Callable[[], Awaitable[Result]], exhausted: RagTenancyError
) -> Result:
    """Return what an attempt returns, begun afresh while its write is stale, at most 5 times.

    An attempt reads the record, decides and saves it. Raises `exhausted` after the last one, and
    `VersionMismatchError` at once: a caller who named a version is never overruled.
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
    """Raise `VersionMismatchError` unless the record is the one that the caller saw."""
    if expected is not None and expected != version:
        raise VersionMismatchError("The record changed since it was read.")
