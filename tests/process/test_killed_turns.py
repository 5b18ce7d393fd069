"""Usage when processes are killed while they answer, and a limit that two of them share.

`KILLS` is the number of kills; `make usage-kills` takes 60.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ragtenancy import RagTenancy
from ragtenancy.domain.usage import Usage
from ragtenancy.settings import Settings
from tests.process.running import PATIENCE, environment

pytestmark = pytest.mark.timeout(900)

KILLS = int(os.environ.get("KILLS", "3"))
GUIDE = b"# Refunds\n\nRefunds are paid within 30 days of purchase.\n"
LIMIT = 300
ROOT = Path(__file__).parents[2]


async def prepared(data_dir: Path, **config: object) -> None:
    """Create the client with a document."""
    async with RagTenancy.open(Settings(data_dir=data_dir)) as rag:
        await rag.create_tenant("acme", config=config)
        await rag.tenant("acme").ingest(GUIDE, filename="guide.md")


def asked(data_dir: Path, mode: str, processes: int) -> tuple[list[int], list[int]]:
    """Ask from other processes; return how they ended, and what they reported."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.process.forked_askers", mode, str(processes)],
        env=environment(data_dir),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE + processes * 15,
    )
    *ended, reports = done.stdout.rstrip("\n").split("\n")
    return [int(code) for code in ended], [int(number) for number in reports.split()]


async def test_the_usage_of_turns_is_that_of_those_that_are_stored(tmp_path: Path) -> None:
    await prepared(tmp_path)

    ended, answers = asked(tmp_path, "killed", KILLS)

    async with RagTenancy.open(Settings(data_dir=tmp_path), worker=False) as rag:
        acme = rag.tenant("acme")
        turns = [
            turn
            async for session in acme.sessions()
            async for turn in acme.turns(session.session_id)
        ]
        counts = (await rag.usage("acme")).total.counts
    used = sum((turn.usage for turn in turns), Usage())
    assert ended == [-signal.SIGKILL] * KILLS
    assert counts.questions == len(turns) >= len(answers) > 0
    assert counts.prompt_tokens == used.prompt_tokens > 0
    assert counts.completion_tokens == used.completion_tokens > 0


async def test_two_processes_exceed_a_limit_by_one_turn_at_most(tmp_path: Path) -> None:
    await prepared(tmp_path, limits={"tokens_per_day": LIMIT})

    ended, tokens = asked(tmp_path, "limited", 2)

    assert ended == [0, 0]
    assert LIMIT <= sum(tokens) < LIMIT + max(tokens)
