"""The alert rules and the dashboard name what the service declares, and the documentation both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ragtenancy.domain.metrics import METRICS, Histogram
from tests.unit.deployment.monitoring import alerts, metric_names, selectors

PAGE = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")
DECLARED = {metric.name: metric for metric in METRICS}
OF_PROMETHEUS = {"instance", "job", "le"}


def test_every_metric_named_is_declared() -> None:
    assert metric_names() - DECLARED.keys() == set()


@pytest.mark.parametrize(("name", "labels"), list(selectors()))
def test_every_label_named_is_declared(name: str, labels: set[str]) -> None:
    metric = DECLARED[re.sub(r"_(bucket|count|sum)\Z", "", name)]

    assert labels - OF_PROMETHEUS <= set(metric.labels)
    assert isinstance(metric, Histogram) is (name != metric.name)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_page_explains_every_metric_and_its_labels(metric: Histogram) -> None:
    labels = ", ".join(f"`{label}`" for label in metric.labels)

    assert f"| `{metric.name}` | {labels} |" in PAGE


@pytest.mark.parametrize("alert", [rule["alert"] for rule in alerts()])
def test_the_page_says_what_to_do_about_every_alert(alert: str) -> None:
    assert f"| `{alert}` |" in PAGE


def test_every_metric_is_explained_in_a_sentence() -> None:
    assert [metric.name for metric in METRICS if not metric.help.endswith(".")] == []
