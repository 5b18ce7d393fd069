"""Entity tags: a record's version in quotes, and the precondition that names one."""

from __future__ import annotations

import re

from ragtenancy.domain.errors import MalformedError, StaleWriteError
from ragtenancy.http.connections import AnyRequest

_TAG = re.compile(r'(?:W/)?"[!#-~]*"\Z')
_OURS = re.compile(r'"(0|[1-9][0-9]{0,14})"\Z')


def etag(version: int) -> dict[str, str]:
    """Return the header that names a version."""
    return {"ETag": f'"{version}"'}


def expected_version(request: AnyRequest) -> int | None:
    """Return the version that `If-Match` asks for, None when any will do.

    Raises `MalformedError` for what is no tag, `StaleWriteError` for one that we never gave.
    """
    given = request.headers.getall("if-match", [])
    if not given or given == ["*"]:
        return None
    if len(given) > 1 or not _TAG.match(given[0].strip()):
        raise MalformedError('If-Match must be one entity tag, such as "3", or *.')
    ours = _OURS.match(given[0].strip())
    if ours is None:
        raise StaleWriteError("The record changed since it was read.")
    return int(ours[1])
