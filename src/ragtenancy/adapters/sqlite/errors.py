"""The one map from SQLite's errors to ours."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import apsw
from msgspec import MsgspecError

from ragtenancy.domain.errors import InvalidError, RagTenancyError, UnavailableError

RETRY_AFTER = 1.0
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def translated() -> Iterator[None]:
    """Let only our errors out; SQLite's is the cause."""
    try:
        yield
    except apsw.Error as error:
        raise _of_sqlite(error) from error
    except MsgspecError as error:
        raise _corrupt() from error
    except UnicodeError as error:
        raise InvalidError("A text cannot be stored.") from error
    except OSError as error:
        raise _of_system(error) from error


def _of_sqlite(error: apsw.Error) -> RagTenancyError:
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return UnavailableError(
            "The store is busy; try again.", code="storage_busy", retry_after=RETRY_AFTER
        )
    if isinstance(error, apsw.FullError):
        return _full()
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return _corrupt()
    if isinstance(error, apsw.CantOpenError | apsw.ReadOnlyError | apsw.PermissionsError):
        return UnavailableError("The store cannot be opened.", code="storage_unreachable")
    return UnavailableError("The store failed.", code="storage_failed")


def _of_system(error: OSError) -> RagTenancyError:
    if error.errno in DISK_FULL:
        return _full()
    return UnavailableError("The store cannot be reached.", code="storage_unreachable")


def _full() -> RagTenancyError:
    return UnavailableError("The store's disk is full.", code="storage_full")


def _corrupt() -> RagTenancyError:
    return UnavailableError("The store is damaged.", code="storage_corrupt")
