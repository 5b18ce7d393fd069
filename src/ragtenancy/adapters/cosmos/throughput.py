"""Throughput: what the settings ask for, and what the account provisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ragtenancy.adapters.cosmos.errors import translated

if TYPE_CHECKING:
    from azure.cosmos import ThroughputProperties
    from azure.cosmos.aio import CosmosClient

SERVERLESS = "serverless"
AUTOSCALE = "autoscale:"
LEAST_MANUAL = 400  # of a container, or of a database that up to 25 containers share


class Throughput(Struct, frozen=True):
    """Request units per second; with autoscale, their maximum."""

    units: int
    autoscale: bool = False

    def times(self, count: int) -> Throughput:
        """Return the sum of several."""
        return Throughput(self.units * count, self.autoscale)

    def offer(self) -> int | ThroughputProperties:
        """Return the SDK's form."""
        if not self.autoscale:
            return self.units
        from azure.cosmos import ThroughputProperties

        return ThroughputProperties(auto_scale_max_throughput=self.units)

    def __str__(self) -> str:
        """Describe it to an operator."""
        most = "at most " if self.autoscale else ""
        return f"{most}{self.units:,} request units per second"


def asked_throughput(setting: str | None) -> Throughput | None:
    """Return the throughput that a setting asks for; None for none, and for `serverless`."""
    if setting is None or setting == SERVERLESS:
        return None
    units = int(setting.removeprefix(AUTOSCALE))
    return Throughput(units, autoscale=setting.startswith(AUTOSCALE))


class Capacity(StrEnum):
    """How an account is billed; unknown to a managed identity, which may not read throughput."""

    SERVERLESS = "serverless"
    PROVISIONED = "provisioned"
    UNKNOWN = "unknown"


class Provisioned(Struct, frozen=True, kw_only=True):
    """An account's capacity, and its throughput by the resource's link."""

    capacity: Capacity
    offers: Mapping[str, Throughput] = {}

    def of(self, properties: Mapping[str, Any]) -> Throughput | None:
        """Return the throughput of a database or container, None if it has none of its own."""
        return self.offers.get(_link(properties["_self"]))


async def provisioned(client: CosmosClient) -> Provisioned:
    """Return what an account provisions.

    A serverless account answers 400 to any question about throughput (Azure/azure-sdk-for-java,
    issue 18776); a data-plane role does not cover it, and is answered 403.
    """
    from azure.cosmos.exceptions import CosmosHttpResponseError

    async with translated():
        try:
            feed = client.client_connection.QueryOffers(None)
            offers = [offer async for offer in feed]
        except CosmosHttpResponseError as error:
            if error.status_code == 400 and SERVERLESS in str(error.message):
                return Provisioned(capacity=Capacity.SERVERLESS)
            if error.status_code == 403:
                return Provisioned(capacity=Capacity.UNKNOWN)
            raise
        return Provisioned(capacity=Capacity.PROVISIONED, offers=_by_link(offers))


def _by_link(offers: Sequence[Mapping[str, Any]]) -> Mapping[str, Throughput]:
    return {_link(offer["resource"]): _throughput(offer["content"]) for offer in offers}


def _throughput(content: Mapping[str, Any]) -> Throughput:
    autoscale = content.get("offerAutopilotSettings")
    if autoscale:
        return Throughput(autoscale["maxThroughput"], autoscale=True)
    return Throughput(content["offerThroughput"])


def _link(link: str) -> str:
    return link.strip("/")
