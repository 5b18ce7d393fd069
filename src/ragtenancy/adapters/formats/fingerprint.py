"""A fingerprint of the code that turns files into chunks."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from ragtenancy.version import __version__

_CODE = ("adapters/formats", "domain")


@cache
def readers_fingerprint() -> str:
    """Return a hash of the source of the readers and of the domain, which holds the chunker.

    So no change is forgotten; a change that matters to no document costs one reading that finds
    every document the same. Without source files the hash depends on the version alone.
    """
    package = files("ragtenancy")
    digest = sha256(__version__.encode())
    for file in [file for name in _CODE for file in _sources(package.joinpath(name))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(place: Traversable) -> list[Traversable]:
    """Return the Python files at a place, in order."""
    if place.is_dir():
        inside = sorted(place.iterdir(), key=lambda each: each.name)
        return [file for each in inside for file in _sources(each)]
    return [place] if place.is_file() and place.name.endswith(".py") else []
