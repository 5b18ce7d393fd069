"""The containers: names, partition keys, expiry and indexing policy.

`schema.py` creates them by the SDK, `template.py` writes them into a template of Azure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

ETAG_PATH = '/"_etag"/?'  # the service excludes it in any case
NOT_ASKED_FOR: Sequence[str] = ("/record/*", "/bytes/?", ETAG_PATH)
EXPIRES_BY_ITEM = -1


class Container(Struct, frozen=True, kw_only=True):
    """A container; with `expires` its items may have their own time to live."""

    name: str
    partition: str = "/client_id"
    expires: bool = False

    @property
    def ttl(self) -> int | None:
        """The container's time to live in the service's terms, None for off."""
        return EXPIRES_BY_ITEM if self.expires else None


CONTAINERS = (
    Container(name="clients"),
    Container(name="configs"),
    Container(name="api_keys", partition="/id"),
    Container(name="peppers"),
    Container(name="deletions"),
    Container(name="jobs"),
    Container(name="documents", expires=True),
    Container(name="chunks"),
    Container(name="conversations", expires=True),
    Container(name="idempotency", expires=True),
    Container(name="derived", expires=True),
)
INDEXING: Mapping[str, Any] = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": path} for path in NOT_ASKED_FOR],
}
