"""What tests of migrations share."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragtenancy.settings import Settings
from tests.cloud.old_namespace import settings_of


@pytest.fixture
def old_settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)
