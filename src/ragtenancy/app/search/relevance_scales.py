"""The relevance scale of each embedder on the operator's list."""

from __future__ import annotations

from collections.abc import Mapping

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.relevance import Scale
from ragtenancy.ports.embeddings import Embedders


class RelevanceScales:
    """The operator's fitted scales; for other embedders, each one's own.

    Raises `ConfigurationError` for a scale of an embedder that is not on the list: cosines of
    another would be judged by it.
    """

    def __init__(self, embedders: Embedders, fitted: Mapping[Fingerprint, Scale]) -> None:
        listed = {embedder.model.fingerprint: embedder for embedder in embedders}
        foreign = sorted(fitted.keys() - listed.keys())
        if foreign:
            names = ", ".join(f"{each.model.name} ({each.model.fingerprint})" for each in embedders)
            raise ConfigurationError(
                "The file RAGTENANCY_RELEVANCE_SCALES has a scale for another embedder, of the "
                f"fingerprint {foreign[0]}; those in use are {names}. Fit it again with `ragtenancy "
                "eval threshold --write`, or unset the variable."
            )
        self._embedders = embedders
        self._fitted = dict(fitted)

    def of(self, fingerprint: Fingerprint | None) -> Scale:
        """Return the scale of the documents' embedder; None is the default embedder's."""
        if fingerprint in self._fitted:
            return self._fitted[fingerprint]
        embedder = self._embedders.of(fingerprint)
        return self._fitted.get(embedder.model.fingerprint, embedder.scale)


class Unscaled(RelevanceScales):
    """Leaves margins as they are, to fit a scale to them."""

    def __init__(self) -> None:
        """Know no embedder."""

    def of(self, fingerprint: Fingerprint | None) -> Scale:  # noqa: ARG002 - the same for all
        """Return the scale that changes nothing."""
        return Scale()
