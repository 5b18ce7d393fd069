"""Null adapters: no job signals, no picture descriptions, no traces."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from ragtenancy.domain.ids import JobId
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.images import NOBODY, ImageDescriber, Spent, uncounted
from ragtenancy.ports.job_signals import JobSignals
from ragtenancy.ports.tracing import Attribute, Span, Tracer


class SilentJobSignals(JobSignals):
    """Sends nothing: workers poll the queue several times a second."""

    async def submitted(self, scope: TenantScope, job_id: JobId) -> None:
        """Do nothing."""


class NoImageDescriber(ImageDescriber):
    """Describes no picture."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of no describer."""
        return NOBODY

    async def describe(
        self,
        scope: TenantScope,  # noqa: ARG002
        image: Image,  # noqa: ARG002
        context: ImageContext,  # noqa: ARG002
        spent: Spent = uncounted,  # noqa: ARG002
    ) -> str | None:
        """Return None."""
        return None


class SilentSpan(Span):
    """Records nothing."""

    def rename(self, name: str) -> None:
        """Do nothing."""

    def add(self, attributes: Mapping[str, Attribute]) -> None:
        """Do nothing."""


class SilentTracer(Tracer):
    """Traces nothing."""

    def __init__(self) -> None:
        self._span: AbstractContextManager[Span] = nullcontext(SilentSpan())

    @property
    def holds_content(self) -> bool:
        """Whether the operator wants content: no."""
        return False

    def span(
        self,
        name: str,  # noqa: ARG002
        *,
        kind: str = "internal",  # noqa: ARG002
        current: bool = True,  # noqa: ARG002
        parent: str | None = None,  # noqa: ARG002
    ) -> AbstractContextManager[Span]:
        """Return a span that records nothing."""
        return self._span
