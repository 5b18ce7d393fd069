"""Describing pictures."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope

NOBODY = "nobody"


class ImageDescriber(Protocol):
    """Puts a picture into words that can be found."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Name what describes: another may give another description. `NOBODY` describes nothing."""

    @abstractmethod
    async def describe(self, scope: TenantScope, image: Image, context: ImageContext) -> str | None:
        """Return a description, None when there is nothing to say (or nobody to say it).

        The picture is untrusted. Raises `UnavailableError` when nobody can describe now, or
        `RejectedError` for a picture that cannot be described (docs/errors.md); either is a
        warning of the job.
        """
