"""Picture description."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Usage

NOBODY = "nobody"
Spent = Callable[[str, Usage], None]


def uncounted(model: str, usage: Usage) -> None:
    """Ignore the tokens."""


class ImageDescriber(Protocol):
    """Describes a picture in searchable words."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Identify the describer: a different one may describe differently. `NOBODY` is none."""

    @abstractmethod
    async def describe(
        self, scope: TenantScope, image: Image, context: ImageContext, spent: Spent = uncounted
    ) -> str | None:
        """Return a description; None if there is nothing to describe, or no describer.

        `spent` is called with the model's name and the tokens of each call that reports them,
        whether or not it led to a description.

        The picture is untrusted. Raises `UnavailableError` if no describer can work now, or
        `RejectedError` for a picture that cannot be described (docs/errors.md); either is a
        warning of the job.
        """
