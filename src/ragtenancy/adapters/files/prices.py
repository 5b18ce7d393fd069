"""The operator's price list, in a JSON file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.prices import PriceList


def read_prices(path: Path) -> PriceList:
    """Return the price list. Raises `ConfigurationError`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=PriceList)
    except OSError as error:
        raise ConfigurationError(
            f"The price list {path} cannot be read: correct or unset RAGTENANCY_PRICES."
        ) from error
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"The price list {path} is invalid: {error}.") from error
