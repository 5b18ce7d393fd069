"""Signed statements."""

from __future__ import annotations

import msgspec

from ragtenancy.domain import evidence
from ragtenancy.wire.evidence import ClientEvidence, DeletionCertificate


def certificate(signed: evidence.Signed[evidence.DeletionStatement]) -> DeletionCertificate:
    """Return the certificate of a deletion."""
    return msgspec.convert(signed, DeletionCertificate, from_attributes=True)


def client(signed: evidence.Signed[evidence.ClientStatement]) -> ClientEvidence:
    """Return a client's evidence."""
    return msgspec.convert(signed, ClientEvidence, from_attributes=True)
