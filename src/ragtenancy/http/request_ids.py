"""The id by which a request is found again in logs and replies."""

from __future__ import annotations

import re
from collections.abc import Iterable

from litestar.types import Scope

HEADER = "X-Request-ID"
_ACCEPTED = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?\Z")


def chosen(headers: Iterable[tuple[bytes, bytes]], made: str) -> str:
    """Return the caller's id (≤ 128 printable ASCII), or `made` in place of none or a bad one."""
    name = HEADER.lower().encode()
    values = [value.decode("latin-1") for key, value in headers if key.lower() == name]
    return values[0] if len(values) == 1 and _ACCEPTED.match(values[0]) else made


def request_id(scope: Scope) -> str:
    """Return the id of a request under way."""
    state: dict[str, object] = scope.get("state") or {}
    return str(state.get("request_id", ""))
