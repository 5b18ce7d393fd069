"""The operator's key of an embedded installation, in a file that only its owner can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import structlog

from ragtenancy.domain.errors import ConfigurationError

log = structlog.get_logger(__name__)

LEAST = 32


def kept_admin_key(path: Path, make: Callable[[], str]) -> str:
    """Return the key in the file, made where there is none; two processes agree on one.

    Raises `ConfigurationError` for a file that holds no key: it is never replaced.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    log.info("operator_key_made", store=path.name)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(make() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        draft.unlink()
    return _read(path)


def _read(path: Path) -> str:
    key = path.read_bytes().strip()
    if len(key) < LEAST or not key.isascii():
        raise ConfigurationError(
            f"{path}: The operator's key is damaged; restore it, or remove the file for a new one."
        )
    return key.decode()
