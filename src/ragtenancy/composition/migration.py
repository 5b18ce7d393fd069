"""Adapters for moving clients: bundles, foreign namespaces, the plan's records, states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ragtenancy.backend.resources import Resources
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.bundles import BundleReader, BundleWriter
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces
from ragtenancy.ports.migration_states import MigrationStates
from ragtenancy.ports.plan_documents import PlanDocuments
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


def plan_documents(within_reach: Settings, resources: Resources) -> PlanDocuments:
    """Return the original plan's records of documents; none where the plan kept none."""
    records = offered(lambda each: each.records).get(within_reach.backends.records)
    if records is None or records.plan_documents is None:
        from ragtenancy.adapters.memory.plan_documents import InMemoryPlanDocuments

        return InMemoryPlanDocuments()
    return records.plan_documents(resources)


def migration_states(settings: Settings) -> MigrationStates:
    """Return the migration states, stored in the data folder."""
    from ragtenancy.adapters.files.data_folder import FileMigrationStates

    return FileMigrationStates(settings.data_dir / "migrations")
