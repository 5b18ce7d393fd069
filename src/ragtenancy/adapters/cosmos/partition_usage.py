"""How full clients' partitions are: Cosmos DB stores at most 20 GB under one partition key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.errors import translated
from ragtenancy.domain.errors import RagTenancyError

log = structlog.get_logger(__name__)

GROWING = ("chunks", "documents", "conversations", "derived", "jobs")
WARN_AT = 15 * 10**9
NEARLY_FULL = "partition_nearly_full"
EVERY_SECONDS = 3_600.0
PATIENCE_SECONDS = 1.0  # a probe has two
KB = 1_024


class PartitionUsage:
    """Reads the statistics of containers once an hour, and warns at 15 GB of one client's data.

    Cosmos DB samples partition keys, and may leave out those below 1 GB: sizes are approximate.
    """

    def __init__(
        self,
        cosmos: Cosmos,
        *,
        warn_at: int = WARN_AT,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cosmos = cosmos
        self._warn_at = warn_at
        self._monotonic = monotonic
        self._read_at = float("-inf")
        self._sizes: dict[tuple[str, str], int] = {}

    async def warning(self) -> str | None:
        """Return a code if a partition is nearly full, None if not, or if that is unknown."""
        if self._monotonic() - self._read_at >= EVERY_SECONDS:
            self._read_at = self._monotonic()
            await self._refresh()
        return NEARLY_FULL if max(self._sizes.values(), default=0) >= self._warn_at else None

    async def _refresh(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                every = await asyncio.gather(*map(self._statistics, GROWING))
        except (RagTenancyError, TimeoutError) as error:
            log.warning("partition_usage_unknown", error_type=type(error).__name__)
            return
        found = {
            (name, client_id): size
            for name, sizes in zip(GROWING, every, strict=True)
            for client_id, size in sizes.items()
        }
        for place, size in {**dict.fromkeys(self._sizes, 0), **found}.items():
            self._cosmos.report_size(*place, size)
        for (container, client_id), size in found.items():
            if size >= self._warn_at:
                log.warning(NEARLY_FULL, store=container, client_id=client_id, count=size)
        self._sizes = found

    async def _statistics(self, name: str) -> Mapping[str, int]:
        """Return the bytes of a container's larger partitions by client id."""
        container = await self._cosmos.container(name)
        async with translated():
            found = await container.read(populate_partition_key_range_statistics=True)
            ranges: list[dict[str, Any]] = found.get("statistics") or []
            return {
                str(key["partitionKey"][0]): int(key["sizeInKB"]) * KB
                for each in ranges
                for key in each.get("partitionKeys") or []
            }
