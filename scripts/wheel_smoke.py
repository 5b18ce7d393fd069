"""Build the wheel, install it in a fresh environment and use it as a newcomer would."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDE = """
from pathlib import Path
from ragtenancy.demo.clients import guide
Path("guide.docx").write_bytes(guide("Billing_and_Refunds.docx"))
"""

UNREACHABLE = """
from ragtenancy import UnavailableError
from ragtenancy.client import Client
try:
    Client("http://127.0.0.1:9", "key", retries=0).view()
except UnavailableError as error:
    print(error.reason)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    python = parser.parse_args().python
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        wheel = build(ROOT, place)
        own = install(place / "server", python, wheel)
        use(place, own)
        client = build(ROOT / "packaging" / "client", place / "client-wheel")
        use_client(place, install(place / "client", python, client))
    seconds = time.monotonic() - started
    print(f"wheel-smoke: {wheel.name} works on {version(python)} ({seconds:.0f} s)")


def build(project: Path, place: Path) -> Path:
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)], cwd=project)
    return next(place.glob("*.whl"))


def install(place: Path, python: str, wheel: Path) -> Path:
    """Return the interpreter of a fresh environment with the wheel and the locked versions."""
    place.mkdir()
    constraints = place / "constraints.txt"
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line.removesuffix("\\").strip() for line in lines if line[:1].isalnum()]
    constraints.write_text("\n".join(pins) + "\n")
    run([python, "-m", "venv", str(place / "venv")], cwd=place)
    own = place / "venv" / "bin" / "python"
    pip = [str(own), "-m", "pip", "install", "--quiet"]
    run([*pip, "-c", str(constraints), str(wheel)], cwd=place)
    return own


def use(place: Path, python: Path) -> None:
    """Make a client, ingest a guide, ask; leave what is not as it must be."""
    command = str(python.parent / "ragtenancy")
    run([str(python), "-c", "import ragtenancy"], cwd=place)
    expect("ragtenancy ", run([command, "--version"], cwd=place))
    run([str(python), "-c", GUIDE], cwd=place)
    run([command, "client", "create", "smoke"], cwd=place)
    run([command, "ingest", "--client", "smoke", "guide.docx"], cwd=place)
    question = "How long is the refund period?"
    reply = json.loads(run([command, "ask", "--client", "smoke", "--json", question], cwd=place))
    expect("30 days", reply["answer"])
    expect("guide.docx", reply["sources"][0]["filename"])


def use_client(place: Path, python: Path) -> None:
    """Use the client's own wheel, which brings nothing of the server."""
    expect("server_unreachable", run([str(python), "-c", UNREACHABLE], cwd=place))
    installed = run([str(python), "-m", "pip", "list", "--format=freeze"], cwd=place)
    if "litestar" in installed or "onnxruntime" in installed:
        raise SystemExit("wheel-smoke: the client's wheel brings the server's packages")


def version(python: str) -> str:
    return run([python, "--version"], cwd=ROOT).strip()


def expect(wanted: str, found: str) -> None:
    if wanted not in found:
        raise SystemExit(f"wheel-smoke: {wanted!r} is not in {found!r}")


def run(command: list[str], *, cwd: Path) -> str:
    """Return what a command prints; end with all it said when it fails."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RAGTENANCY_", "OPENAI_", "ADMIN_API_KEY", "PYTHON"))
    }
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"wheel-smoke: {' '.join(command)} ended with {done.returncode}:\n"
            f"{done.stdout}{done.stderr}"
        )
    return done.stdout


if __name__ == "__main__":
    main()
