"""Traces: spans around the parts of a request or an ingestion."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

Attribute = str | int | float | bool | Sequence[str]


class Span(Protocol):
    """One timed part of a trace; a span that nobody records ignores what it is told."""

    @abstractmethod
    def rename(self, name: str) -> None:
        """Replace the span's name."""

    @abstractmethod
    def add(self, attributes: Mapping[str, Attribute]) -> None:
        """Add attributes, by OpenTelemetry's names."""


class Tracer(Protocol):
    """Opens spans. Attributes hold a client's texts only if `holds_content`."""

    @property
    @abstractmethod
    def holds_content(self) -> bool:
        """Whether the operator wants questions and answers in traces."""

    @abstractmethod
    def span(
        self, name: str, *, kind: str = "internal", current: bool = True, parent: str | None = None
    ) -> AbstractContextManager[Span]:
        """Open a span, a child of the current one, or of a W3C `traceparent`.

        `kind` is `internal`, `server`, `client` or `consumer`. A span that is not `current` gets no
        children: generators need one, since their context is their caller's. An exception marks the
        span as failed, by type alone, and propagates.
        """
