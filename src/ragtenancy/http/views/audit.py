"""Entries of the audit log on the wire."""

from __future__ import annotations

import msgspec
from msgspec import structs

from ragtenancy.domain import audit
from ragtenancy.wire.audit import AuditEntry


def entry(found: audit.AuditEntry) -> AuditEntry:
    """Return an entry as the API shows it."""
    event = structs.asdict(found.event)
    place = {"sequence": found.sequence, "previous": found.previous, "hash": found.hash}
    return msgspec.convert({**event, **place}, AuditEntry)
