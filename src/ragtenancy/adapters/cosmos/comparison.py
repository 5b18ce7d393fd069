"""What an account has compared with what set-up would make: pure decisions, no requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from ragtenancy.adapters.cosmos.containers import (
    CONTAINERS,
    ETAG_PATH,
    EXPIRES_BY_ITEM,
    INDEXING,
    Container,
)
from ragtenancy.adapters.cosmos.throughput import (
    LEAST_MANUAL,
    SERVERLESS,
    Capacity,
    Provisioned,
    Throughput,
    asked_throughput,
)

VARIABLE = "RAGTENANCY_COSMOS_THROUGHPUT"
TEMPLATE = "`ragtenancy setup --template bicep`"


class Found(Struct, frozen=True, kw_only=True):
    """The state of an account; `database` is None if there is none yet."""

    database: Mapping[str, Any] | None
    containers: Mapping[str, Mapping[str, Any]]
    provisioned: Provisioned

    @property
    def missing(self) -> Sequence[Container]:
        """The containers that do not exist."""
        return [each for each in CONTAINERS if each.name not in self.containers]

    @property
    def present(self) -> Sequence[tuple[Container, Mapping[str, Any]]]:
        """The containers that exist, with their properties."""
        every = [(each, self.containers.get(each.name)) for each in CONTAINERS]
        return [(each, properties) for each, properties in every if properties is not None]

    @property
    def changeable(self) -> bool:
        """Whether the credential can create and change databases and containers."""
        return self.provisioned.capacity is not Capacity.UNKNOWN

    @property
    def shared(self) -> Throughput | None:
        """The throughput that the database's containers share."""
        return None if self.database is None else self.provisioned.of(self.database)


def misfits(found: Found, setting: str | None) -> Iterator[str]:
    """Yield why the account cannot get what is missing, or is billed otherwise than asked."""
    missing, capacity = len(found.missing), found.provisioned.capacity
    asked = asked_throughput(setting)
    if capacity is Capacity.SERVERLESS and asked is not None:
        yield f"The account is serverless: unset {VARIABLE}, or set it to `serverless`."
    elif capacity is Capacity.PROVISIONED and setting == SERVERLESS:
        yield f"The account is not serverless: set {VARIABLE} to request units per second."
    elif missing and not found.changeable:
        yield (
            f"{missing} containers are missing, and roles of the data plane cannot create any: "
            f"deploy {TEMPLATE}, or set COSMOS_KEY."
        )
    elif capacity is Capacity.PROVISIONED and missing and asked is None and not found.shared:
        yield _unasked(found, missing)


def _unasked(found: Found, missing: int) -> str:
    if found.database is None:
        return (
            f"The account bills provisioned throughput: set {VARIABLE}, e.g. to {LEAST_MANUAL}, "
            "which all containers share, or to `autoscale:1000`."
        )
    least = Throughput(LEAST_MANUAL)
    return (
        "The database exists without throughput to share, which cannot be added to it, so each of "
        f"{missing} missing containers needs its own, at least {least.times(missing)} in all. Set "
        f"{VARIABLE} to the amount for each, or name a new database in COSMOS_DATABASE."
    )


def sum_of(found: Found, asked: Throughput | None) -> Iterator[str]:
    """Yield what the throughput to be made comes to."""
    missing = len(found.missing)
    if asked is None or not missing or found.shared:
        return
    if found.database is None:
        yield f"note: throughput to pay for: {asked}, shared by {missing} containers"
    else:
        yield f"note: throughput to pay for: {asked.times(missing)}, {missing} containers with {asked} each"


def unmendable(found: Found) -> Iterator[str]:
    """Yield the differences that no request can remove."""
    for each in CONTAINERS:
        properties = found.containers.get(each.name, {})
        keys = properties.get("partitionKey", {}).get("paths", [each.partition])
        if keys != [each.partition]:
            yield (
                f"Container {each.name} is partitioned by {', '.join(keys)} instead of "
                f"{each.partition}, which cannot be changed: name another database."
            )
        if properties.get("uniqueKeyPolicy", {}).get("uniqueKeys"):
            yield f"Container {each.name} has unique keys, which cannot be removed."


def differences(container: Container, properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield what another request can change in a container."""
    expiry = properties.get("defaultTtl")
    if expiry != container.ttl:
        yield f"time to live is {_expiry(expiry)}, should be {_expiry(container.ttl)}"
    indexed, wanted = (
        _comparable(policy) for policy in (properties.get("indexingPolicy", {}), INDEXING)
    )
    for part in sorted(indexed.keys() | wanted.keys()):
        if indexed.get(part) != wanted.get(part):
            given, should = (str(policy.get(part, "none")) for policy in (indexed, wanted))
            yield f"indexing policy, {part} is {given}, should be {should}"


def _expiry(seconds: int | None) -> str:
    if seconds is None:
        return "off"
    return "each item's own" if seconds == EXPIRES_BY_ITEM else f"{seconds} s"


def _comparable(policy: Mapping[str, Any]) -> Mapping[str, object]:
    """Return a policy without what the service adds: order, empty lists, the path of the ETag."""
    paths = {
        kind: sorted({each["path"] for each in policy.get(kind, ())} - {ETAG_PATH})
        for kind in ("includedPaths", "excludedPaths")
    }
    rest = {key: value for key, value in policy.items() if key not in paths and value}
    return {**rest, **paths, "indexingMode": str(policy.get("indexingMode", "")).lower()}
