"""What Celery's worker complains of, in our log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)

CELERYS = "celery.worker"


@contextmanager
def complaints_logged() -> Iterator[None]:
    """Log that there is trouble with the broker, and of which kind, while the context lasts."""
    celerys, complaints = logging.getLogger(CELERYS), _Complaints(logging.WARNING)
    celerys.addHandler(complaints)
    try:
        yield
    finally:
        celerys.removeHandler(complaints)


class _Complaints(logging.Handler):
    """Leaves the text out: it may hold an address."""

    def emit(self, record: logging.LogRecord) -> None:
        failed = [each for each in record.args or () if isinstance(each, BaseException)]
        kinds = {"error_type": type(failed[0]).__name__} if failed else {}
        log.warning("broker_trouble", logger=record.name, **kinds)
