"""The expressions of deploy/monitoring, and the metrics and labels that they name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

MONITORING = Path(__file__).parents[3] / "deploy" / "monitoring"
SELECTOR = re.compile(r"((?:http|isolation|ragtenancy)_\w+)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
SUFFIX = re.compile(r"_(bucket|count|sum)\Z")


def alerts() -> list[dict[str, Any]]:
    """Return the alert rules."""
    text = (MONITORING / "alerts.yaml").read_text(encoding="utf-8")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


class Query(Struct, frozen=True):
    """A query of a panel, as Grafana sends it for all processes; `empty` is shown without data."""

    panel: str
    expression: str
    empty: str | None


def dashboard_queries() -> list[Query]:
    """Return the queries of the dashboard's panels."""
    text = (MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8")
    return [
        Query(
            panel["title"],
            target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*"),
            panel["fieldConfig"]["defaults"].get("noValue"),
        )
        for panel in json.loads(text)["panels"]
        for target in panel.get("targets", ())
    ]


def dashboard_expressions() -> list[str]:
    """Return the expressions of the dashboard's panels."""
    return [query.expression for query in dashboard_queries()]


def selectors() -> Iterator[tuple[str, set[str]]]:
    """Yield each metric that an expression names, with the labels that select and group it."""
    for expression in [*dashboard_expressions(), *(rule["expr"] for rule in alerts())]:
        grouped = {
            label.strip() for match in GROUPED.findall(expression) for label in match.split(",")
        }
        for name, matchers in SELECTOR.findall(GROUPED.sub("", expression)):
            selected = set(re.findall(r"(\w+)\s*(?:=~|!=|=|!~)", matchers))
            yield name, selected | grouped


def metric_names() -> set[str]:
    """Return the metrics that the expressions name, as they are declared."""
    return {SUFFIX.sub("", name) for name, _ in selectors()}
