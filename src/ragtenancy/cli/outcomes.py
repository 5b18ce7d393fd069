"""What became of files that were to be ingested."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.cli.advice import advice
from ragtenancy.cli.output import visible


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one file.

    `skipped` when a folder held it and it is no document, `deleted` when it vanished from a
    watched folder. `unchanged` when it was in already; `retryable` when trying again may help.
    """

    file: str
    status: str
    document_id: str | None = None
    job_id: str | None = None
    chunks: int | None = None
    unchanged: bool = False
    code: str | None = None
    detail: str | None = None
    retryable: bool = False

    @property
    def failed(self) -> bool:
        """Whether something is to be done about it."""
        return self.status == "failed"

    def line(self) -> str:
        """Return one line for a person."""
        if self.status != "active":
            return visible(f"{self.file}: {self.status}")
        already = ", there already" if self.unchanged else ""
        return visible(f"{self.file}: {self.chunks} chunks{already}")

    def failure(self) -> str:
        """Return what is wrong and, on a line of its own, what to do."""
        what_to_do = advice(self.code, retryable=self.retryable)
        return visible(f"{self.file}: {self.detail} ({self.code})\n    {what_to_do}")


def summary(outcomes: Sequence[Outcome], speed: str, took: str) -> str:
    """Return how many files ended how, in one line."""
    counts = {
        "ingested": sum(o.status == "active" and not o.unchanged for o in outcomes),
        "there already": sum(o.unchanged for o in outcomes),
        "skipped": sum(o.status == "skipped" for o in outcomes),
        "failed": sum(o.failed for o in outcomes),
    }
    ended = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{len(outcomes)} files in {took} ({speed}): {ended or 'nothing to do'}."
