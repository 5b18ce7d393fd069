"""Run the console's image as it says, and open its page from another network."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import httpx
from image_walk import (
    INSIDE,
    TIMEOUT_SECONDS,
    check_files,
    check_process,
    check_settings,
    expect,
    network,
    size,
    start,
    stop,
    until,
)

PORT = 8501


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    given = parser.parse_args()
    image = json.loads(given.image.read_text())["Docker"]["config"]
    check_settings(image)
    check_files(given.root)
    expect(not (given.root / "console/tests").exists(), "the tests are in it")
    with tempfile.TemporaryDirectory() as unused, network():
        process = start(given.root, image, Path(unused))
        try:
            walk(f"http://{INSIDE}:{PORT}")
            check_process(process, image)
        finally:
            stop(process)
    print(f"console-image-walk: {size(given.root) / 1e6:.0f} MB, every step holds")


def walk(url: str) -> None:
    """The console serves its page with all that it loads."""
    with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as http:
        until(lambda: lives(http), "the console to live")
        page = http.get("/")
        expect("streamlit" in page.text.lower(), "the page is another")
        expect(http.get("/_stcore/host-config").status_code == 200, "it has no application")


def lives(http: httpx.Client) -> bool:
    try:
        return http.get("/_stcore/health").text == "ok"
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main()
