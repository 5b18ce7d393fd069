"""Options shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="The data folder (default: RAGTENANCY_DATA_DIR or ./data)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Client = Annotated[str, typer.Option("--client", "-c", help="The client's id.")]
KeyOnly = Annotated[bool, typer.Option("--key-only", help="Print the key and nothing else.")]
ClientId = Annotated[str, typer.Argument(help="The client's id.", metavar="CLIENT_ID")]
TopK = Annotated[int | None, typer.Option("--top-k", "-k", help="The maximum number of hits.")]
