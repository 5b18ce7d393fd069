"""What was verified, and what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct


class CheckResult(Struct, frozen=True, kw_only=True):
    """One check: how many replies or values it judged, and each breach that it found.

    `threats` are ids of the published threat model. A check that could not be made says why in
    `skipped`. `measured` holds its figures by name.
    """

    name: str
    title: str
    threats: Sequence[str]
    probes: int
    findings: Sequence[str]
    seconds: float
    skipped: str | None = None
    measured: Mapping[str, float] = {}

    @property
    def verdict(self) -> str:
        """`passed`, `failed` or `skipped`; findings count even of a check that was cut short."""
        if self.findings:
            return "failed"
        return "passed" if self.skipped is None else "skipped"


class Verification(Struct, frozen=True, kw_only=True):
    """One run against one installation; `notes` tells what could not be tried."""

    version: str
    installation: str
    started_at: datetime
    ended_at: datetime
    routes: int
    requests: int
    checks: Sequence[CheckResult]
    notes: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found; a skipped check does not count against it."""
        return not any(check.findings for check in self.checks)

    @property
    def probes(self) -> int:
        """The number of replies and values that were judged."""
        return sum(check.probes for check in self.checks)


class SabotageResult(Struct, frozen=True, kw_only=True):
    """A seam that was broken on purpose, and the checks that noticed it."""

    name: str
    title: str
    noticed_by: Sequence[str]

    @property
    def caught(self) -> bool:
        """Whether any check noticed it."""
        return bool(self.noticed_by)


class SelfTest(Struct, frozen=True, kw_only=True):
    """A run on an intact installation, and one on each sabotaged one."""

    control: Verification
    sabotages: Sequence[SabotageResult]

    @property
    def passed(self) -> bool:
        """Whether the intact installation passed and every sabotage was caught."""
        return self.control.passed and all(each.caught for each in self.sabotages)
