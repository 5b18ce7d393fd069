"""The scene of a verification: an intruder, a victim, and the notes of one check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from ragtenancy.verification.exchange import Installation, Reply
from ragtenancy.verification.judging import Judge
from ragtenancy.verification.parties import Party
from ragtenancy.verification.routes import Operation

MAX_FINDINGS = 20


class Notes(Struct, kw_only=True):
    """What one check has judged and found so far."""

    probes: int = 0
    findings: list[str] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)
    skipped: str | None = None

    def judge(self, where: str, found: Iterable[str]) -> None:
        """Count one probe, with what was found wrong in it."""
        self.probes += 1
        for what in found:
            if len(self.findings) < MAX_FINDINGS:
                self.findings.append(f"{where}: {what}")

    def require(self, where: str, holds: bool, otherwise: str) -> None:  # noqa: FBT001
        """Count one probe of something that must hold."""
        self.judge(where, () if holds else (otherwise,))


class Scene(Struct, kw_only=True):
    """Two canary tenants of one installation: `intruder` is to find nothing of `victim`.

    `before` is what the victim could read of itself before the first attack.
    """

    installation: Installation
    operations: Sequence[Operation]
    intruder: Party
    victim: Party
    absent: Mapping[str, str]
    before: Mapping[str, object] = field(default_factory=dict)

    @property
    def victims_judge(self) -> Judge:
        """Finds what is the victim's."""
        return Judge(self.victim)

    @property
    def victims_ids(self) -> Mapping[str, str]:
        """An id of the victim's for each parameter, and one of nothing where it has none."""
        return {**self.absent, **self.victim.ids}

    @property
    def tenants_operations(self) -> Sequence[Operation]:
        """The routes that take a tenant's key."""
        return [each for each in self.operations if each.audience == "tenant"]

    async def intrude(self, method: str, path: str, **content: Any) -> Reply:  # noqa: ANN401
        """Send a request with the intruder's key."""
        return await self.installation.call(method, path, self.intruder.key, **content)
