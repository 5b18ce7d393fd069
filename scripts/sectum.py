"""Run sectum-ai's probes against a server, and against one that is broken: `sectum.py PYTHON`.

PYTHON is that of the environment with sectum-ai. The run on the intact server must confirm nothing;
the control run, on a server whose callers are confused and whose deletions are not made, must
confirm something by every probe. Writes both as JSON (`--json`, default: build/sectum.json, or
build/sectum-emulators.json), and the figures into docs/security-report.md. Ends with 1 if either is not so.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.table import markdown  # noqa: E402
from ragtenancy.version import __version__  # noqa: E402
from scripts.security_report import made_by_make, record  # noqa: E402
from scripts.service import OPERATOR, SERVE, serving  # noqa: E402
from tests.process.cloud import cloud  # noqa: E402

PROBES = ROOT / "tests" / "sectum" / "probes.py"
CONTROL = {
    "principals": "callers are cached without their key",
    "erasure": "deletions are confirmed and not made",
}
BROKEN = (str(ROOT / "scripts" / "sabotaged_server.py"), "--seams", *CONTROL)
LEAST_STEPS = 400


def run(python: Path, server: Sequence[str], variables: Mapping[str, str]) -> Mapping[str, Any]:
    """Serve a new installation, run the probes against it, and return their figures."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        settings = {"RAGTENANCY_PORT": "0", **variables}
        with serving(folder, server, **settings) as url:
            command = [str(python), str(PROBES), url, OPERATOR, str(folder / "result.json")]
            subprocess.run(command, check=True)
        found: Mapping[str, Any] = json.loads((folder / "result.json").read_text())
    return found


def passed(intact: Mapping[str, Any], control: Mapping[str, Any]) -> bool:
    """Whether every probe ran, confirming nothing, and something in the control run."""
    return (
        intact["steps"] >= LEAST_STEPS
        and all(figures["steps"] for figures in intact["probes"].values())
        and intact["confirmed"] == 0
        and all(figures["confirmed"] for figures in control["probes"].values())
    )


def shown(written: Mapping[str, Any]) -> str:
    """Return the figures as Markdown."""
    intact, control = written["run"], written["control"]
    names = list(intact["probes"])
    rows = [
        [f"`{name}`", *(str(each["probes"][name][key]) for each, key in _columns(intact, control))]
        for name in names
    ]
    total = ["all", *(str(each[key]) for each, key in _columns(intact, control))]
    head = ["probe", "steps", "confirmed", "confirmed in the control run"]
    left_out = "; ".join(f"`{name}` ({why})" for name, why in intact["not_run"].items())
    about = (
        f"sectum-ai {intact['version']}, {written['backends']}: {intact['tenants']} clients, "
        f"{intact['documents']} documents, {intact['canaries']} canaries. In the control run "
        f"{', and '.join(written['broken'].values())}."
    )
    candidates = (
        f"{intact['unconfirmed']} more findings were not confirmed: likenesses that the tool's judge "
        "rejected, and foreign documents that were refused with 404, which its interface does not "
        "tell from an empty reply."
    )
    erasure = "; ".join(
        f"`{surface}` {each['markers_before']} canaries before, {each['residual_after']} after"
        for figures in intact["probes"].values()
        for surface, each in figures.get("surfaces", {}).items()
    )
    table = markdown(head, [*rows, total])
    return "\n\n".join([about, table, f"Erasure: {erasure}. {candidates}", f"Not run: {left_out}."])


def _columns(
    intact: Mapping[str, Any], control: Mapping[str, Any]
) -> Sequence[tuple[Mapping[str, Any], str]]:
    return (intact, "steps"), (intact, "confirmed"), (control, "confirmed")


def both(python: Path, *, emulators: bool) -> Mapping[str, Any]:
    """Return the figures of the run on an intact server and of the control run."""
    started = datetime.now(UTC)
    with ExitStack() as stack:
        variables: Mapping[str, str] = {}
        if emulators:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            variables = stack.enter_context(cloud(place / "cloud" / "data"))
        intact = run(python, SERVE, variables)
        control = run(python, BROKEN, variables)
    return {
        "tool": intact["tool"],
        "version": intact["version"],
        "ragtenancy": __version__,
        "backends": "emulators" if emulators else "embedded",
        "started_at": started.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "passed": passed(intact, control),
        "run": intact,
        "broken": CONTROL,
        "control": control,
    }


def main() -> int:
    """Run both, write the JSON and the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--emulators", action="store_true", help="of Cosmos DB, Pinecone, Blob")
    given = parser.parse_args()
    part, arguments = ("sectum-emulators", ["--emulators"]) if given.emulators else ("sectum", [])
    written = both(given.python, emulators=given.emulators)
    path = given.json or ROOT / "build" / f"{part}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    command = made_by_make("sectum", arguments)
    record(part, passed=written["passed"], figures=shown(written), command=command)
    intact, control = written["run"], written["control"]
    print(
        f"{intact['steps']} steps, {intact['confirmed']} confirmed; in the control run "
        f"{control['confirmed']} confirmed. {path}"
    )
    return 0 if written["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
