"""Write the guides of the demo into the package: `make demo-guides`."""

from __future__ import annotations

from pathlib import Path

from scripts.demo_guides import acme, circular_ai
from scripts.demo_guides.writing import as_docx

FOLDER = Path(__file__).parents[2] / "src/ragtenancy/demo/guides"


def main() -> None:
    """Write every guide."""
    for guide in (*acme.GUIDES, *circular_ai.GUIDES):
        (FOLDER / guide.filename).write_bytes(as_docx(guide))


if __name__ == "__main__":
    main()
