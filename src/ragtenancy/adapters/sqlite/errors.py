"""The one map from SQLite's errors to ours."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import apsw
from msgspec import MsgspecError

from ragtenancy.domain.errors import InvalidError, RagTenancyError, UnavailableError

RETRY_AFTER = 1.0
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_ROOM = frozenset({apsw.SQLITE_IOERR_SHMSIZE})


def _nothing() -> apsw.Connection | None:
    """Return no connection."""
    return None


@contextmanager
def translated(
    connection: Callable[[], apsw.Connection | None] = _nothing,
) -> Iterator[None]:
    """Translate SQLite's errors into ours, keeping each as the cause.

    SQLite reports an exceeded quota or file size limit as a failing disk; only the connection knows
    the system's error.
    """
    try:
        yield
    except apsw.Error as error:
        raise _of_sqlite(error, connection()) from error
    except MsgspecError as error:
        raise _corrupt() from error
    except UnicodeError as error:
        raise InvalidError("A text cannot be stored.") from error
    except OSError as error:
        raise _of_system(error) from error


def _of_sqlite(error: apsw.Error, connection: apsw.Connection | None) -> RagTenancyError:
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return UnavailableError(
            "The store is busy; try again.", code="storage_busy", retry_after=RETRY_AFTER
        )
    if isinstance(error, apsw.FullError) or _no_room(error, connection):
        return _full()
    if isinstance(error, apsw.ReadOnlyError):
        return _read_only()
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return _corrupt()
    if isinstance(error, apsw.CantOpenError | apsw.PermissionsError):
        return UnavailableError("The store cannot be opened.", code="storage_unreachable")
    return UnavailableError("The store failed.", code="storage_failed")


def _no_room(error: apsw.Error, connection: apsw.Connection | None) -> bool:
    """Return whether a write failed for lack of space."""
    if not isinstance(error, apsw.IOError):
        return False
    said = 0 if connection is None else connection.system_errno
    return getattr(error, "extendedresult", 0) in NO_ROOM or said in DISK_FULL


def _of_system(error: OSError) -> RagTenancyError:
    if error.errno in DISK_FULL:
        return _full()
    if error.errno == errno.EROFS:
        return _read_only()
    return UnavailableError("The store cannot be reached.", code="storage_unreachable")


def _full() -> RagTenancyError:
    return UnavailableError("The store's disk is full.", code="storage_full")


def _read_only() -> RagTenancyError:
    return UnavailableError("The store is read-only.", code="storage_read_only")


def _corrupt() -> RagTenancyError:
    return UnavailableError("The store is damaged.", code="storage_corrupt")
