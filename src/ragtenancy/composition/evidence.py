"""Composition of evidence: the signing key, the statements to clients, the versions stated."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

from ragtenancy.adapters.ed25519.key_file import SigningKeyFile, make, read
from ragtenancy.app.maintenance.inspection import Inspection
from ragtenancy.app.statements import Statements
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletion_ledger import DeletionLedger
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.signing import Signer, SigningKey
from ragtenancy.ports.vectors import VectorIndex
from ragtenancy.settings import Settings
from ragtenancy.settings.catalogue import catalogue
from ragtenancy.version import __version__

KEY_FILE = "evidence-key.pem"


def key_place(settings: Settings) -> Path:
    """Return the file of the signing key."""
    return settings.evidence_key or settings.data_dir / KEY_FILE


def new_signer(path: Path) -> Signer:
    """Make a signing key in a new file. Raises `ConfigurationError`."""
    return make(path)


def signer_of(path: Path) -> Signer:
    """Return the signer of a key file. Raises `ConfigurationError`."""
    return read(path)


def compose_signing_key(settings: Settings) -> SigningKey:
    """Compose the signing key of a server; a file named in the settings must exist."""
    return SigningKeyFile(key_place(settings), required=settings.evidence_key is not None)


def compose_statements(
    deletion_ledger: DeletionLedger,
    document_repository: DocumentRepository,
    chunks: ChunkRepository,
    vectors: VectorIndex,
    lexical: LexicalIndex,
    api_key_repository: ApiKeyRepository,
    inspection: Inspection,
    signing_key: SigningKey,
    clock: Clock,
) -> Statements:
    """Compose the signed statements to clients."""
    return Statements(
        deletion_ledger,
        document_repository,
        chunks,
        vectors,
        lexical,
        api_key_repository,
        inspection,
        signing_key,
        clock,
        versions=_told_versions(),
    )


def versions() -> Mapping[str, object]:
    """Return the versions of ragtenancy, Python, and every installed package."""
    packages = {each.name.lower(): each.version for each in distributions() if each.name}
    return {
        "ragtenancy": __version__,
        "python": platform.python_version(),
        "packages": packages,
        "schemas": _schemas(),
    }


def chosen(settings: Settings) -> Mapping[str, object]:
    """Return the backends by name, and which settings were changed, without their values."""
    changed = [
        variable.name
        for group in catalogue()
        for variable in group.variables
        if _is_changed(
            settings if group.section is None else settings.section(group.section),
            variable.field,
            variable.default,
        )
    ]
    return {"backends": settings.backends, "changed_settings": sorted(changed)}


def _is_changed(section: object, field: str, default: object) -> bool:
    value = getattr(section, field)
    return bool(value) and str(value) != default


def _schemas() -> Mapping[str, int]:
    from ragtenancy.adapters.sqlite.schema import CONTROL, TENANT

    return {"sqlite_control": len(CONTROL), "sqlite_client": len(TENANT)}


def _told_versions() -> Mapping[str, str]:
    """Return what clients are told: not the packages, whose known faults an attacker would look up."""
    schemas = {name: str(version) for name, version in _schemas().items()}
    return {"ragtenancy": __version__, "python": platform.python_version(), **schemas}
