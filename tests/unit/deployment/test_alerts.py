"""Each alert fires on series of an ill installation and is silent on those of a sound one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.deployment.monitoring import MONITORING, alerts

CASES = Path(__file__).with_name("alerts_test.yaml")
NAMES = [rule["alert"] for rule in alerts()]


@pytest.fixture(scope="module", autouse=True)
def needs_promtool() -> None:
    if shutil.which("promtool") is not None:
        return
    reason = "tests of the alerts need promtool of the package prometheus (`make emulators`)"
    if "emulator" in os.environ.get("REQUIRE_TIERS", ""):
        pytest.fail(reason)
    pytest.skip(reason)


def judged(cases: Path) -> subprocess.CompletedProcess[str]:
    """Let promtool judge the rules by the cases."""
    return subprocess.run(
        ["promtool", "test", "rules", str(cases)], capture_output=True, text=True, check=False
    )


def with_rules_of(folder: Path, expression: str) -> Path:
    """Return the cases, in a folder where every rule has the same expression."""
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        rule.update(expr=expression, annotations={})
        rule.pop("for", None)
    (folder / "alerts.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    cases["rule_files"] = ["alerts.yaml"]
    (folder / "cases.yaml").write_text(yaml.safe_dump(cases), encoding="utf-8")
    return folder / "cases.yaml"


def test_every_alert_fires_when_it_should_and_is_silent_when_it_should() -> None:
    run = judged(CASES)

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("expression", ["vector(1) > 2", "vector(1)"], ids=["never", "always"])
def test_alerts_that_fire_never_or_always_are_caught(tmp_path: Path, expression: str) -> None:
    run = judged(with_rules_of(tmp_path, expression))

    said = run.stdout + run.stderr
    assert [alert for alert in NAMES if f"alertname: {alert}," not in said] == []


@pytest.mark.parametrize("alert", NAMES)
def test_an_alert_has_cases_of_both_kinds(alert: str) -> None:
    groups: list[dict[str, Any]] = yaml.safe_load(CASES.read_text(encoding="utf-8"))["tests"]
    fires = [
        "exp_alerts" in case
        for group in groups
        for case in group["alert_rule_test"]
        if case["alertname"] == alert
    ]

    assert set(fires) == {True, False}
