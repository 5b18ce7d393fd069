"""When the runs of an outside checker count as passed, and what is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from scripts.sectum import passed, shown


def run(steps: int, **confirmed: int) -> Mapping[str, Any]:
    probes = {name: {"steps": steps, "confirmed": count} for name, count in confirmed.items()}
    return {
        "version": "1.0",
        "tenants": 6,
        "documents": 9,
        "canaries": 3,
        "steps": steps * len(probes),
        "confirmed": sum(confirmed.values()),
        "unconfirmed": 5,
        "probes": probes,
        "not_run": {"agent": "there is none"},
    }


def idle(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a run whose erasure found nothing to erase."""
    erasure = {"steps": 0, "confirmed": 0, "surfaces": {}}
    return {**found, "probes": {**found["probes"], "erasure": erasure}}


@pytest.mark.parametrize(
    ("intact", "control", "verdict"),
    [
        (run(200, fetch=0, erasure=0), run(200, fetch=7, erasure=1), True),
        (run(200, fetch=1, erasure=0), run(200, fetch=7, erasure=1), False),
        (run(200, fetch=0, erasure=0), run(200, fetch=7, erasure=0), False),
        (run(199, fetch=0, erasure=0), run(199, fetch=7, erasure=1), False),
        (idle(run(400, fetch=0, erasure=0)), run(400, fetch=7, erasure=1), False),
    ],
    ids=["passed", "leaked", "a probe that notices nothing", "too few steps", "an idle probe"],
)
def test_a_run_passes_with_enough_steps_no_finding_and_a_control_that_finds(
    intact: Mapping[str, Any], control: Mapping[str, Any], *, verdict: bool
) -> None:
    assert passed(intact, control) is verdict


def test_the_report_shows_each_probe_beside_its_control() -> None:
    intact = run(200, fetch=0, erasure=0)
    intact["probes"]["erasure"]["surfaces"] = {
        "vectors": {"markers_before": 2, "residual_after": 0}
    }

    text = shown(
        {
            "run": intact,
            "control": run(200, fetch=7, erasure=1),
            "backends": "embedded",
            "broken": {"principals": "callers are confused"},
        }
    )

    assert "| `fetch` | 200 | 0 | 7 |" in text
    assert "| all | 400 | 0 | 8 |" in text
    assert "Erasure: `vectors` 2 canaries before, 0 after." in text
    assert "Not run: `agent` (there is none)." in text
