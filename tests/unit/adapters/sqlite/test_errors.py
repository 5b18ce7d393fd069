"""SQLite's errors and what callers see of them."""

from __future__ import annotations

import errno

import apsw
import msgspec
import pytest

from ragtenancy.adapters.sqlite.errors import translated
from ragtenancy.domain.errors import StaleWriteError, UnavailableError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (apsw.BusyError("busy"), "storage_busy"),
        (apsw.LockedError("locked"), "storage_busy"),
        (apsw.FullError("full"), "storage_full"),
        (OSError(errno.ENOSPC, "full"), "storage_full"),
        (apsw.CorruptError("corrupt"), "storage_corrupt"),
        (apsw.NotADBError("text"), "storage_corrupt"),
        (msgspec.DecodeError("truncated"), "storage_corrupt"),
        (apsw.CantOpenError("cannot"), "storage_unreachable"),
        (OSError(errno.EACCES, "denied"), "storage_unreachable"),
        (apsw.IOError("failing disk"), "storage_failed"),
    ],
)
def test_each_becomes_unavailable_with_its_code_and_cause(error: Exception, code: str) -> None:
    with pytest.raises(UnavailableError) as raised, translated():
        raise error

    assert raised.value.reason == code
    assert raised.value.__cause__ is error


def test_a_busy_store_says_when_to_try_again() -> None:
    with pytest.raises(UnavailableError) as raised, translated():
        raise apsw.BusyError("busy")

    assert raised.value.retry_after == 1.0


def test_our_own_errors_pass() -> None:
    with pytest.raises(StaleWriteError), translated():
        raise StaleWriteError("The record changed.")
