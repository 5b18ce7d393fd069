"""Commands write their parts of docs/security-report.md."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts.security_report import PAGE, made_by_make, main, record, version


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "report.md"
    page.write_text("# Report\n\n<!-- soak -->\nNot run yet.\n<!-- /soak -->\n")
    return page


def test_a_part_tells_verdict_day_command_version_and_figures(page: Path) -> None:
    record("soak", passed=True, figures={"requests": 20_000}, command="make soak", page=page)

    lines = page.read_text().splitlines()
    assert lines[3].startswith("Passed on 20")
    assert lines[3].endswith(f": `make soak`, {version()}.")
    assert lines[5:8] == ["| measured | figure |", "| --- | ---: |", "| requests | 20,000 |"]


def test_a_failure_is_recorded_too(page: Path) -> None:
    record("soak", passed=False, figures="3 of 4 hold", command="make soak", page=page)

    assert "**Failed** on" in page.read_text()
    assert "3 of 4 hold" in page.read_text()


def test_a_part_that_the_report_lacks_is_an_error(page: Path) -> None:
    with pytest.raises(SystemExit, match="no place marked chaos"):
        record("chaos", passed=True, figures="", command="make chaos", page=page)


def test_arguments_are_part_of_the_command() -> None:
    assert made_by_make("soak", []) == "make soak"
    assert made_by_make("soak", ["--requests", "9"]) == "make soak ARGS='--requests 9'"


def test_the_version_is_the_package_s() -> None:
    from ragtenancy.version import __version__

    assert version().startswith(f"version {__version__}")


@pytest.mark.parametrize("status", [0, 3])
def test_around_a_command_its_last_line_is_kept_and_its_status_returned(
    status: int, page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = f"print('shown'); print('5 of 5 hold'); print(); raise SystemExit({status})"

    ended = main(["soak", "make soak", "--", sys.executable, "-c", code], page)

    assert ended == status
    assert capsys.readouterr().out == "shown\n5 of 5 hold\n\n"
    assert "\n\n5 of 5 hold\n<!--" in page.read_text()


def test_every_part_of_the_report_is_closed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    opened = [line[5:-4] for line in text.splitlines() if line.startswith("<!-- ")]

    assert [name for name in opened if not name.startswith("/")] == [
        name.removeprefix("/") for name in opened if name.startswith("/")
    ]
