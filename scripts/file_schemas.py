"""Write the JSON schema of `clients.yaml` (`--check`: say whether they are current)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec

from ragtenancy.wire.client_files import ClientsFile

FOLDER = Path(__file__).parents[1] / "docs" / "examples"
FILES: dict[str, type] = {
    "clients.schema.json": ClientsFile,
}


def schema(kind: type) -> str:
    """Return a Struct's schema as the file holds it."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
    return json.dumps(whole, indent=2).replace(r"\\A", "^").replace(r"\\Z", "$") + "\n"


def main() -> None:
    """Write or check each file."""
    stale = [n for n, kind in FILES.items() if not _is_current(FOLDER / n, schema(kind))]
    if "--check" in sys.argv[1:]:
        sys.exit(f"Not current: {', '.join(stale)}." if stale else 0)
    for name in stale:
        (FOLDER / name).write_text(schema(FILES[name]), encoding="utf-8")
    print(f"{len(stale)} written in {FOLDER.name}.")


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    main()
