"""Bundles as files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragtenancy.ports.bundles import BundleReader, BundleWriter


@contextmanager
def bundle_to_write(path: Path) -> Iterator[BundleWriter]:
    """Give a new bundle; the file is there when the context ends in order."""
    from ragtenancy.adapters.files.bundles import writing

    with writing(path) as bundle:
        yield bundle


def bundle_to_read(path: Path) -> BundleReader:
    """Return a bundle that is not verified yet."""
    from ragtenancy.adapters.files.bundles import ZipBundleReader

    return ZipBundleReader(path)
