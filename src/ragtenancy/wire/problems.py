"""Problem details (RFC 9457)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from ragtenancy.wire.fields import about


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error; replies may contain further members with helpful numbers."""

    type: Annotated[str, about("`urn:ragtenancy:` followed by the code.")]
    title: Annotated[str, about("The code in words.")]
    status: Annotated[int, about("The HTTP status.")]
    detail: Annotated[str, about("The cause in a sentence.")]
    code: Annotated[str, about("A stable code for programs; see docs/errors.md.")]
    request_id: Annotated[str, about("The id of the request, as in the logs.")]
    field: Annotated[str | None, about("The field at fault, as a path from `$`, the body.")] = None
