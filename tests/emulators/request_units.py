"""What Cosmos DB charges for reading and writing an item, by its size.

The table is of learn.microsoft.com/azure/cosmos-db/understand-request-unit-consumption, "Document
size": default indexing, session consistency. Between its sizes the charge is interpolated.
"""

from __future__ import annotations

import numpy as np

KB = 1024
SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
READ = [1.00, 1.04, 1.14, 1.33, 1.67, 2.19, 4.76, 9.95, 20.28, 40.95, 145.90, 291.80]
WRITE = [4.95, 6.29, 6.67, 7.04, 9.52, 11.23, 22.67, 48.19, 98.29, 184.57, 625.00, 1250.00]


def read_units(size: int) -> float:
    """Return the request units of reading so many bytes."""
    return float(np.interp(size / KB, SIZES, READ))


def write_units(size: int) -> float:
    """Return the request units of writing so many bytes."""
    return float(np.interp(size / KB, SIZES, WRITE))
