"""Entries of the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from ragtenancy.domain.audit import AuditAction, AuditOutcome
from ragtenancy.wire.fields import Moment, about
from ragtenancy.wire.pages import PageQuery


class AuditQuery(PageQuery, frozen=True, kw_only=True):
    """The query parameters for a list of entries."""

    since: Annotated[Moment | None, about("Only entries from this time on.")] = field(
        name="from", default=None
    )
    until: Annotated[Moment | None, about("Only entries before this time.")] = field(
        name="to", default=None
    )
    action: Annotated[AuditAction | None, about("Only entries of this action.")] = None
    client_id: Annotated[
        Annotated[str, Meta(min_length=1, max_length=63)] | None,
        about("Only entries of this client: its id, or the uid of one that was deleted."),
    ] = None


class AuditEntry(Struct, frozen=True, kw_only=True):
    """An entry of the audit log; it holds ids, counts and codes, never content."""

    sequence: Annotated[int, about("The entry's number, from 1 without gaps.")]
    at: Annotated[datetime, about("When it happened; of counted refusals, their minute.")]
    actor: Annotated[
        str,
        about(
            "The operator's name, `cli:` with the user's, `python`, a key's id, `system`, or "
            "`nobody`."
        ),
    ]
    action: Annotated[AuditAction, about("What was done.")]
    outcome: Annotated[
        AuditOutcome, about("How it went; `begun` is written before the act is done.")
    ]
    client_id: Annotated[str | None, about("The client concerned.")]
    client_uid: Annotated[str | None, about("Its uid, which is never used again.")]
    objects: Annotated[
        Sequence[str], about("The ids concerned: of keys, chunks, deletions; or versions.")
    ]
    request_id: Annotated[str | None, about("The request; null for commands and programs.")]
    details: Annotated[
        Mapping[str, int | str],
        about(
            "`begun`: the entry that an outcome belongs to; `code`: why it was refused or failed; "
            "`status` and `count` of refusals."
        ),
    ]
    previous: Annotated[str, about("The hash of the entry before; 64 zeros in the first.")]
    hash: Annotated[str, about("The SHA-256 of this entry with `previous`.")]
