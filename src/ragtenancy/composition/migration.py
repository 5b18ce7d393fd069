"""What moves clients: bundles, foreign namespaces, states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragtenancy.composition.services import Services
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.bundles import BundleReader, BundleWriter
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces
from ragtenancy.ports.migration_states import MigrationStates
from ragtenancy.settings import Settings


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


def foreign_namespaces(services: Services) -> ForeignNamespaces:
    """Return the index's namespaces. Raises `ConfigurationError` where vectors lie elsewhere."""
    if services.pinecone is None:
        raise ConfigurationError("Namespaces are migrated in Pinecone: name PINECONE_INDEX_NAME.")
    from ragtenancy.adapters.pinecone.foreign import PineconeForeignNamespaces

    return PineconeForeignNamespaces(services.pinecone)


def migration_states(settings: Settings) -> MigrationStates:
    """Return how far migrations are, kept in the data folder."""
    from ragtenancy.adapters.files.migration_states import FileMigrationStates

    return FileMigrationStates(settings.data_dir / "migrations")
