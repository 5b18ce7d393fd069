"""Describing pictures."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from ragtenancy.domain.parsed import Image
from ragtenancy.domain.tenants import TenantScope


class ImageContext(Struct, frozen=True, kw_only=True):
    """What stands around a picture: the section path, the text before it, its alternative text."""

    section: Sequence[str] = ()
    before: str = ""
    alternative_text: str = ""


class ImageDescriber(Protocol):
    """Puts a picture into words that can be found."""

    @abstractmethod
    async def describe(self, scope: TenantScope, image: Image, context: ImageContext) -> str | None:
        """Return a description, None when there is nothing to say (or nobody to say it).

        Raises `UnavailableError` or `RejectedError`; a failed description is a warning.
        """
