"""Adapters for moving clients: bundles, foreign namespaces, migration states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragtenancy.backend.resources import Resources
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.bundles import BundleReader, BundleWriter
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces
from ragtenancy.ports.migration_states import MigrationStates
from ragtenancy.settings import Settings
from ragtenancy.settings.backends import offered


@contextmanager
def bundle_to_write(path: Path) -> Iterator[BundleWriter]:
    """Yield a new bundle; the file exists once the context ends without an error."""
    from ragtenancy.adapters.files.bundles import writing

    with writing(path) as bundle:
        yield bundle


def bundle_to_read(path: Path) -> BundleReader:
    """Return a bundle, not yet verified."""
    from ragtenancy.adapters.files.bundles import ZipBundleReader

    return ZipBundleReader(path)


def foreign_namespaces(within_reach: Settings, resources: Resources) -> ForeignNamespaces:
    """Return the Pinecone index's namespaces. Raises `ConfigurationError` without an index."""
    vectors = offered(lambda each: each.vectors).get(within_reach.backends.vectors)
    if vectors is None or vectors.foreign is None:
        raise ConfigurationError("Migrating a namespace needs PINECONE_INDEX_NAME.")
    return vectors.foreign(resources)


def migration_states(settings: Settings) -> MigrationStates:
    """Return the migration states, stored in the data folder."""
    from ragtenancy.adapters.files.data_folder import FileMigrationStates

    return FileMigrationStates(settings.data_dir / "migrations")
