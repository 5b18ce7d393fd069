"""The scores of every chunk at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct


class AllScores(Struct, frozen=True):
    """A leg's score of every chunk of a manifest, in row order, shape (chunks,).

    Each is within `slack` of the true score.
    """

    values: npt.NDArray[np.floating]
    slack: float = 0.0
