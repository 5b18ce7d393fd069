"""The blocks of a page, run one after the other in a fresh folder, as a reader would.

The blocks share one shell. Notes in an HTML comment before a block say what is special:

- `not run: reason`: needs what is not here; its commands are still parsed.
- `background`, `background: command`: runs beside the rest of the page, until it serves; in place
  of the block, the command if one is given.
- `given: commands`: the shell runs these first; they set `KEY`, for which a block that shows
  `rtk_local_…` stands.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from tests.docs.pages import Block

ADDRESS = "127.0.0.1:8000"
END = "-- end of block"
BACKGROUND = """
({command}) >background.log 2>&1 &
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
for _ in $(seq 600); do
    grep -q 'running at http' background.log && break
    kill -0 $! 2>/dev/null || {{ cat background.log >&2; exit 1; }}
    sleep 0.1
done
"""
UNSET = ("RAGTENANCY_", "OPENAI_", "AZURE_", "COSMOS_", "PINECONE_", "ADMIN_")


class Ran(Struct, frozen=True, kw_only=True):
    """A block that was run, what it printed, and the sample that the page shows of that."""

    body: str
    printed: str
    sample: str | None


def runnable(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks of shell commands and Python that can run here, and their samples."""
    return [block for block in blocks if not block.note.startswith("not run")]


def run(blocks: Sequence[Block], folder: Path) -> Iterator[Ran]:
    """Run blocks in a folder; yield each. Fails with what the shell said if one fails."""
    port = _free_port()
    steps = [block for block in runnable(blocks) if block.language in {"sh", "python"}]
    script = "set -eu\n" + "".join(_step(block, number) for number, block in enumerate(steps))
    done = subprocess.run(
        ["bash", "-c", script.replace(ADDRESS, f"127.0.0.1:{port}")],
        cwd=folder,
        env=_environment(port),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    printed = done.stdout.replace(f"127.0.0.1:{port}", ADDRESS).split(f"{END}\n")
    assert done.returncode == 0, f"{steps[len(printed) - 1].body}\n{printed[-1]}{done.stderr}"
    for number, block in enumerate(steps):
        yield Ran(body=block.body, printed=printed[number], sample=_sample(blocks, block))


def _step(block: Block, number: int) -> str:
    kind, _, words = block.note.partition(": ")
    given = f"{{ {words}; }} >/dev/null\n" if kind == "given" else ""
    if kind == "background":
        return BACKGROUND.format(command=words or block.body.strip()) + f"echo '{END}'\n"
    if block.language == "python":
        name = f"example_{number}.py"
        return f"cat >{name} <<'PYTHON'\n{block.body}PYTHON\npython -W error {name}\necho '{END}'\n"
    body = block.body.replace("'X-API-Key: rtk_local_…'", '"X-API-Key: $KEY"')
    return f"{given}{body}\necho '{END}'\n"


def _sample(blocks: Sequence[Block], block: Block) -> str | None:
    """Return the block of text right after another one."""
    after = [*blocks, Block(language="", body="")][blocks.index(block) + 1]
    return after.body if after.language in {"text", "json"} and not after.note else None


def _environment(port: int) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(UNSET)}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**kept, "PATH": path, "RAGTENANCY_PORT": str(port), "COLUMNS": "160"}


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def commands(block: Block) -> Iterator[list[str]]:
    """Yield the words of each `ragtenancy` command line of a block, without redirections."""
    for line in re.sub(r"\\\n\s*", " ", block.body).splitlines():
        for part in re.findall(r"(?:^|\$\(|&& |\| )(?:\S*/)?(ragtenancy [^|)>&]*)", line):
            yield shlex.split(part.replace("…", ""), comments=True)[1:]
