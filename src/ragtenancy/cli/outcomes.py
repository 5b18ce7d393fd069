"""Outcomes of files to ingest."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.cli.advice import advice
from ragtenancy.cli.output import counted, visible


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file's outcome.

    The status is `skipped` for a file in a folder that is not a document, `deleted` for one that
    vanished from a watched folder. `attached` counts the documents made of files inside it, and
    `warnings` say what was not read. `unchanged` means that the file was ingested before;
    `retryable`, that trying again may help.
    """

    file: str
    status: str
    document_id: str | None = None
    job_id: str | None = None
    chunks: int | None = None
    attached: int = 0
    warnings: Sequence[str] = ()
    unchanged: bool = False
    code: str | None = None
    detail: str | None = None
    retryable: bool = False

    @property
    def failed(self) -> bool:
        """Whether the file failed."""
        return self.status == "failed"

    def line(self) -> str:
        """Return the outcome as one readable line, and one for each warning."""
        if self.status == "skipped":
            return visible(f"{self.file}: skipped. {self.detail} ({self.code})")
        if self.status != "active":
            return visible(f"{self.file}: {self.status}")
        attached = f", {counted(self.attached, 'attached file')}" if self.attached else ""
        unchanged = ", unchanged" if self.unchanged else ""
        made = f"{self.file}: {counted(self.chunks or 0, 'chunk')}{attached}{unchanged}"
        shown = () if self.unchanged else self.warnings
        return "\n".join(map(visible, [made, *(f"    warning: {each}" for each in shown)]))

    def failure(self) -> str:
        """Return the problem and, on its own line, the remedy."""
        remedy = advice(self.code, retryable=self.retryable)
        return visible(f"{self.file}: {self.detail} ({self.code})\n    {remedy}")


def summary(outcomes: Sequence[Outcome], speed: str, took: str) -> str:
    """Return the number of files per outcome, in one line."""
    counts = {
        "ingested": sum(o.status == "active" and not o.unchanged for o in outcomes),
        "unchanged": sum(o.unchanged for o in outcomes),
        "skipped": sum(o.status == "skipped" for o in outcomes),
        "failed": sum(o.failed for o in outcomes),
    }
    ended = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{counted(len(outcomes), 'file')} in {took} ({speed}): {ended or 'nothing to do'}."
