"""The data folder: making it, probing it, and the progress of migrations in it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ragtenancy.adapters.files.durable import translated
from ragtenancy.domain.errors import RagTenancyError, UnavailableError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.domain.ids import Namespace
from ragtenancy.ports.health import Probe
from ragtenancy.ports.migration_states import MigrationState, MigrationStates

FOLDER_MODE = 0o700
OTHERS = 0o077
SECRET = ("control.db", "pepper.json", "admin.key")
TRIAL_BYTES = 65_536
FEW_BYTES = 64_000_000
SMALL_SHARE = 0.05


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


class DataFolderProbe(Probe):
    """Writes a trial file to the data folder and removes it; warns of little space and loose modes."""

    def __init__(self, folder: Path, tenants: Path) -> None:
        self._folder = folder
        self._tenants = tenants
        self._trial: asyncio.Task[str | None] | None = None

    @property
    def name(self) -> str:
        return "data_folder"

    @property
    def local(self) -> bool:
        return True

    async def check(self) -> ProbeResult:
        try:
            warning = await asyncio.shield(self._started())
        except RagTenancyError as error:
            return self.unavailable(error)
        return ProbeResult(name=self.name, connected=True, warning=warning)

    def _started(self) -> asyncio.Task[str | None]:
        """Return the running trial, or a new one: a disk that hangs holds one thread, not many."""
        if self._trial is None or self._trial.done():
            self._trial = asyncio.create_task(asyncio.to_thread(self._try))
        return self._trial

    def _try(self) -> str | None:
        for folder in (self._folder, self._tenants):
            if folder == self._folder or folder.exists():
                _write_trial(folder)
        if loose(self._folder):
            return "loose_permissions"
        return "disk_nearly_full" if _is_nearly_full(self._folder) else None


def _write_trial(folder: Path) -> None:
    path = folder / f".trial-{os.getpid()}"
    with translated():
        try:
            with path.open("wb") as file:
                file.write(bytes(TRIAL_BYTES))
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError as error:
            raise UnavailableError(
                "The data folder is gone.", code="storage_unreachable"
            ) from error
        finally:
            path.unlink(missing_ok=True)


def _is_nearly_full(folder: Path) -> bool:
    with translated():
        disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize < min(
        FEW_BYTES, SMALL_SHARE * disk.f_blocks * disk.f_frsize
    )


def loose(folder: Path) -> Sequence[Path]:
    """Return which of the folder and its secret files anybody but their owner may access."""
    return [path for path in (folder, *(folder / name for name in SECRET)) if _is_loose(path)]


def _is_loose(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False  # absent, or unreachable, which the trial reports


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
