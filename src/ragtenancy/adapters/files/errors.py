"""The one map from the file system's errors to ours."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from ragtenancy.domain.errors import NotFoundError, UnavailableError

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def translated() -> Iterator[None]:
    """Let only our errors out; the system's is the cause."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFoundError("There is no such upload.") from error
    except OSError as error:
        if error.errno in DISK_FULL:
            raise UnavailableError("The disk is full.", code="storage_full") from error
        if error.errno == errno.EROFS:
            raise UnavailableError(
                "The files cannot be changed.", code="storage_read_only"
            ) from error
        raise UnavailableError(
            "The files cannot be reached.", code="storage_unreachable"
        ) from error
