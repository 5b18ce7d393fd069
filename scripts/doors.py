"""Try the clients of others on a real server, embedded and on emulators: `doors.py FOLDER`.

FOLDER is what `scripts/make_doors.sh` made. Ends with 1 if any client finds something wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.process.cloud import cloud  # noqa: E402
from tests.process.running import serving, succeeded, upload  # noqa: E402

NOTE = b"# Safe\n\nThe code of the safe is 4711. Kim has the key.\n"
PYTHON = ROOT / "tests" / "doors" / "python_clients.py"


def main() -> int:
    """Run every client against both kinds of installation."""
    folder = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as place:
        print("Embedded:")
        wrong = tried(folder, Path(place) / "embedded" / "data", {})
        print("On emulators of Cosmos DB, Pinecone, Blob storage and a chat model:")
        data_dir = Path(place) / "cloud" / "data"
        data_dir.parent.mkdir()
        with cloud(data_dir) as variables:
            wrong += tried(folder, data_dir, variables)
    print("Every client found what it must." if not wrong else f"{wrong} clients found faults.")
    return 1 if wrong else 0


def tried(folder: Path, data_dir: Path, variables: Mapping[str, str]) -> int:
    """Run every client against one installation; return how many failed."""
    data_dir.parent.mkdir(exist_ok=True)
    with serving(data_dir, workers=1, **variables) as server:
        key, stranger = server.create_client("acme"), server.create_client("globex")
        succeeded(server, key, upload(server, key, "note.md", NOTE)["job_id"])
        url = str(server.http.base_url).rstrip("/")
        commands = [
            [str(folder / "venv" / "bin" / "python"), str(PYTHON), url, key, stranger],
            ["node", str(folder / "node_clients.mjs"), url, key],
        ]
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("OPENAI_", "RAGTENANCY_"))}
        return sum(
            bool(subprocess.run(each, check=False, env=kept).returncode) for each in commands
        )


if __name__ == "__main__":
    sys.exit(main())
