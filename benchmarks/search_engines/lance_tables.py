"""Tables of LanceDB."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zipf_corpus import DIMENSION, Part

if TYPE_CHECKING:
    import pyarrow as pa

os.environ.setdefault("LANCEDB_LOG", "error")  # else it writes two lines a question


def arrow_table(part: Part) -> pa.Table:
    """Return a part as an Arrow table: `at`, `text`, `vector`."""
    import pyarrow as pa

    vectors = pa.array(part.vectors.ravel())
    return pa.table(
        {
            "at": pa.array(range(len(part.texts)), pa.int64()),
            "text": pa.array(list(part.texts)),
            "vector": pa.FixedSizeListArray.from_arrays(vectors, DIMENSION),
        }
    )
