"""A Prometheus of its own, on loopback, with the rules and the scrape configuration of the project."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from tests.emulators.processes import free_port, serving

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"


@contextmanager
def prometheus(
    folder: Path, target: str, operator_key: str, *, at_once: bool = False
) -> Iterator[httpx.Client]:
    """Yield a client of a server that scrapes `target` each second, or skip without one.

    With `at_once`, alerts fire as soon as their expressions hold.
    """
    _require()
    (folder / "admin.key").write_text(operator_key)
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        rule.update({"for": "0s"} if at_once else {})
    (folder / "alerts.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    config = yaml.safe_load((MONITORING / "prometheus.yaml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    (scrape,) = config["scrape_configs"]
    scrape["authorization"]["credentials_file"] = str(folder / "admin.key")
    scrape["static_configs"] = [{"targets": [target]}]
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    port = free_port()
    arguments = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with (
        serving(arguments, port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client,
    ):
        while client.get("/-/ready").status_code != httpx.codes.OK:
            time.sleep(0.1)
        yield client


def _require() -> None:
    if shutil.which("prometheus") is not None:
        return
    reason = "tests of the monitoring need prometheus (`make emulators`)"
    if "emulator" in os.environ.get("REQUIRE_TIERS", ""):
        pytest.fail(reason)
    pytest.skip(reason)
