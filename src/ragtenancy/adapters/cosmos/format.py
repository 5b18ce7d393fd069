"""The format of the database, so that a program never misreads what a later one wrote."""

from __future__ import annotations

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.domain.errors import NewerStateError

CONTAINER = "peppers"  # of the whole installation; each reader there names its partition
PARTITION = "=format"
ITEM = "format"
FORMAT = 1  # also that of a database without a mark


async def require_known(cosmos: Cosmos) -> None:
    """Raise `NewerStateError` for a database of a later program."""
    item = await Items(cosmos, CONTAINER).read(PARTITION, ITEM)
    if item is not None and item["format"] > FORMAT:
        raise NewerStateError(
            f"the Cosmos DB database {cosmos.database_name}", item["format"], FORMAT
        )


async def mark(cosmos: Cosmos) -> None:
    """Say that the database is of this program's format. Raises as `require_known` does."""
    await require_known(cosmos)
    await Items(cosmos, CONTAINER).upsert(PARTITION, {"id": ITEM, "format": FORMAT})
