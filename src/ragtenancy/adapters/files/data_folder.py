"""The data folder, and the progress of migrations."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ragtenancy.adapters.files.durable import translated
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import Namespace
from ragtenancy.ports.migration_states import MigrationState, MigrationStates

FOLDER_MODE = 0o700


async def prepare(folder: Path, *, dry_run: bool = False) -> Sequence[str]:
    """Create an absent folder for its owner alone; return the actions taken, or planned.

    Raises `UnavailableError` if it cannot be created.
    """
    if await asyncio.to_thread(folder.is_dir):
        return [f"keep data folder {folder}"]
    if not dry_run:
        with translated():
            await asyncio.to_thread(folder.mkdir, FOLDER_MODE, parents=True, exist_ok=True)
    return [f"create data folder {folder}"]


class FileMigrationStates(MigrationStates):
    """`<folder>/<target>.json`, written whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def get(self, target: Namespace) -> MigrationState | None:
        with translated():
            try:
                body = await asyncio.to_thread(self._path(target).read_bytes)
            except FileNotFoundError:
                return None
        try:
            return msgspec.json.decode(body, type=MigrationState)
        except msgspec.MsgspecError as error:
            raise UnavailableError("The store is damaged.", code="storage_corrupt") from error

    async def put(self, state: MigrationState) -> None:
        with translated():
            await asyncio.to_thread(self._write, state)

    async def forget(self, target: Namespace) -> None:
        with translated():
            await asyncio.to_thread(self._path(target).unlink, missing_ok=True)

    def _path(self, target: Namespace) -> Path:
        return self._folder / f"{target}.json"

    def _write(self, state: MigrationState) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{state.target}.draft"
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(state))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path(state.target))
