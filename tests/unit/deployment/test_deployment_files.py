"""The container's files: what can be told of them without building."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ragtenancy.settings import load_settings
from ragtenancy.settings.catalogue import catalogue

ROOT = Path(__file__).parents[3]
SCHEMA = Path(__file__).parent / "compose_spec.json"  # the Compose Specification's, Apache 2.0
EVERY = {variable.name for group in catalogue() for variable in group.variables}
CONTAINERS = {  # what the published port and the volume rest on
    "RAGTENANCY_HOST": "0.0.0.0",  # noqa: S104 - within the container
    "RAGTENANCY_PORT": "8000",
    "RAGTENANCY_DATA_DIR": "/data",
}


@pytest.fixture(scope="module")
def containerfile() -> str:
    return (ROOT / "Containerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return read


def test_compose_keeps_to_its_schema(compose: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))

    jsonschema.Draft201909Validator(schema).validate(compose)


@pytest.mark.parametrize("service", ["api", "worker"])
def test_every_setting_is_passed_through(compose: dict[str, Any], service: str) -> None:
    environment = compose["services"][service]["environment"]
    passed = {name for name, value in environment.items() if value.startswith(f"${{{name}:")}

    assert passed == EVERY - CONTAINERS.keys()
    assert {name: environment[name] for name in CONTAINERS} == CONTAINERS


def test_a_setting_that_is_not_given_takes_its_default(compose: dict[str, Any]) -> None:
    environment = compose["services"]["api"]["environment"]
    defaults = {value.partition(":-")[2].rstrip("}") for value in environment.values()}

    assert defaults == {"", " ", "redis://redis:6379/0"}  # "": those that are not passed through


def test_a_space_counts_as_unset(compose: dict[str, Any]) -> None:
    environment = compose["services"]["api"]["environment"]
    spaces = {name: " " for name, value in environment.items() if value.endswith(":- }")}

    assert load_settings(spaces) == load_settings({})


def test_defaults_are_replaced_by_podman_compose_too(compose: dict[str, Any]) -> None:
    text = json.dumps(compose)

    assert not re.findall(r"\$\{[A-Z0-9_]+:?-\}", text)  # version 1.0 leaves these as they stand


def test_volumes_hold_data_alone(compose: dict[str, Any]) -> None:
    mounted = {v for s in compose["services"].values() for v in s.get("volumes", [])}

    assert mounted == {"data:/data"}


def test_everything_is_started_again(compose: dict[str, Any]) -> None:
    assert {s["restart"] for s in compose["services"].values()} == {"unless-stopped"}


def test_nothing_is_published_beyond_this_machine_by_itself(compose: dict[str, Any]) -> None:
    published = {name: s["ports"] for name, s in compose["services"].items() if "ports" in s}
    assert published == {
        "api": ["${RAGTENANCY_PUBLISH:-127.0.0.1:8000}:8000"],
        "console": ["${RAGTENANCY_CONSOLE_PUBLISH:-127.0.0.1:8501}:8501"],
    }


def test_the_image_runs_as_an_ordinary_user_and_can_be_stopped(containerfile: str) -> None:
    last = containerfile.rpartition("\nFROM ")[2]

    assert re.search(r"^USER [1-9][0-9]+:[1-9][0-9]+$", last, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["', last, re.MULTILINE)
    assert re.search(r'^CMD \["', last, re.MULTILINE)
    assert "HEALTHCHECK" in last


def test_the_image_reads_pictures(containerfile: str) -> None:
    extras = re.search(r"^ARG EXTRAS=(.*)$", containerfile, re.MULTILINE)

    assert extras is not None
    assert "ocr" in extras[1].split(",")


def test_no_secret_can_be_built_in(containerfile: str) -> None:
    given = re.findall(r"^(?:ARG|ENV) (.*)$", containerfile, re.MULTILINE)

    assert not [line for line in given if re.search(r"KEY|SECRET|TOKEN|PASSWORD", line)]


def test_the_build_sees_the_package_and_the_console_alone() -> None:
    lines = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()

    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == {
        *("pyproject.toml", "README.md", "LICENSE", "requirements.lock", "src", "console")
    }
    assert {".env", ".git", "data"} <= set(lines)
