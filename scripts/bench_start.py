"""Measure `import ragtenancy` and the readiness of `ragtenancy serve` beside `python -c pass`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx
from service import environment, serving

ROUNDS = 7
IMPORT_LIMIT = 0.35
READY_LIMIT = 2.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        run(data_dir, "-m", "ragtenancy", "demo", "--no-serve", "--json")
        figures: dict[str, list[float]] = {"python -c pass": [], "import": [], "serve ready": []}
        for _ in range(ROUNDS):
            figures["python -c pass"].append(run(data_dir, "-c", "pass"))
            figures["import"].append(run(data_dir, "-c", "import ragtenancy"))
            figures["serve ready"].append(ready(data_dir))
    medians = {name: median(seconds) for name, seconds in figures.items()}
    for name, seconds in medians.items():
        print(f"{name:<16} {seconds:7.3f} s  (median of {ROUNDS})")
    beside = medians["import"] - medians["python -c pass"]
    print(f"import beside an empty process: {beside:.3f} s (limit {IMPORT_LIMIT})")
    print(f"serve with the demo's data ready: {medians['serve ready']:.3f} s (limit {READY_LIMIT})")
    sys.exit(beside > IMPORT_LIMIT or medians["serve ready"] > READY_LIMIT)


def run(data_dir: Path, *arguments: str) -> float:
    """Return how long a Python process takes."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        env=environment(data_dir),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def ready(data_dir: Path) -> float:
    """Return how long it takes until the server says that it is ready."""
    started = time.perf_counter()
    with serving(data_dir) as url:
        httpx.get(f"{url}/readyz", trust_env=False).raise_for_status()
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
