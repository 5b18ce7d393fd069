"""Times as whole microseconds since 1970, which sort and lose nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(time: datetime) -> int:
    """Return the microseconds of a time with its zone."""
    return (time - EPOCH) // MICROSECOND


def microseconds_or_none(time: datetime | None) -> int | None:
    """Return the microseconds of a time, None without one."""
    return None if time is None else microseconds(time)
