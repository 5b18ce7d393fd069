"""The installation's signing key in a file; without a key, cryptography is not needed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.signing import Signer, SigningKey


class SigningKeyFile(SigningKey):
    """Reads the file at each use, so that a new key is used at once.

    An absent file means that there is no key, unless `required`.
    """

    def __init__(self, path: Path, *, required: bool) -> None:
        self._path = path
        self._required = required

    async def signer(self) -> Signer | None:
        return await asyncio.to_thread(self._signer)

    def _signer(self) -> Signer | None:
        return read(self._path) if self._required or self._path.exists() else None


def make(path: Path) -> Signer:
    """Make a signing key in a new file. Raises `ConfigurationError`."""
    try:
        from ragtenancy.adapters.ed25519.signing import make_key
    except ImportError:
        raise _without_extra() from None
    return make_key(path)


def read(path: Path) -> Signer:
    """Return the signer of a key file. Raises `ConfigurationError`."""
    try:
        from ragtenancy.adapters.ed25519.signing import read_key
    except ImportError:
        raise _without_extra() from None
    return read_key(path)


def _without_extra() -> ConfigurationError:
    return ConfigurationError(
        "Signing needs the package cryptography; run `pip install ragtenancy[evidence]`."
    )
