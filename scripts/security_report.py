"""The parts of docs/security-report.md, each written by the command that found its figures.

A program calls `record`. Around any other command: `security_report.py isolation "make isolation" --
ragtenancy verify-isolation` shows its output, keeps its last line as the figures, and ends with its
exit status.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for programs of this folder, which start without the project's

from benchmarks.table import markdown, put_between  # noqa: E402

PAGE = ROOT / "docs" / "security-report.md"


def record(
    part: str,
    *,
    passed: bool,
    figures: Mapping[str, object] | str,
    command: str = "",
    page: Path = PAGE,
) -> None:
    """Replace a part of the report: verdict, date, command, version, and the figures.

    `command` is `make PART` with this program's arguments unless given. Exits with a message if
    the report has no such part.
    """
    verdict = "Passed" if passed else "**Failed**"
    made_by = command or made_by_make(part, sys.argv[1:])
    day = time.strftime("%Y-%m-%d")
    head = f"{verdict} on {day}: `{made_by}`, {version()}."
    put_between(page, part, f"{head}\n\n{_shown(figures)}")


def made_by_make(target: str, arguments: Sequence[str]) -> str:
    """Return the command line of make that runs a target with arguments."""
    return (
        f"make {target} ARGS={shlex.quote(shlex.join(arguments))}"
        if arguments
        else f"make {target}"
    )


def version() -> str:
    """Return the version and, in a checkout, the commit, noting changes to the source since."""
    text = (ROOT / "src" / "ragtenancy" / "version.py").read_text(encoding="utf-8")
    named = "version " + text.split('"')[-2]
    commit = _git("rev-parse", "--short=8", "HEAD").stdout.strip()
    changed = (
        " with changes" if _git("diff", "--quiet", "HEAD", "--", "src").returncode == 1 else ""
    )
    return f"{named} (commit {commit}{changed})" if commit else named


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def _shown(figures: Mapping[str, object] | str) -> str:
    if isinstance(figures, str):
        return figures
    rows = [
        (name, f"{value:,}" if isinstance(value, int | float) else str(value))
        for name, value in figures.items()
    ]
    return markdown(("measured", "figure"), rows)


def main(arguments: Sequence[str], page: Path = PAGE) -> int:
    """Run a command, record its last line, and return its exit status."""
    part, made_by, separator, *command = arguments
    if separator != "--" or not command:
        raise SystemExit(__doc__)
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    passed = process.returncode == 0
    record(part, passed=passed, figures=last or "It printed nothing.", command=made_by, page=page)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
