"""`ragtenancy mcp`: the official client starts the command and calls one client's tools."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from mcp import Client, StdioServerParameters

pytestmark = pytest.mark.embedded


def ragtenancy(data_dir: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "ragtenancy", "--data-dir", str(data_dir), *arguments]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_one_client_is_served_on_standard_input_and_output(tmp_path: Path, mode: Any) -> None:
    note = tmp_path / "note.md"
    note.write_text("# Safe\n\nThe code of the safe is 4711.\n")
    ragtenancy(tmp_path / "data", "client", "create", "acme")
    ragtenancy(tmp_path / "data", "client", "create", "globex")
    ragtenancy(tmp_path / "data", "ingest", "--client", "acme", str(note))
    arguments = ["-m", "ragtenancy", "--data-dir", str(tmp_path / "data"), "mcp", "--client"]

    async def found(client_id: str) -> dict[str, Any]:
        server = StdioServerParameters(command=sys.executable, args=[*arguments, client_id])
        async with Client(server, mode=mode) as client:
            reply = await client.call_tool("ask", {"question": "What is the code of the safe?"})
        return cast("dict[str, Any]", reply.structured_content)

    assert "4711" in (await found("acme"))["answer"]
    assert (await found("globex"))["sources"] == []
