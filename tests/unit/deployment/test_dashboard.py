"""The dashboard is as Grafana's published types have it, and its panels lie side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit.deployment.monitoring import MONITORING

WIDTH = 24
# Made by scripts/make_grafana_schema.sh.
SCHEMAS = json.loads(Path(__file__).with_name("grafana_schema.json").read_text(encoding="utf-8"))


def dashboard() -> dict[str, Any]:
    text = (MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def faults(found: dict[str, Any]) -> list[str]:
    """Return what Grafana's types do not admit, with its place."""
    parts: list[tuple[str, Any]] = [("dashboard", found)]
    for panel in found["panels"]:
        if panel["type"] != "row":
            parts.append((panel["type"], panel["options"]))
        if panel["type"] == "timeseries":
            parts.append(("timeseries_field", panel["fieldConfig"]["defaults"].get("custom", {})))
    return [fault for kind, value in parts for fault in _faults(kind, value)]


def _faults(kind: str, value: object) -> Iterator[str]:
    schema = SCHEMAS[kind]
    for error in jsonschema.validators.validator_for(schema)(schema).iter_errors(value):
        yield f"{kind} {error.json_path}: {error.message[:200]}"


def test_grafanas_types_admit_it() -> None:
    assert faults(dashboard()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": 7},
        {"gridPos": {"h": "8", "w": 8, "x": 0, "y": 1}},
        {"fieldConfig": {"defaults": {"unit": 1}, "overrides": []}},
        {"option": {}},
    ],
)
def test_a_panel_of_another_shape_is_caught(change: dict[str, Any]) -> None:
    changed = dashboard()
    changed["panels"][3].update(change)

    assert [*_faults("dashboard", changed)] != []


def test_a_legend_that_would_not_be_shown_is_caught() -> None:
    changed = dashboard()
    del changed["panels"][3]["options"]["legend"]["showLegend"]

    assert faults(changed) != []


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = dashboard()["panels"]
    places = [panel["gridPos"] for panel in panels]
    overlapping = [
        (one, other)
        for one, other in combinations(places, 2)
        if one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert overlapping == []
    assert {place["x"] + place["w"] <= WIDTH for place in places} == {True}
