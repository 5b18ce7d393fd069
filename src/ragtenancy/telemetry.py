"""Logs: one JSON object per line, with tenant, request and job ids bound by context."""

from __future__ import annotations

import logging
import sys
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger", "exception", "exc_info",
        "trace_id", "span_id", "request_id", "client_id", "job_id", "document_id", "deletion_id", "attempt", "attempts",
        "method", "route", "status", "code", "duration_ms", "count", "port", "host", "workers",
        "backend", "backends", "store", "revisions", "blobs", "uploads", "documents", "tenants",
        "version", "error_type", "generation", "operator", "key_id", "pid", "item_id", "why",
        "model", "vendor_code", "vendor_message", "vendor_request_id",
    }
)  # fmt: skip


def configure_logging(level: str = "info", log_format: str = "auto") -> None:
    """Send logs to standard error; drop fields that are not on the allow-list.

    `log_format` is `json`, `console`, or `auto`: `console` in a terminal, else `json`.
    """
    renderer: Any = _as_json
    if log_format == "console" or (log_format == "auto" and sys.stderr.isatty()):
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            _allowed_only,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=_standard_error,
        cache_logger_on_first_use=False,
    )


def _standard_error(*_: object) -> structlog.PrintLogger:
    """Return a logger on the current standard error, which may have been replaced."""
    return structlog.PrintLogger(sys.stderr)


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def _without_values(_: object, __: str, event: EventDict) -> EventDict:
    """Render an exception as types and code locations: messages may contain a tenant's text."""
    failure = event.pop("exc_info", None)
    if failure:
        error = sys.exc_info()[1] if failure is True else failure
        event["exception"] = _places(error)
    return event


def _places(error: object) -> str:
    if not isinstance(error, BaseException):
        return ""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    cause = error.__cause__
    behind = f" < {type(cause).__name__}{_status(cause)}" if cause else ""
    return f"{type(error).__name__}{behind} at " + " < ".join(reversed(frames))


def _as_json(_: object, __: str, event: EventDict) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()


def _status(cause: BaseException) -> str:
    """Return the HTTP status in a vendor's error, with its substatus."""
    numbers = [getattr(cause, name, None) for name in ("status_code", "sub_status")]
    given = [str(number) for number in numbers if isinstance(number, int)]
    return f" {'/'.join(given)}" if given else ""


def _allowed_only(_: object, __: str, event: EventDict) -> EventDict:
    return {name: value for name, value in event.items() if name in ALLOWED}
