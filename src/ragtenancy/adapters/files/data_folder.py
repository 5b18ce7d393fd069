"""The data folder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from ragtenancy.adapters.files.errors import translated

FOLDER_MODE = 0o700


async def prepare(folder: Path, *, dry_run: bool = False) -> Sequence[str]:
    """Make the folder, for its owner alone, if it is absent; say what was, or would be, done.

    Raises `UnavailableError` where it cannot be made.
    """
    if await asyncio.to_thread(folder.is_dir):
        return [f"keep data folder {folder}"]
    if not dry_run:
        with translated():
            await asyncio.to_thread(folder.mkdir, FOLDER_MODE, parents=True, exist_ok=True)
    return [f"create data folder {folder}"]
