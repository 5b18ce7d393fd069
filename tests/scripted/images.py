"""A describer that says what it is told to."""

from __future__ import annotations

from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Usage
from ragtenancy.ports.images import ImageDescriber, Spent, uncounted


class ScriptedImageDescriber(ImageDescriber):
    """Returns `words` for every picture, keeps the contexts, and raises `failure` when it is set.

    Each call takes `usage`.
    """

    def __init__(
        self, words: str | None = "A red button", *, fingerprint: str = "scripted"
    ) -> None:
        self.words = words
        self._fingerprint = fingerprint
        self.contexts: list[ImageContext] = []
        self.failure: RagTenancyError | None = None
        self.usage = Usage()

    @property
    def fingerprint(self) -> str:
        """What it is told to be."""
        return self._fingerprint

    async def describe(
        self,
        scope: TenantScope,  # noqa: ARG002 - the same for every tenant
        image: Image,  # noqa: ARG002 - and every picture
        context: ImageContext,
        spent: Spent = uncounted,
    ) -> str | None:
        """Return the words."""
        self.contexts.append(context)
        spent(self._fingerprint, self.usage)
        if self.failure is not None:
            raise self.failure
        return self.words
