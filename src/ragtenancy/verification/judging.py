"""What counts as a leak: anything of another party that the caller did not send itself."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from ragtenancy.verification.exchange import Reply
from ragtenancy.verification.parties import Party

_NAMED_IDS = frozenset({"client_id", "store_id"})  # the operator's choice; attackers name them
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")


class Judge:
    """Knows what belongs to one party, and finds it in bytes that another one received."""

    def __init__(self, owner: Party) -> None:
        self._words = {word.encode(): f"canary ({place})" for place, word in owner.canaries.items()}
        self._words |= {
            value.encode(): f"id ({name})"
            for name, value in owner.ids.items()
            if name not in _NAMED_IDS
        }
        keys = {owner.key, owner.revoked_key, *owner.narrow_keys.values()}
        self._words |= {key.encode(): "API key" for key in keys if key}

    def leaks(self, received: bytes, sent: bytes = b"") -> list[str]:
        """Return what of the owner is in the bytes, as they are or decoded, and was not sent."""
        readable = b"\n".join([received.lower(), received, *_decoded(received)])
        return [what for word, what in self._words.items() if word in readable and word not in sent]


def differences(one: Reply, other: Reply) -> list[str]:
    """Return in what two replies to the same request differ."""
    found = []
    if one.status != other.status:
        found.append(f"status {one.status} and {other.status}")
    if _undated(one.headers) != _undated(other.headers):
        found.append("header fields")
    if one.body != other.body:
        found.append("body")
    return found


def renamed(reply: Reply, word: str, other: str) -> Reply:
    """Return the reply as it would be with another word in place of one that the caller sent."""
    return Reply(
        status=reply.status,
        headers=reply.headers.replace(word.encode(), other.encode()),
        body=reply.body.replace(word.encode(), other.encode()),
        seconds=reply.seconds,
    )


def _undated(headers: bytes) -> list[bytes]:
    """Return the header fields but the date, and the length, which the body shows."""
    ignored = (b"date:", b"content-length:")
    return [line for line in headers.split(b"\n") if not line.lower().startswith(ignored)]


def _decoded(received: bytes) -> Iterator[bytes]:
    """Yield the bytes without URL encoding, and each long run of base64 decoded."""
    yield unquote_to_bytes(received)
    for run in _BASE64.findall(received):
        padded = run.rstrip(b"=") + b"=" * (-len(run.rstrip(b"=")) % 4)
        try:
            yield base64.b64decode(padded, altchars=b"-_" if b"-" in run or b"_" in run else None)
        except (binascii.Error, ValueError):
            continue
