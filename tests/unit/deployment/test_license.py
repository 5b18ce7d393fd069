"""The licence goes with every copy of the project."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
APACHE_2_0 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def test_it_is_the_apache_licence_to_the_letter() -> None:
    assert sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2_0


def test_the_wheel_holds_it_and_names_it(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        [info] = {name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
        licence = wheel.read(f"{info}/licenses/LICENSE")
        metadata = wheel.read(f"{info}/METADATA").decode()

    assert sha256(licence).hexdigest() == APACHE_2_0
    assert "\nLicense-Expression: Apache-2.0\nLicense-File: LICENSE\n" in metadata


def test_the_source_distribution_holds_it(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as source:
        [licence] = [name for name in source.getnames() if name.endswith("/LICENSE")]
        body = source.extractfile(licence)
        assert body is not None

        assert sha256(body.read()).hexdigest() == APACHE_2_0
