"""`ragtenancy pepper …`: the secret that API keys are signed with."""

from __future__ import annotations

import typer

from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_json

commands = typer.Typer(
    help="Rotate the secret that API keys are signed with.", no_args_is_help=True
)


@commands.callback()
def pepper() -> None:
    """Rotate the secret that API keys are signed with."""


@commands.command("rotate")
def rotate(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Add a version that signs new keys, and older ones at their next use."""
    made = operate(lambda rag: rag.rotate_pepper(), data_dir)
    if as_json:
        print_json({"version": made.version, "needed": list(made.needed)})
        return
    print(f"Pepper {made.version} signs from now on.")
    if made.needed:
        versions = " and ".join(map(str, made.needed))
        print(f"Keys that are not used again still need {versions}: keep every version.")
