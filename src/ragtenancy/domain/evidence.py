"""Evidence packs: parts, and a signed manifest that has the hash of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

FORM = "ragtenancy-evidence/1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
PUBLIC_KEY = "public_key.pem"


class Part(Struct, frozen=True, kw_only=True):
    """One file of a pack; `passed` is None for what only its reader can judge."""

    name: str
    body: bytes
    shows: str
    passed: bool | None


class ListedPart(Struct, frozen=True, kw_only=True):
    """A part as the manifest lists it: SHA-256 in hex, length in bytes, and what it shows."""

    name: str
    sha256: str
    bytes: int
    shows: str
    passed: bool | None


class PackManifest(Struct, frozen=True, kw_only=True):
    """What is signed; `key` is the fingerprint of the public key."""

    form: str = FORM
    made_at: datetime
    made_by: str
    key: str
    parts: Sequence[ListedPart]


def canonical(value: object) -> bytes:
    """Return JSON in UTF-8 with sorted names and no spaces: equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def manifest_of(
    parts: Sequence[Part], *, made_at: datetime, made_by: str, key: str
) -> PackManifest:
    """Return the manifest of some parts, listed by name."""
    listed = [
        ListedPart(
            name=part.name,
            sha256=sha256(part.body).hexdigest(),
            bytes=len(part.body),
            shows=part.shows,
            passed=part.passed,
        )
        for part in sorted(parts, key=lambda part: part.name)
    ]
    return PackManifest(made_at=made_at, made_by=made_by, key=key, parts=listed)
