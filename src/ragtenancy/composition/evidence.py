"""The signing key of evidence packs, and the versions that they state."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.signing import Signer
from ragtenancy.settings import Settings
from ragtenancy.settings.catalogue import catalogue
from ragtenancy.version import __version__

KEY_FILE = "evidence-key.pem"


def new_signer(path: Path) -> Signer:
    """Make a signing key in a new file. Raises `ConfigurationError`."""
    try:
        from ragtenancy.adapters.ed25519.signing import make_key
    except ImportError:
        raise _without_extra() from None
    return make_key(path)


def signer_of(path: Path) -> Signer:
    """Return the signer of a key file. Raises `ConfigurationError`."""
    try:
        from ragtenancy.adapters.ed25519.signing import read_key
    except ImportError:
        raise _without_extra() from None
    return read_key(path)


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


def _without_extra() -> ConfigurationError:
    return ConfigurationError(
        "Signing needs the package cryptography; run `pip install ragtenancy[evidence]`."
    )
