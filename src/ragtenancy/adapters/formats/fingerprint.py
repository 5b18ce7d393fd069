"""A fingerprint of the code that turns files into chunks."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from ragtenancy.version import __version__

_CODE = (
    "adapters/formats",
    "domain/chunking.py",
    "domain/grids.py",
    "domain/sections.py",
    "domain/sentences.py",
    "domain/tables.py",
)


@cache
def readers_fingerprint() -> str:
    """Return a hash of the readers' and the chunker's source, so that no change is forgotten.

    Without source files it depends on the package's version alone.
    """
    package = files("ragtenancy")
    digest = sha256(__version__.encode())
    for name in _CODE:
        for file in _sources(package.joinpath(name)):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(place: Traversable) -> list[Traversable]:
    """Return the Python files at a place, in order."""
    if place.is_dir():
        inside = sorted(place.iterdir(), key=lambda each: each.name)
        return [file for each in inside for file in _sources(each)]
    return [place] if place.is_file() and place.name.endswith(".py") else []
