"""A second describer for the pictures that the first rejects."""

from __future__ import annotations

from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.images import ImageDescriber


class FallbackImageDescriber(ImageDescriber):
    """Asks `second` where `first` rejects a picture; one that is away is waited for, not replaced."""

    def __init__(self, first: ImageDescriber, second: ImageDescriber) -> None:
        self._first = first
        self._second = second

    @property
    def fingerprint(self) -> str:
        """Both describers' names."""
        return f"{self._first.fingerprint}, else {self._second.fingerprint}"

    async def describe(self, scope: TenantScope, image: Image, context: ImageContext) -> str | None:
        """Return the first's description, or the second's."""
        try:
            return await self._first.describe(scope, image, context)
        except RejectedError:
            return await self._second.describe(scope, image, context)
